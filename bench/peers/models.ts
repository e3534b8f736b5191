/** 200 models in three layers, always the same, in the words of pipec and in SQL. */

export interface Model {
  readonly name: string;
  readonly columns: readonly string[];
  readonly query: Query;
}

type Query =
  | { readonly kind: 'staging'; readonly source: number; readonly above: number }
  | { readonly kind: 'total'; readonly of: string }
  | { readonly kind: 'fact'; readonly left: string; readonly right: string; readonly above: number };

const COUNTS = { staging: 60, total: 80, fact: 60 } as const;

export const modelOf = (kind: Query['kind'], index: number): string => `${kind}_${index % COUNTS[kind]}`;

const many = (kind: Query['kind'], make: (index: number) => Omit<Model, 'name'>): readonly Model[] =>
  Array.from({ length: COUNTS[kind] }, (_, index) => ({ name: modelOf(kind, index), ...make(index) }));

export const MODELS: readonly Model[] = [
  ...many('staging', (index) => ({
    columns: ['id', 'customer_id', 'amount', 'status', 'day'],
    query: { kind: 'staging', source: index % 4, above: (index * 13) % 500 },
  })),
  ...many('total', (index) => ({
    columns: ['customer_id', 'status', 'events', 'total', 'last_day'],
    query: { kind: 'total', of: modelOf('staging', index * 7) },
  })),
  ...many('fact', (index) => ({
    columns: ['customer_id', 'status', 'total', 'events', 'other_total', 'size'],
    query: {
      kind: 'fact',
      left: modelOf('total', index * 3),
      right: modelOf('total', index * 11 + 5),
      above: index * 10,
    },
  })),
];

export function pipeText({ query }: Model): string {
  switch (query.kind) {
    case 'staging':
      return `  from src_${query.source}\n  |> where amount > ${query.above} and status <> 'void'\n  |> select id, customer_id, amount, status, day`;
    case 'total':
      return `  from ${query.of}\n  |> aggregate count() as events, sum(amount) as total, max(day) as last_day group by customer_id, status\n  |> select customer_id, status, events, total, last_day`;
    case 'fact':
      return `  from ${query.left} as l
  |> join ${query.right} as r on l.customer_id = r.customer_id and l.status = r.status
  |> where l.total > ${query.above}
  |> select l.customer_id, l.status, l.total, l.events, r.total as other_total, case when l.total > 2000 then 'large' else 'small' end as size`;
  }
}

/** @param table how a model is named in another, @param file the path of a source's file */
export function sqlText({ query }: Model, table: (model: string) => string, file: (source: number) => string): string {
  switch (query.kind) {
    case 'staging':
      return `SELECT id, customer_id, amount, status, day\nFROM read_parquet('${file(query.source)}')\nWHERE amount > ${query.above} AND status <> 'void'`;
    case 'total':
      return `SELECT customer_id, status, count(*) AS events, sum(amount) AS total, max(day) AS last_day\nFROM ${table(query.of)}\nGROUP BY customer_id, status`;
    case 'fact':
      return `SELECT l.customer_id, l.status, l.total, l.events, r.total AS other_total, CASE WHEN l.total > 2000 THEN 'large' ELSE 'small' END AS size
FROM ${table(query.left)} AS l
JOIN ${table(query.right)} AS r ON l.customer_id = r.customer_id AND l.status = r.status
WHERE l.total > ${query.above}`;
  }
}

/** What it takes to make a model by a statement alone. */
export interface BareModel {
  readonly name: string;
  readonly sql: string;
  /** The models that it reads. */
  readonly reads: readonly string[];
}

/** @param file the path of a source's file */
export function bareModels(file: (source: number) => string): readonly BareModel[] {
  return MODELS.map((model) => ({ name: model.name, sql: sqlText(model, (name) => name, file), reads: reads(model) }));
}

function reads({ query }: Model): readonly string[] {
  switch (query.kind) {
    case 'staging':
      return [];
    case 'total':
      return [query.of];
    case 'fact':
      return [query.left, query.right];
  }
}
