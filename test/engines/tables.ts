/** Tables of the engines, made of literals in each one's words. */
import type { LiteralValue } from '../../compiler/relational/rel.ts';
import type { ValueType } from '../../compiler/relational/types.ts';
import type { Engine } from './engines.ts';

/** Makes the table with these rows, in place of one of that name. */
export async function load(
  engine: Engine,
  schema: string,
  name: string,
  columns: readonly { readonly name: string; readonly type: ValueType; readonly nullable: boolean }[],
  rows: readonly (readonly LiteralValue[])[],
): Promise<void> {
  const { dialect } = engine;
  const table = `${dialect.quote(schema)}.${dialect.quote(name)}`;
  const fields = columns.map((column) => {
    const type = dialect.type(column.type);
    const written = engine.name === 'clickhouse' && column.nullable ? `Nullable(${type})` : type;
    return `${dialect.quote(column.name)} ${written}`;
  });
  await engine.run(`DROP TABLE IF EXISTS ${table}`);
  await engine.run(
    `CREATE TABLE ${table} (${fields.join(', ')})${engine.name === 'clickhouse' ? ' ENGINE = Memory' : ''}`,
  );
  for (let at = 0; at < rows.length; at += 500) {
    const tuples = rows
      .slice(at, at + 500)
      .map(
        (row) => `(${row.map((value, i) => literal(engine, value, columns[i]?.type ?? { kind: 'null' })).join(', ')})`,
      );
    if (tuples.length > 0) await engine.run(`INSERT INTO ${table} VALUES ${tuples.join(', ')}`);
  }
}

function literal(engine: Engine, value: LiteralValue, type: ValueType): string {
  if (type.kind === 'list' && typeof value === 'string') {
    const items = value
      .slice(1, -1)
      .split(',')
      .filter((item) => item !== '')
      .map((item) => engine.dialect.literal(item, type.element).sql);
    return engine.dialect.list(items, type);
  }
  return engine.dialect.literal(value, type).sql;
}

/** Rows of the interpreter as literals. */
export const literals = (rows: readonly Readonly<Record<string, unknown>>[]): readonly (readonly LiteralValue[])[] =>
  rows.map((row) =>
    Object.values(row).map((value) =>
      Array.isArray(value)
        ? `{${value.join(',')}}`
        : value === null || typeof value === 'boolean'
          ? value
          : String(value),
    ),
  );
