-- Queries that one would write otherwise for PostgreSQL.

-- q17: it would read the means of a part's rows again for each of them.
WITH wanted AS (
  SELECT p_partkey FROM part WHERE p_brand = 'Brand#23' AND p_container = 'MED BOX'),
few AS (
  SELECT l_partkey, 0.2 * avg(l_quantity) AS most FROM lineitem JOIN wanted ON l_partkey = p_partkey GROUP BY l_partkey)
SELECT sum(l_extendedprice) / 7.0 FROM lineitem JOIN few USING (l_partkey) WHERE l_quantity < most;
