/** Why a value may be null, as far as it can be told in a few words. */
import type { RelColumn } from '../../relational/rel.ts';
import { functionRow } from '../../semantics/functions/table.ts';
import type { Trace } from '../../semantics/trace.ts';
import type { CallExpr, Expr, JoinStage, Stage } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import { walk } from '../../syntax/walk.ts';
import type { Declared, Workspace } from '../../workspace/workspace.ts';
import { isExpr, isSame, isStage, within } from '../tree.ts';
import { code } from './markdown.ts';

/** Of a column of a query: the stage in which it came to be nullable, or the column it is read from. Null where nobody knows. */
export function whyNullColumn(workspace: Workspace, declared: Declared, column: RelColumn): string | null {
  const trace = workspace.trace(declared.symbol);
  const stage = trace.seen.find(({ after }) => after?.some((each) => each.id === column.id && each.nullable) === true);
  if (stage === undefined) return null;
  const tree = stageAt(declared, stage.span);
  if (tree === null) return null;
  const before = stage.before.columns.find((each) => each.id === column.id);
  if (tree.kind === 'join') return joinWhy(tree, before !== undefined, column, workspace);
  if (tree.kind === 'from') return readWhy(column, workspace);
  if (tree.kind === 'set-operation') return `one side of the ${code(tree.operation)} may be null`;
  const written = writtenAs(trace, column, tree);
  if (written === null) return null;
  const passed = written.kind === 'name' ? written.name.parts.at(-1)?.text : undefined;
  const source = stage.before.columns.find(({ name, id, nullable }) => name === passed && id !== column.id && nullable);
  const deeper = source === undefined ? null : whyNullColumn(workspace, declared, source);
  return deeper ?? whyNullExpr(trace, written, workspace.text(declared.symbol.file), declared);
}

function joinWhy({ type, asof }: JoinStage, wasThere: boolean, column: RelColumn, workspace: Workspace): string | null {
  const outer = type === 'full' || (type === 'right' ? wasThere : type === 'left' && !wasThere);
  const name = `${type === 'inner' ? '' : `${type} `}${asof ? 'asof ' : ''}join`;
  return outer ? `the ${code(name)} may find no row for it` : readWhy(column, workspace);
}

/** It is read as it is: the dataset says that it may be null. */
function readWhy({ origins }: RelColumn, workspace: Workspace): string | null {
  const read = origins.find(({ kind }) => kind === 'direct');
  if (read === undefined) return null;
  const column = workspace.row(read.dataset)?.columns.find(({ name }) => name === read.column);
  return column?.nullable === true ? `${code(`${read.dataset}.${read.column}`)} may be null` : null;
}

/** The expression that a column's name was given to, or that has its name. */
function writtenAs(trace: Trace, { id, name }: RelColumn, stage: Stage): Expr | null {
  const given = trace.uses.find(
    ({ gives, span, meaning }) => gives && meaning.kind === 'column' && meaning.id === id && within(span, stage),
  );
  const items = itemsOf(stage);
  const item =
    given === undefined
      ? items.find(({ value }) => value.kind === 'name' && value.name.parts.at(-1)?.text === name)
      : items.find((each) => each.name !== null && isSame(each.name, given.span));
  return item?.value ?? null;
}

function itemsOf(stage: Stage): readonly { readonly value: Expr; readonly name: Span | null }[] {
  switch (stage.kind) {
    case 'select':
      return stage.items.flatMap((item) => (item.kind === 'column' ? [item] : item.replace));
    case 'extend':
      return stage.items;
    case 'set':
      return stage.assignments;
    case 'aggregate':
      return [
        ...stage.items,
        ...stage.groups.flatMap((group) =>
          group.kind === 'key' ? [group] : 'keys' in group ? group.keys : group.sets.flat(),
        ),
      ];
    default:
      return [];
  }
}

/** What of an expression brings the null in. */
export function whyNullExpr(trace: Trace, expr: Expr, file: string, declared: Declared): string | null {
  const nullable = (span: Span): boolean => trace.typed.some((each) => isSame(each.span, span) && each.value.nullable);
  const shown = (span: Span): string => code(file.slice(declared.start + span.start, declared.start + span.end));
  switch (expr.kind) {
    case 'null':
      return 'it is `null`';
    case 'paren':
      return whyNullExpr(trace, expr.inner, file, declared);
    case 'name':
      return `${shown(expr)} may be null`;
    case 'case':
      if (expr.otherwise === null) return 'the `case` has no `else`';
      break;
    case 'cast':
      if (expr.safe && !nullable(expr.value)) return `${shown(expr)} is null where the value is none of that type`;
      break;
    case 'binary':
      if ((expr.operator === '/' || expr.operator === '%') && ![expr.left, expr.right].some(nullable))
        return `${shown(expr)} is null where it divides by zero`;
      break;
    case 'call': {
      const why = callWhy(expr, shown, nullable);
      if (why !== null) return why;
      break;
    }
    case 'query-expr':
      return 'the query may find no row';
    default:
      break;
  }
  let found: Expr | null = null;
  walk(expr, (node) => {
    if (found === null && node !== expr && isExpr(node) && node.kind === 'name' && nullable(node)) found = node;
  });
  return found === null ? null : `${shown(found)} may be null`;
}

function callWhy(
  { name, args, over, filter }: CallExpr,
  shown: (span: Span) => string,
  nullable: (span: Span) => boolean,
): string | null {
  const row = functionRow(
    name.parts
      .map(({ text }) => text)
      .join('.')
      .toLowerCase(),
  );
  if (args.some(({ value }) => nullable(value))) return null;
  // A function of the project.
  if (row === undefined) return `${shown(name)} may give null`;
  if (row.kind === 'window' || over !== null) return `${shown(name)} is null where its frame has no row`;
  if (row.kind === 'aggregate')
    return filter === null
      ? `${shown(name)} over no rows is null`
      : `${shown(name)} is null where no row passes its filter`;
  return row.name === 'div' ? `${shown(name)} is null where it divides by zero` : `${shown(name)} may give null`;
}

function stageAt({ tree }: Declared, span: Span): Stage | null {
  let found: Stage | null = null;
  walk(tree, (node) => {
    if (found === null && isStage(node) && isSame(node, span)) found = node;
  });
  return found;
}
