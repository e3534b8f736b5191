import { valueName } from '../../relational/types.ts';
import { isSame } from '../tree.ts';
import type { ActionRule } from './action.ts';

/** Where a query gives more than its type promises, the type may promise more. */
export const matchType: ActionRule = ({ workspace, declared, problems }) => {
  const written = declared.tree.type?.name.text;
  const symbol = written === undefined ? null : workspace.symbol('type', written);
  if (!problems.some(({ code }) => code === 'differs-from-type') || symbol?.kind !== 'type') return [];
  const { tree, start } = workspace.declaration(symbol);
  const fields = tree.body?.kind === 'type-body' ? tree.body.fields : [];
  const last = declared.tree.value?.kind === 'query' ? declared.tree.value.stages.at(-1) : undefined;
  const { seen } = workspace.trace(declared.symbol);
  const given = last === undefined ? [] : (seen.find(({ span }) => isSame(span, last))?.after ?? []);
  const missing = given.filter(
    ({ name, type }) => type.kind !== 'error' && !fields.some((each) => each.name.text === name),
  );
  const field = fields.at(-1);
  if (missing.length === 0 || field === undefined) return [];
  const end = start + Math.max(field.type.end, ...field.annotations.map((each) => each.end));
  const text = workspace.text(symbol.file);
  const indent = /\n([ \t]*)$/.exec(text.slice(0, start + field.start))?.[0] ?? ', ';
  const names = missing.map(({ name }) => `\`${name}\``).join(', ');
  const added = missing.map((column) => `${indent}${column.name}: ${valueName(column)}`).join('');
  return [
    {
      title: `Add ${names} to \`${symbol.name}\``,
      kind: 'quickfix',
      edits: [{ file: symbol.file, start: end, end, text: added }],
    },
  ];
};
