/**
 * The forms that the published documentation of pipe syntax shows, operator by operator, over names and values of our own:
 * GoogleSQL's reference and guide, BigQuery's tutorial, Spark's page. Each is pasted as it would stand there.
 */
export interface PublishedForm {
  readonly from: 'googlesql' | 'bigquery' | 'spark';
  readonly form: string;
  readonly query: string;
}

/** The tables that the forms read. */
export const PUBLISHED_PROJECT = `
project published { owner: 'a@b.example', target: local }
target local { engine: duckdb(path: '.pipec/p.duckdb') }
type Stock { name: string, kilos: int64, kind: string }
type Staff { id: int64 @key, boss: int64?, city: string }
type Trip { trip_id: int64 @key, rider: string?, minutes: int64, started: timestamp, bike: string }
source stock : Stock from file('stock.csv')
source staff : Staff from file('staff.csv')
source trips : Trip from file('trips.csv')
fn heavy(n: int64) = |> where kilos > n
fn named(k: column, n: int64) = |> order by k desc |> limit n
`;

export const PUBLISHED_ROWS = {
  stock: [
    ['pears', '3', 'fruit'],
    ['leeks', '9', 'vegetable'],
    ['pears', '6', 'fruit'],
    ['plums', '4', 'fruit'],
    ['beans', '0', 'vegetable'],
  ],
  staff: [
    ['1', null, 'Oslo'],
    ['2', '1', 'Bergen'],
    ['3', '1', 'Oslo'],
    ['4', '2', 'Oslo'],
  ],
  trips: [
    ['1', 'member', '12', '2024-01-01 08:00:00', 'b1'],
    ['2', 'guest', '45', '2024-01-01 23:30:00', 'b2'],
    ['3', null, '7', '2024-01-02 07:15:00', 'b1'],
    ['4', 'member', '30', '2024-01-08 12:00:00', 'b3'],
    ['5', 'guest', '90', '2024-02-29 18:45:10', 'b2'],
  ],
} as const;

const three = `(
  SELECT 'pears' AS name, 2 AS kilos
  UNION ALL
  SELECT 'plums' AS name, 5 AS kilos
  UNION ALL
  SELECT 'leeks' AS name, 8 AS kilos
)`;
const numbers = 'SELECT * FROM UNNEST(ARRAY<INT64>[1, 2, 3, 3, 4]) AS number';
const digits = `WITH
  digits AS (
    SELECT 1 AS one_digit, 10 AS two_digit
    UNION ALL
    SELECT 2, 20
    UNION ALL
    SELECT 3, 30
  )
SELECT one_digit, two_digit FROM digits`;
const quarters = `(
  SELECT "kale" AS product, 51 AS sold, "Q1" AS quarter
  UNION ALL
  SELECT "kale" AS product, 4 AS sold, "Q1" AS quarter
  UNION ALL
  SELECT "kale" AS product, 45 AS sold, "Q2" AS quarter
  UNION ALL
  SELECT "fig" AS product, 8 AS sold, "Q1" AS quarter
)`;

const googlesql: readonly (readonly [form: string, query: string])[] = [
  [
    'where, aggregate, order by',
    "FROM stock\n|> WHERE\n    name != 'plums'\n    AND kind IN ('fruit', 'nut')\n|> AGGREGATE COUNT(*) AS n, SUM(kilos) AS total\n   GROUP BY name\n|> ORDER BY name DESC;",
  ],
  [
    'the same in standard syntax',
    "SELECT name, COUNT(*) AS n, SUM(kilos) AS total\nFROM stock\nWHERE\n  name != 'plums'\n  AND kind IN ('fruit', 'nut')\nGROUP BY name\nORDER BY name DESC;",
  ],
  ['from alone', 'FROM stock;'],
  [
    'join in from',
    "FROM\n  stock AS a\n  JOIN stock AS b\n    USING (name)\n|> WHERE name = 'plums'\n|> SELECT a.name, b.kilos;",
  ],
  ['subquery in from, select', "FROM (SELECT 'pears' AS name, 2 AS kilos)\n|> SELECT name AS fruit;"],
  [
    'select with a named window',
    'FROM stock\n|> SELECT name, kilos, kind, SUM(kilos) OVER by_kind AS of_kind\n   WINDOW by_kind AS (PARTITION BY kind);',
  ],
  ['extend after a parenthesised query', `${three}\n|> EXTEND name IN ('plums', 'lemons') AS is_sweet;`],
  ['extend with over ()', `${three}\n|> EXTEND SUM(kilos) OVER() AS total;`],
  [
    'extend with a named window',
    'FROM stock\n|> EXTEND SUM(kilos) OVER by_kind AS of_kind\n   WINDOW by_kind AS (PARTITION BY kind);',
  ],
  ['set', '(\n  SELECT 1 AS x, 11 AS y\n  UNION ALL\n  SELECT 2 AS x, 22 AS y\n)\n|> SET x = x * x, y = 3;'],
  [
    'set, then the value before it',
    'FROM (SELECT 2 AS x, 3 AS y) AS t\n|> SET x = x * x, y = 8\n|> SELECT t.x AS before, x, y;',
  ],
  ['drop after select', "SELECT 'pears' AS name, 2 AS kilos, 'fruit' AS kind\n|> DROP kilos, kind;"],
  ['drop, then the value before it', 'FROM (SELECT 1 AS x, 2 AS y) AS t\n|> DROP x\n|> SELECT t.x AS before, y;'],
  [
    'rename, then the value before it',
    'SELECT 1 AS x, 2 AS y, 3 AS z\n|> AS t\n|> RENAME y AS renamed\n|> SELECT *, t.y AS t_y;',
  ],
  ['rename', 'SELECT 1 AS x, 2 AS y, 3 AS z\n|> AS t\n|> RENAME y AS renamed, z third'],
  [
    'as, join with a cast',
    '(\n  SELECT "000123" AS id, "pears" AS name, 2 AS kilos\n  UNION ALL\n  SELECT "000456" AS id, "plums" AS name, 5 AS kilos\n) AS sold\n|> AGGREGATE SUM(kilos) AS total GROUP BY id, name\n|> AS t1\n|> JOIN (SELECT 456 AS id, "blue" AS colour) AS t2\n   ON CAST(t1.id AS INT64) = t2.id\n|> SELECT t2.id, total, colour;',
  ],
  ['where', `${three}\n|> WHERE kilos >= 3;`],
  ['aggregate of the whole', `${three}\n|> AGGREGATE COUNT(*) AS n, SUM(kilos) AS total;`],
  ['aggregate by group', `${three}\n|> AGGREGATE COUNT(*) AS n, SUM(kilos) AS total\n   GROUP BY name;`],
  ['group and order by', 'FROM stock\n|> AGGREGATE SUM(kilos) AS total\n   GROUP AND ORDER BY kind, name DESC;'],
  ['order suffixes in aggregate', 'FROM stock\n|> AGGREGATE SUM(kilos) AS total ASC\n   GROUP BY name, kind DESC;'],
  ['group by without aggregates', 'FROM stock\n|> AGGREGATE\n   GROUP BY name, kind;'],
  ['an expression over aggregates', 'FROM stock |> AGGREGATE SQRT(SUM(kilos * kilos)) AS norm'],
  ['grouping sets', 'FROM stock |> AGGREGATE SUM(kilos) AS total GROUP BY GROUPING SETS (kind, (kind, name), ())'],
  ['rollup', 'FROM stock |> AGGREGATE SUM(kilos) AS total GROUP BY ROLLUP(kind, name)'],
  ['cube', 'FROM stock |> AGGREGATE SUM(kilos) AS total GROUP BY CUBE(kind, name)'],
  ['distinct', `${three}\n|> DISTINCT\n|> WHERE kilos >= 3;`],
  ['distinct keeps the alias', `${three}\n|> AS goods\n|> DISTINCT\n|> SELECT goods.name;`],
  ['select distinct', 'FROM stock\n|> SELECT DISTINCT name, kind;'],
  ['distinct over a struct', 'SELECT AS STRUCT 1 x, 2 y\n|> DISTINCT;'],
  [
    'left join',
    `(\n  SELECT 'pears' AS name, 2 AS kilos\n  UNION ALL\n  SELECT 'plums' AS name, 5 AS kilos\n)\n|> AS goods\n|> LEFT JOIN\n     (\n       SELECT "pears" AS name, 123 AS id\n     ) AS codes\n   ON goods.name = codes.name\n|> SELECT goods.name, kilos, id;`,
  ],
  ['call', 'FROM stock\n|> CALL heavy(2)\n|> CALL named(kilos, 2);'],
  ['call with an alias', 'FROM stock |> CALL heavy(2) AS h |> SELECT h.name'],
  [
    'order by',
    '(\n  SELECT 1 AS x\n  UNION ALL\n  SELECT 3 AS x\n  UNION ALL\n  SELECT 2 AS x\n)\n|> ORDER BY x DESC;',
  ],
  ['order by with nulls first', 'FROM staff |> ORDER BY boss ASC NULLS FIRST, id'],
  ['limit', `${three}\n|> ORDER BY name\n|> LIMIT 1;`],
  ['limit with offset', `${three}\n|> ORDER BY name\n|> LIMIT 1 OFFSET 2;`],
  ['union all', `${numbers}\n|> UNION ALL (SELECT 1);`],
  ['union distinct of several', `${numbers}\n|> UNION DISTINCT\n    (SELECT 1),\n    (SELECT 2);`],
  [
    'union all by name',
    'SELECT 1 AS one_digit, 10 AS two_digit\n|> UNION ALL BY NAME\n    (SELECT 20 AS two_digit, 2 AS one_digit);',
  ],
  [
    'union all by position',
    'SELECT 1 AS one_digit, 10 AS two_digit\n|> UNION ALL\n    (SELECT 20 AS two_digit, 2 AS one_digit);',
  ],
  ['intersect all', `${numbers}\n|> INTERSECT ALL\n    (SELECT * FROM UNNEST(ARRAY<INT64>[2, 3, 3, 5]) AS number);`],
  [
    'intersect distinct of several',
    `${numbers}\n|> INTERSECT DISTINCT\n    (SELECT * FROM UNNEST(ARRAY<INT64>[2, 3, 3, 5]) AS number),\n    (SELECT * FROM UNNEST(ARRAY<INT64>[3, 3, 4, 5]) AS number);`,
  ],
  [
    'intersect by name after with',
    `${digits}\n|> INTERSECT DISTINCT BY NAME\n    (SELECT 10 AS two_digit, 1 AS one_digit);`,
  ],
  ['except all', `${numbers}\n|> EXCEPT ALL\n    (SELECT * FROM UNNEST(ARRAY<INT64>[1, 2]) AS number);`],
  ['except distinct', `${numbers}\n|> EXCEPT DISTINCT\n    (SELECT * FROM UNNEST(ARRAY<INT64>[1, 2]) AS number);`],
  [
    'except of a nested except',
    `${numbers}\n|> EXCEPT DISTINCT\n(\n  SELECT * FROM UNNEST(ARRAY<INT64>[1, 2]) AS number\n  |> EXCEPT DISTINCT\n      (SELECT * FROM UNNEST(ARRAY<INT64>[1, 4]) AS number)\n);`,
  ],
  [
    'recursive union',
    'FROM staff\n|> WHERE id = 1\n|> RECURSIVE UNION ALL\n   (\n     |> JOIN staff e ON e.boss = below.id\n     |> SELECT e.*\n   ) AS below\n|> AGGREGATE COUNT(*) AS n;',
  ],
  ['tablesample', 'FROM stock\n|> TABLESAMPLE SYSTEM (1 PERCENT);'],
  ['with', "SELECT 1 AS key\n|> WITH t AS (\n    SELECT 1 AS key, 'mine' AS value\n  )\n|> INNER JOIN t USING (key)"],
  [
    'with of several, without names',
    'SELECT 1 AS key\n|> WITH t1 AS (\n    SELECT 2\n  ), t2 AS (\n    SELECT 3\n  )\n|> UNION ALL (FROM t1), (FROM t2)',
  ],
  [
    'with and a trailing comma',
    'SELECT 1 AS key\n|> WITH t1 AS (\n     SELECT 2\n   ), t2 AS (\n     SELECT 3\n   ),\n|> UNION ALL (FROM t1), (FROM t2)',
  ],
  [
    'with recursive',
    'SELECT 1 AS key\n|> WITH RECURSIVE t AS (\n    SELECT 2 AS key\n    |> UNION ALL (\n      SELECT key + 1 AS key\n      FROM t\n      WHERE key <= 3\n    )\n  )\n|> UNION ALL (FROM t)',
  ],
  ['pivot', `${quarters}\n|> PIVOT(SUM(sold) FOR quarter IN ('Q1', 'Q2'));`],
  [
    'pivot with aliases',
    `${quarters}\n|> PIVOT(SUM(sold) FOR quarter IN ('Q1' AS first, 'Q2' AS second)) AS turned\n|> SELECT turned.*;`,
  ],
  [
    'unpivot',
    "(\n  SELECT 'kale' as product, 55 AS Q1, 45 AS Q2\n  UNION ALL\n  SELECT 'fig', 8, 10\n)\n|> UNPIVOT(sold FOR quarter IN (Q1, Q2));",
  ],
  ['window', `${three}\n|> WINDOW SUM(kilos) OVER() AS total;`],
  [
    'match_recognize',
    '(\n  SELECT 1 as x\n  UNION ALL\n  SELECT 2\n)\n|> MATCH_RECOGNIZE(\n   ORDER BY x\n   MEASURES\n     ARRAY_AGG(low.x) AS lows\n   PATTERN (low | high)\n   DEFINE\n     low AS x <= 2,\n     high AS x >= 2\n);',
  ],
  ['assert with values of the row', 'FROM stock\n|> ASSERT kilos >= 0, "no weight for", name\n|> SELECT name'],
  ['assert alone', 'FROM stock\n|> ASSERT kilos >= 0\n|> ORDER BY name, kilos |> LIMIT 2;'],
  ['describe', 'FROM stock |> DESCRIBE;'],
  [
    'columns without names',
    "FROM\n  (SELECT 1 AS col1, 2 AS col2) AS table1,\n  (SELECT 'abc' AS col3, 1.0, 123 AS col5) AS table2\n|> EXTEND col1 + col5 AS computed, 'no name';",
  ],
  [
    'if',
    'FROM stock\n|> IF true THEN\n  (\n    |> AGGREGATE COUNT(*) AS total\n  ) ELSE\n  (\n    |> SELECT *\n  )\n|> AS all_of_it;',
  ],
  ['create table', 'FROM stock\n|> AGGREGATE SUM(kilos) AS total GROUP BY kind\n|> CREATE TEMP TABLE sums;'],
  ['insert', 'FROM stock\n|> AGGREGATE SUM(kilos) AS total GROUP BY kind\n|> INSERT INTO sums;'],
  ['export data', "FROM stock\n|> EXPORT DATA OPTIONS (uri = 'x.csv');"],
  [
    'fork',
    "WITH\n  fruit AS (\n    SELECT 'fig' AS name, 100 AS sold\n  )\nFROM fruit\n|> FORK\n    (|> AGGREGATE COUNT(*) AS n),\n    (|> SELECT name, sold);",
  ],
  ['tee', 'FROM stock\n|> TEE\n|> AGGREGATE SUM(kilos) AS total;'],
];

const bigquery: readonly (readonly [form: string, query: string])[] = [
  [
    'filters before and after',
    'FROM stock\n|> WHERE kilos > 0\n|> AGGREGATE SUM(kilos) AS total, COUNT(*) AS n\n   GROUP BY name\n|> WHERE n > 1\n|> ORDER BY total DESC',
  ],
  ['a mean beside rows', 'FROM stock\n|> EXTEND AVG(kilos) OVER (PARTITION BY kind) AS mean\n|> WHERE kilos > mean'],
  [
    'qualify by a window in where',
    'FROM stock\n|> WHERE ROW_NUMBER() OVER (PARTITION BY kind ORDER BY kilos DESC) = 1',
  ],
  [
    'aggregation twice',
    'FROM stock\n|> AGGREGATE COUNT(*) AS n GROUP BY name\n|> AGGREGATE COUNT(*) AS names GROUP BY n\n|> ORDER BY n',
  ],
  [
    'join and aggregate',
    'FROM staff AS e\n|> JOIN staff AS b ON e.boss = b.id\n|> AGGREGATE COUNT(*) AS n GROUP BY b.city\n|> RENAME city AS boss_city',
  ],
  [
    'extend with a date of a timestamp',
    'FROM trips\n|> EXTEND CAST(started AS DATE) AS day\n|> AGGREGATE COUNT(*) AS n, COUNT(DISTINCT bike) AS bikes\n   GROUP BY day\n|> WHERE n > 1',
  ],
  [
    'group and order by an expression',
    'FROM trips\n|> AGGREGATE AVG(minutes) AS mean GROUP AND ORDER BY DATE(started) AS day DESC',
  ],
  [
    'countif and if',
    "FROM trips\n|> AGGREGATE\n    COUNTIF(minutes > 20) AS long_trips,\n    SUM(IF(rider = 'member', minutes, 0)) AS member_minutes\n   GROUP BY bike",
  ],
  [
    'cross join with a list of numbers',
    'FROM trips\n|> SELECT trip_id, started\n|> CROSS JOIN UNNEST(GENERATE_ARRAY(0, 6)) AS diff_days',
  ],
  ['cross join with a written list', 'FROM trips\n|> SELECT trip_id\n|> CROSS JOIN UNNEST([0, 1, 2]) AS diff'],
  [
    'date_add of a column of days',
    'FROM trips\n|> EXTEND CAST(started AS DATE) AS day\n|> CROSS JOIN UNNEST([0, 1, 2]) AS diff\n|> SET day = DATE_ADD(day, INTERVAL diff DAY)\n|> AGGREGATE COUNT(*) AS n GROUP AND ORDER BY day',
  ],
  [
    'coalesce and a safe division',
    "FROM trips\n|> EXTEND COALESCE(rider, 'nobody') AS who, SAFE_DIVIDE(minutes, 60) AS hours",
  ],
  ['limit of a sorted table', 'FROM trips\n|> ORDER BY minutes DESC, trip_id\n|> LIMIT 3'],
  ['in unnest', 'FROM stock |> WHERE kilos IN UNNEST([3, 4])'],
  ['not in a subquery', 'FROM staff |> WHERE id NOT IN (FROM staff |> WHERE boss IS NOT NULL |> SELECT boss)'],
  ['exists', 'FROM staff AS b |> WHERE EXISTS (FROM staff AS e |> WHERE e.boss = b.id)'],
  ['scalar subquery', 'FROM stock |> WHERE kilos = (FROM stock |> AGGREGATE MAX(kilos))'],
  ['timestamp_trunc', 'FROM trips |> AGGREGATE COUNT(*) AS n GROUP BY TIMESTAMP_TRUNC(started, HOUR) AS hour'],
  ['date_diff', "FROM trips |> EXTEND DATE_DIFF(DATE(started), DATE '2024-01-01', DAY) AS days"],
  ['extract', 'FROM trips |> EXTEND EXTRACT(HOUR FROM started) AS hour, EXTRACT(DAYOFWEEK FROM started) AS weekday'],
  ['format_date', "FROM trips |> EXTEND FORMAT_DATE('%Y-%m', DATE(started)) AS month"],
  [
    'string functions',
    "FROM stock |> EXTEND UPPER(name) AS loud, CONCAT(kind, '/', name) AS path, STARTS_WITH(name, 'p') AS p",
  ],
  ['string_agg', "FROM stock |> AGGREGATE STRING_AGG(name, ',' ORDER BY name) AS names GROUP BY kind"],
  ['array_agg', 'FROM stock |> AGGREGATE ARRAY_AGG(kilos ORDER BY kilos) AS all_kilos GROUP BY kind'],
  ['except and replace', 'FROM stock |> SELECT * EXCEPT (kind) REPLACE (kilos * 2 AS kilos)'],
  ['lag', 'FROM trips |> EXTEND minutes - LAG(minutes) OVER (PARTITION BY bike ORDER BY started) AS more'],
  [
    'a running sum',
    'FROM trips |> EXTEND SUM(minutes) OVER (PARTITION BY bike ORDER BY started ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running',
  ],
  [
    'full outer join using',
    'FROM staff |> FULL OUTER JOIN (FROM stock |> SELECT kilos AS id, name) AS s USING (id) |> SELECT id, city, name',
  ],
];

const spark: readonly (readonly [form: string, query: string])[] = [
  ['from', 'FROM stock'],
  ['table', 'TABLE stock'],
  ['select', 'FROM stock\n|> SELECT kilos * 2 AS result'],
  ['values with an alias', 'VALUES (0), (1) tab(col)\n|> EXTEND col * 2 AS result'],
  ['set over values', 'VALUES (0), (1) tab(col)\n|> SET col = col * 2'],
  ['drop over values', 'VALUES (0, 1) tab(col1, col2)\n|> DROP col1'],
  ['as', 'VALUES (0, 1) tab(col1, col2)\n|> AS t\n|> WHERE t.col1 = 0'],
  ['where over values', 'VALUES (0), (1) tab(col)\n|> WHERE col = 1'],
  ['limit over values', 'VALUES (0), (0) tab(col)\n|> LIMIT 1'],
  ['aggregate over values', 'VALUES (0), (1) tab(col)\n|> AGGREGATE COUNT(col) AS count'],
  [
    'aggregate by group over values',
    'VALUES (0, 1), (0, 2) tab(col1, col2)\n|> AGGREGATE COUNT(col2) AS count GROUP BY col1',
  ],
  ['join values', 'VALUES (0, 1) tab(a, b)\n|> JOIN VALUES (0, 2) tab(c, d) ON a = c'],
  ['order by over values', 'VALUES (0), (1) tab(col)\n|> ORDER BY col DESC'],
  ['union all values', 'VALUES (0), (1) tab(a)\n|> UNION ALL VALUES (2), (3) tab(c)'],
  [
    'pivot over values',
    `VALUES
  ("net", 2012, 10000),
  ("jvm", 2012, 20000),
  ("net", 2013, 48000)
  courses(course, year, earned)
|> PIVOT (
     SUM(earned)
     FOR course IN ('net', 'jvm')
  )`,
  ],
  [
    'unpivot with quoted names',
    'VALUES ("net", 15000, 48000) courses(course, `2012`, `2013`)\n|> UNPIVOT (\n  earned FOR `year` IN (`2012`, `2013`)\n)',
  ],
  [
    'left outer join',
    "FROM staff e\n|> LEFT OUTER JOIN staff b ON e.boss = b.id\n   AND b.city NOT LIKE '%gen'\n|> AGGREGATE COUNT(b.id) n\n   GROUP BY e.city",
  ],
  ['left semi join', 'FROM staff e |> LEFT SEMI JOIN staff b ON e.boss = b.id'],
  ['left anti join', 'FROM staff e |> LEFT ANTI JOIN staff b ON e.boss = b.id'],
  ['natural join', 'FROM staff |> NATURAL JOIN (SELECT 1 AS id, 2 AS floor)'],
];

const of = (
  from: PublishedForm['from'],
  forms: readonly (readonly [form: string, query: string])[],
): readonly PublishedForm[] => forms.map(([form, query]) => ({ from, form, query }));

export const PUBLISHED: readonly PublishedForm[] = [
  ...of('googlesql', googlesql),
  ...of('bigquery', bigquery),
  ...of('spark', spark),
];
