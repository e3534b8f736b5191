/** Whether a function of the project fits the rows that it is given, and those that it promises: docs/escape-hatches.md. */
import { type Column, typeName, type ValueType, valueName } from '../relational/types.ts';
import type { FunctionColumn, FunctionKind, FunctionType } from './outside.ts';

export interface Misfit {
  readonly what: string;
  /** The property in the function's file. */
  readonly column: FunctionColumn | null;
}

/** What the function takes, against the rows that it is given: it need not take all of their columns. */
export function takesMisfits(
  takes: readonly FunctionColumn[],
  row: readonly Column[],
  dataset: string,
): readonly Misfit[] {
  return takes.flatMap((column): Misfit[] => {
    const given = row.find((each) => each.name === column.name);
    if (given === undefined) return [{ what: `it takes \`${column.name}\`, which \`${dataset}\` has not`, column }];
    if (given.type.kind === 'error' || accepts(column.type, given)) return [];
    return [
      {
        what: `it takes \`${column.name}\` as \`${column.type.text}\`, but \`${valueName(given)}\` is \`${inTypeScript(given)}\``,
        column,
      },
    ];
  });
}

/** What it gives, against the promised rows: exactly their columns. */
export function givesMisfits(gives: readonly FunctionColumn[], row: readonly Column[]): readonly Misfit[] {
  const misfits: Misfit[] = [];
  for (const wanted of row) {
    const column = gives.find((each) => each.name === wanted.name);
    if (column === undefined) misfits.push({ what: `it does not give \`${wanted.name}\``, column: null });
    else if (wanted.type.kind !== 'error' && !isOf(column.type, wanted))
      misfits.push({
        what: `it gives \`${column.name}\` as \`${column.type.text}\`, but \`${valueName(wanted)}\` is \`${inTypeScript(wanted)}\``,
        column,
      });
  }
  for (const column of gives)
    if (!row.some((wanted) => wanted.name === column.name))
      misfits.push({ what: `it gives \`${column.name}\`, which is not promised`, column });
  return misfits;
}

type Value = Pick<Column, 'type' | 'nullable'>;

/** Whether every value of the column is one of the function's type. */
function accepts(type: FunctionType, value: Value): boolean {
  if (type.kinds.includes('any')) return true;
  if (value.nullable && !type.kinds.includes('null')) return false;
  if (!type.kinds.includes(kindOf(value.type))) return false;
  if (value.type.kind === 'list')
    return type.element === null || accepts(type.element, { type: value.type.element, nullable: true });
  if (type.texts === null) return true;
  return value.type.kind === 'enum' && value.type.values.every((text) => type.texts?.includes(text));
}

/** Whether every value of the function's type is one of the column. Texts for an enum are looked at when they come. */
function isOf(type: FunctionType, value: Value): boolean {
  const allowed: readonly FunctionKind[] = value.nullable ? [kindOf(value.type), 'null'] : [kindOf(value.type)];
  if (!type.kinds.every((kind) => allowed.includes(kind))) return false;
  if (value.type.kind === 'list')
    return type.element === null || isOf(type.element, { type: value.type.element, nullable: true });
  const { type: wanted } = value;
  return type.texts === null || wanted.kind !== 'enum' || type.texts.every((text) => wanted.values.includes(text));
}

function kindOf(type: ValueType): FunctionKind {
  switch (type.kind) {
    case 'bool':
      return 'boolean';
    case 'int64':
    case 'timestamp':
      return 'bigint';
    case 'float64':
      return 'number';
    case 'decimal':
    case 'string':
    case 'date':
    case 'uuid':
    case 'json':
    case 'enum':
      return 'string';
    case 'bytes':
      return 'bytes';
    case 'list':
      return 'list';
    case 'null':
    case 'error':
      return 'any';
  }
}

/** A column's values as TypeScript says them: `bigint | null`. */
export function inTypeScript(value: Value): string {
  const { type, nullable } = value;
  const own =
    type.kind === 'bytes'
      ? 'Uint8Array'
      : type.kind === 'list'
        ? `readonly (${inTypeScript({ type: type.element, nullable: true })})[]`
        : type.kind === 'enum' && type.values.length <= 5
          ? type.values.map((text) => JSON.stringify(text)).join(' | ')
          : type.kind === 'null' || type.kind === 'error'
            ? typeName(type)
            : kindOf(type);
  return nullable ? `${own} | null` : own;
}
