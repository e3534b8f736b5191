import type { ValueType } from '../../relational/types.ts';
import { isExpr, isSame, isStage, pathAt } from '../tree.ts';
import { type ActionRule, edit, textOf } from './action.ts';

/** A column that may be null where it is used: another value in its place, or only the rows that have one. */
export const handleNull: ActionRule = (asked) => {
  const { workspace, declared, offset } = asked;
  const path = pathAt({ declared, offset });
  const name = path.at(-1);
  const stage = path.findLast(isStage);
  if (name === undefined || !isExpr(name) || name.kind !== 'name' || stage === undefined) return [];
  const value = workspace.trace(declared.symbol).typed.findLast(({ span }) => isSame(span, name))?.value;
  if (value?.nullable !== true || isGuarded(path.at(-2))) return [];
  const written = textOf(asked, name);
  const instead = stand(value.type);
  // In a `select` or an `aggregate` the column would lose its name.
  const items = 'items' in stage ? stage.items : [];
  const bare = items.some((item) => 'value' in item && isSame(item.value, name) && item.name === null);
  const last = name.name.parts.at(-1);
  const label = bare && last !== undefined ? ` as ${textOf(asked, last)}` : '';
  const sign = /\|>\s*$/.exec(textOf(asked, { start: 0, end: stage.start }));
  const indent = /\n([ \t]*)$/.exec(textOf(asked, { start: 0, end: sign?.index ?? 0 }))?.[0] ?? ' ';
  return [
    ...(instead === null
      ? []
      : [
          {
            title: `Take \`${instead}\` where \`${written}\` is null`,
            kind: 'rewrite' as const,
            edits: [edit(asked, name, `coalesce(${written}, ${instead})${label}`)],
          },
        ]),
    ...(sign === null || stage.kind === 'join'
      ? []
      : [
          {
            title: `Keep only rows whose \`${written}\` is not null`,
            kind: 'rewrite' as const,
            edits: [edit(asked, { start: sign.index, end: sign.index }, `|> where ${written} is not null${indent}`)],
          },
        ]),
  ];
};

/** `x is null` and `coalesce(x, …)` look at nulls already. */
function isGuarded(parent: ReturnType<typeof pathAt>[number] | undefined): boolean {
  if (parent === undefined || !isExpr(parent)) return false;
  return parent.kind === 'is' || (parent.kind === 'call' && parent.name.parts[0]?.text.toLowerCase() === 'coalesce');
}

/** A value of a type that says nothing; null where there is none that suggests itself. */
function stand(type: ValueType): string | null {
  switch (type.kind) {
    case 'string':
      return "''";
    case 'int64':
    case 'decimal':
      return '0';
    case 'float64':
      return '0e0';
    case 'bool':
      return 'false';
    default:
      return null;
  }
}
