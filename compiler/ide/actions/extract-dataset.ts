import { joinName } from '../../semantics/symbols.ts';
import type { Query } from '../../syntax/ast.ts';
import { holds, isSame, within } from '../tree.ts';
import { type ActionRule, above, edit, freeName, textOf } from './action.ts';

/** The stages as far as the cursor as a dataset of their own, which the rest reads. */
export const extractDataset: ActionRule = (asked) => {
  const { workspace, declared, offset } = asked;
  const { symbol, tree } = declared;
  const query = tree.value;
  if (symbol.kind !== 'table' || query?.kind !== 'query' || tree.in === null) return [];
  const at = query.stages.findLastIndex((stage) => stage.start <= offset || isSignBefore(asked, stage.start, offset));
  const stage = query.stages[at];
  if (
    stage === undefined ||
    at === 0 ||
    at === query.stages.length - 1 ||
    !holds({ start: query.start, end: stage.end }, offset)
  )
    return [];
  const { seen, uses } = workspace.trace(symbol);
  const after = seen.find(({ span }) => isSame(span, stage))?.after;
  // What is stored needs one name for each column, all of them known; what `with` names is seen by both halves.
  if (after == null || after.length === 0 || new Set(after.map(({ name }) => name)).size < after.length) return [];
  if (after.some(({ type }) => type.kind === 'error') || query.stages.some(({ kind }) => kind === 'with')) return [];
  const rest = { start: stage.end, end: query.end };
  const qualifiers = new Set(
    uses.flatMap(({ span, meaning }) => {
      if (!within(span, rest)) return [];
      if (meaning.kind === 'local' && meaning.what === 'table' && meaning.given.start < stage.end)
        return textOf(asked, span);
      return meaning.kind === 'declaration' && meaning.namespace === 'dataset' && isQualifier(asked, span.end)
        ? textOf(asked, span)
        : [];
    }),
  );
  const [qualifier, ...more] = qualifiers;
  if (more.length > 0 || hasOrder(query, at)) return [];
  const name = freeName(
    workspace,
    `${tree.name?.text ?? 'rows'}_${stage.kind === 'set-operation' ? 'all' : (wordOf[stage.kind] ?? 'rows')}`,
  );
  const stages = textOf(asked, { start: query.start, end: stage.end });
  const separator = stages.includes('\n') ? '\n  ' : ' ';
  const alias = qualifier === undefined ? '' : ` as ${qualifier}`;
  return [
    {
      title: `Make a dataset of the stages as far as this one`,
      kind: 'extract',
      edits: [
        above(asked, `table ${name} in ${joinName(tree.in)} =${separator}${stages}`),
        edit(asked, { start: query.start, end: stage.end }, `from ${name}${alias}`),
      ],
    },
  ];
};

const wordOf: Readonly<Record<string, string>> = {
  where: 'kept',
  aggregate: 'groups',
  join: 'joined',
  select: 'columns',
};

/** The cursor is between `|>` and the stage. */
function isSignBefore(asked: Parameters<ActionRule>[0], start: number, offset: number): boolean {
  const sign = /\|>\s*$/.exec(textOf(asked, { start: 0, end: start }));
  return sign !== null && sign.index <= offset && offset <= start;
}

const isQualifier = (asked: Parameters<ActionRule>[0], end: number): boolean =>
  textOf(asked, { start: end, end: end + 1 }) === '.';

/** An order is none of a stored dataset. */
const hasOrder = ({ stages }: Query, at: number): boolean => {
  const order = stages.slice(0, at + 1).findLastIndex(({ kind }) => kind === 'order');
  return order !== -1 && !stages.slice(order, at + 1).some(({ kind }) => kind === 'limit');
};
