/** What of a query an engine does not do: its cells say so, asked without their arguments' text. */
import type { AggregateExpr, Expr, Rel, WindowExpr } from '../relational/rel.ts';
import { expressionsOf, forEachExpr, forEachRel } from '../relational/walk.ts';
import { type CellCall, type EngineName, knownRow, PRECEDENCE, type SqlFragment } from './functions/table.ts';
import { literalOf } from './widening.ts';

export interface Refused {
  readonly fn: string;
  /** "distinct values over a window": after "takes no". */
  readonly reason: string;
  /** The stage that it stands in. */
  readonly at: Rel['at'];
}

export function refusals(rel: Rel, engine: EngineName): readonly Refused[] {
  const found: Refused[] = [];
  forEachRel(rel, (node) => {
    // Its arrays are never null: an outer join would make them empty.
    const list = engine === 'clickhouse' ? node.columns.find((c) => c.type.kind === 'list' && c.nullable) : undefined;
    if (list !== undefined) found.push({ fn: list.name, reason: 'list that may be null', at: node.at });
    for (const expr of expressionsOf(node)) {
      forEachExpr(expr, (part) => {
        if (part.kind !== 'call' && part.kind !== 'aggregate' && part.kind !== 'window') return;
        const sql = knownRow(part.fn).sql[engine](part.args.map(placeholder), callOf(part));
        if ('refused' in sql) found.push({ fn: part.fn, reason: sql.refused, at: node.at });
      });
    }
  });
  return found;
}

const PLACEHOLDER: SqlFragment = { sql: 'x', precedence: PRECEDENCE.atom };
const placeholder = (): SqlFragment => PLACEHOLDER;

function callOf(expr: (Expr & { readonly kind: 'call' }) | AggregateExpr | WindowExpr): CellCall {
  const order = expr.kind === 'aggregate' ? expr.order : [];
  return {
    argTypes: expr.args.map((arg) => arg.type),
    resultType: expr.type,
    literals: expr.args.map((arg) => literalOf(arg.kind === 'cast' && arg.mode === 'widen' ? arg.value : arg)),
    nullable: expr.args.map((arg) => arg.nullable),
    distinct: expr.kind !== 'call' && expr.distinct,
    order: order.map(({ value, ...key }) => ({
      ...key,
      value: PLACEHOLDER,
      type: value.type,
      nullable: value.nullable,
    })),
    orderBy: order.length > 0 ? 'x' : null,
    filter: expr.kind !== 'call' && expr.filter !== null ? 'x' : null,
    over: expr.kind === 'window' ? '' : null,
    quote: (text) => `'${text}'`,
  };
}
