/** What the examples of the code table stand in: one small shop, so that each shows only what it is about. */

/** The declarations of the shop, one an entry, by the kind and name they begin with. */
const shop: Readonly<Record<string, string>> = {
  'project shop': "project shop { owner: 'data@shop.example', target: local }",
  'target local': "target local { engine: duckdb(path: '.pipec/shop.duckdb') }",
  'store raw': "store raw : lake      { path: '.pipec/raw', owner: 'ingest@shop.example', retention: 2y }",
  'store dwh':
    "store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }",
  'enum order_status': 'enum order_status { placed, paid, shipped, returned }',
  'type Order': `type Order {
  order_id:    int64          @key
  customer_id: int64
  status:      order_status
  amount:      decimal(12, 2)
  weight:      float64
  ordered_at:  timestamp
  note:        string?
}`,
  'type Customer': `type Customer {
  customer_id: int64          @key
  country:     string
  credit:      decimal(12, 2)
  email:       string?        @pii(email)
}`,
  'source orders': "source orders    : Order    from file('orders.csv')",
  'source customers': "source customers : Customer from file('customers.csv')",
};

/** The shop without what the example declares itself. */
export function shopBeside(example: string): string {
  const declares = (header: string) => new RegExp(`^${header}\\b`, 'm').test(example);
  return Object.entries(shop)
    .filter(([header]) => !declares(header))
    .map(([, text]) => `${text}\n`)
    .join('');
}

/** A table of the shop that is this query, laid out. */
export const table = (query: string): string => `table t in dwh.core =\n  ${query.replaceAll(' |> ', '\n  |> ')}\n`;
