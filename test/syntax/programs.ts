/** Programs that use every construct of the language, without a mistake. */
export const shop = `project shop { owner: 'data-platform@acme.example', target: local }

target local { engine: duckdb(path: '.pipec/shop.duckdb'), with: { bus: files('fixtures/'), raw: '.pipec/raw' } }
target prod  { engine: postgres(url: secret('DWH_URL')), state: postgres(url: secret('STATE_URL')), secrets: env }

enum order_status { placed, paid, shipped, returned }

/// What 1C sends whenever an order changes.
type Order {
  order_id:    int64          @key
  status:      order_status
  amount:      decimal(12, 2)
  /// When it was
  /// ordered.
  ordered_at:  timestamp?
  tags:        list<list<string>>
  expect amount >= 0, 'never negative' mostly 0.99 warn
}

type Customer {
  customer_id: int64    @key
  email:       string?  @pii(email) @from('address.country')
}

connection bus = kafka(brokers: secret('KAFKA_BROKERS'), registry: env('SCHEMA_REGISTRY', 'none'))

source orders    : Order    from kafka(bus, topic: '1c.orders')     { rows: changes, event_time: changed_at, lateness: 15m, restates: 365d, invalid: quarantine }
source rates     : Rate     from http('https://rates.example/v1/daily', paginate: cursor('next')) { every: 1h, cursor: as_of, lookback: 2d }

store dwh : warehouse { owner: 'dwh@acme.example', retention: 7y, layers: { core: core, marts: mart } }

table clean_orders in dwh.core =
  from orders as o
  |> where o.status <> 'returned' -- not these
  |> left asof join rates as r on o.currency = r.currency and r.as_of <= o.ordered_at
  |> assert r.to_eur is not null or o.currency = 'EUR', 'no rate for the currency'
  |> select o.* except (currency) replace (amount * 2 as amount), o.amount * coalesce(r.to_eur, 1) as amount_eur;

table daily_revenue in dwh.marts {
  key:     [day, country] // the key
  refresh: batch(by: day, lookback: 365d, start: date '2024-01-01')
  checks {
    expect revenue >= 0
    rows between 1 and 1_000_000
    fresh within 26h
    unique(day, country) warn
    references(origin, airports.iata) mostly 0.9 error
  }
} =
  with recent as (from clean_orders |> where ordered_at > timestamp '2026-01-01 10:00:00Z')
  from recent as o, values [{ a: 1, b: null }] as v
  |> join customers as c using (customer_id, tenant)
  |> where case when a then not b else c in (1, 2) end and d between 1 and 2 or e not like 'x%' and f ilike '_y'
  |> extend row_number() over (partition by a order by b desc nulls last rows between 2 preceding and current row) as n
  |> extend cast(x as decimal(3, 1)) as y, try_cast(z as list<int64>) as w, extract(year from t at time zone 'UTC') as year
  |> extend xs[1] as first, - -a as b, +1 as p, 1e0 as f, .5 as h, count(distinct q) filter (where r) as cnt
  |> extend string_agg(s, ',' order by s desc) as all_s, last_value(x ignore nulls) over () as l, date_add(d, interval 3 month) as later
  |> set x = 1, y = 2
  |> drop a, b
  |> rename c as d, e as f
  |> union all (from x), y
  |> except distinct z
  |> distinct on (a) order by b desc
  |> pivot(sum(x) as s for m in ('jan' as jan, 'feb'))
  |> unpivot(v for n in (a, b as c))
  |> unnest xs as e
  |> call top(3, revenue)
  |> as t
  |> where exists (select 1 from u, w join z on u.a = z.a where u.id = t.id group by k having count(*) > 1 order by k limit 1 offset 2)
  |> aggregate sum(o.amount_eur) as revenue desc, count() as orders
       group and order by date(o.ordered_at, 'Europe/Berlin') as day, c.country
  |> order by day desc nulls first, country
  |> limit 10 offset 5

table raw_sql : Row in dwh.core = sql"""select 1 as a -- not a comment"""

step clean : Row from typescript('./clean.ts#clean') { needs: [a.b.*, c], schedule: cron('0 1 * * *', timezone: 'UTC') }

fn vat(x: decimal, rate: decimal) = round(x * rate, 2)
fn top(n: int64, k: column) = |> order by k desc |> limit n

grant analyst on dwh.marts.* { columns: [a, b], rows: country = 'DE' or country is not distinct from home }

check orders_fresh on dwh.core.orders {
  owner: 'x@y.example'
  fresh within 2h error
  rows > 0
}

test late_orders of daily_revenue {
  given clean_orders = values [{ order_id: 1, ordered_at: timestamp '2026-01-01 22:59:59Z' }]
  given customers    = from file('customers.csv') |> where country = "DE"
  interval: date '2026-01-01'
  expect             = values [{ day: date '2026-01-01', country: r'D\\E', note: """raw "text" here""" }]
}
`;
