/** DuckDB's overrides. Facts come from `docs/decisions/` and were run on DuckDB 1.5. */
import type { LiteralValue } from '../relational/rel.ts';
import type { ValueType } from '../relational/types.ts';
import { duckdbType, functionRow, PRECEDENCE, type SqlFragment, scalarCall } from '../semantics/functions/table.ts';
import { atom, type Dialect, standard } from './dialect.ts';

export const duckdb: Dialect = {
  ...standard,
  engine: 'duckdb',
  type: duckdbType,
  literal,
  tryCast,
  ageMs: (value) => `epoch_ms(now()) - epoch_ms(CAST(${value} AS TIMESTAMPTZ))`,
};

function literal(value: LiteralValue, type: ValueType): SqlFragment {
  if (value === null) return atom('NULL');
  if (typeof value === 'boolean') return atom(value ? 'TRUE' : 'FALSE');
  switch (type.kind) {
    case 'int64':
      // Its positive half does not fit int64, so the sign must not be an operator.
      if (value === '-9223372036854775808') return atom(`CAST('${value}' AS BIGINT)`);
      return number(value);
    case 'decimal':
      return number(value);
    case 'float64':
      return number(/^[-+]?[0-9.]+$/.test(value) ? `${value}e0` : value);
    case 'date':
      return atom(`DATE ${standard.text(value)}`);
    case 'timestamp':
      return atom(`TIMESTAMPTZ ${standard.text(`${value}+00`)}`);
    case 'string':
    case 'enum':
      return atom(standard.text(value));
    case 'bool':
      return atom(value === 'true' ? 'TRUE' : 'FALSE');
    case 'uuid':
    case 'json':
    case 'bytes':
    case 'list':
      return atom(`CAST(${standard.text(value)} AS ${duckdbType(type)})`);
    case 'null':
      return atom('NULL');
    case 'error':
      throw new Error('SQL was asked for of a program with errors');
  }
}

/** Digits as the checker has them; anything else would be text of a user outside of quotes. */
function number(text: string): SqlFragment {
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) throw new Error(`not a number: ${JSON.stringify(text)}`);
  return { sql: text.replace(/^\+/, ''), precedence: text.startsWith('-') ? PRECEDENCE.unary : PRECEDENCE.atom };
}

/** Text is parsed by the `try_…` function of the type, which gates what DuckDB alone would accept (`12.7` as an integer). */
function tryCast(value: SqlFragment, from: ValueType, to: ValueType): SqlFragment {
  const parser = from.kind === 'string' ? functionRow(`try_${to.kind}`)?.sql.duckdb : undefined;
  if (parser && to.kind !== 'decimal') return parser([value], scalarCall([from], to, [undefined], [true]));
  return atom(`TRY_CAST(${value.sql} AS ${duckdbType(to)})`);
}
