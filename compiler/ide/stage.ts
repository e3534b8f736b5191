/** The query at the cursor: what stands in a declaration up to the stage at an offset, as a query of its own. */
import type { NamedQuery, Query, SqlSelect, Stage, TableExpr, WithStage } from '../syntax/ast.ts';

export interface QueryAt {
  /** Ends with the stage. Spans are the declaration's, as before. */
  readonly query: Query | SqlSelect;
  /** Null of a `select … from …` that is taken whole. */
  readonly stage: Stage | null;
}

/**
 * The innermost query around an offset that can stand alone, up to its stage there: one in parentheses that a `from`, a join
 * or a `with` reads, with the names that it sees. What an expression asks goes with its stage, as it may see its rows.
 * @param text of the declaration
 */
export function queryUpTo(query: Query | SqlSelect, offset: number, text: string): QueryAt {
  if (query.kind === 'sql-select') return { query, stage: null };
  const { stages } = query;
  const at = Math.max(
    0,
    stages.findLastIndex((stage, index) => begin(stage, stages[index - 1], text) <= offset),
  );
  const stage = stages[at];
  if (stage === undefined) return { query, stage: null };
  const before = stages.slice(0, at);
  const inner = queriesIn(stage).find((each) => each.query.start <= offset && offset <= each.query.end);
  if (inner !== undefined) {
    const named = [...before.filter((each) => each.kind === 'with'), ...inner.named];
    return after(named, queryUpTo(inner.query, offset, text));
  }
  const upTo = readable(stages, at);
  const last = upTo.at(-1);
  return last === undefined
    ? { query, stage: null }
    : { query: { ...query, stages: upTo, end: last.end }, stage: last };
}

/** A stage begins with its `|>`. */
function begin(stage: Stage, before: Stage | undefined, text: string): number {
  if (before === undefined) return 0;
  const pipe = text.lastIndexOf('|>', stage.start);
  return pipe >= before.end ? pipe : stage.start;
}

/** A stage that cannot be read has the rows of the one before; `with` alone has none, so that the next is taken along. */
function readable(stages: readonly Stage[], at: number): readonly Stage[] {
  let last = at;
  while (last > 0 && stages[last]?.kind === 'missing') last -= 1;
  const isRows = ({ kind }: Stage) => kind !== 'with' && kind !== 'missing';
  if (!stages.slice(0, last + 1).some(isRows)) last = stages.findIndex(isRows);
  return stages.slice(0, last + 1);
}

interface Inner {
  readonly query: Query | SqlSelect;
  /** The names that it sees of its own stage. */
  readonly named: readonly WithStage[];
}

/** Queries of a stage that see none of its rows. */
function queriesIn(stage: Stage): readonly Inner[] {
  switch (stage.kind) {
    case 'from':
    case 'set-operation':
      return stage.tables.flatMap(queryOf);
    case 'join':
      return queryOf(stage.table);
    case 'with':
      return stage.queries.map(({ query }, index) => ({ query, named: withOf(stage, stage.queries.slice(0, index)) }));
    default:
      return [];
  }
}

const withOf = (stage: WithStage, queries: readonly NamedQuery[]): readonly WithStage[] =>
  queries.length === 0 ? [] : [{ ...stage, queries }];

const queryOf = (table: TableExpr): readonly Inner[] =>
  table.kind === 'subquery' ? [{ query: table.query, named: [] }] : [];

/** With names before it. */
function after(named: readonly Stage[], { query, stage }: QueryAt): QueryAt {
  if (named.length === 0) return { query, stage };
  if (query.kind === 'query') return { query: { ...query, stages: [...named, ...query.stages] }, stage };
  const { start, end } = query;
  const from: Stage = { kind: 'from', start, end, tables: [{ kind: 'subquery', query, alias: null, start, end }] };
  return { query: { kind: 'query', start, end, stages: [...named, from] }, stage };
}
