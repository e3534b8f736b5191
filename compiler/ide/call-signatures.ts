/** Signatures as they are shown, `substr(text: string, start: int64) -> string`, in their parts. */
import {
  BOOL,
  BYTES,
  DATE,
  FLOAT64,
  INT64,
  JSON_TYPE,
  STRING,
  TIMESTAMP,
  UUID,
  type ValueInfo,
  type ValueType,
} from '../relational/types.ts';
import type { FunctionRow } from '../semantics/functions/table.ts';

export interface ShownParameter {
  readonly name: string;
  /** The language's word for its type, or the function table's for several (`number`, `comparable`, `T`); '' where none is shown. */
  readonly type: string;
  /** Of its text in the signature. */
  readonly start: number;
  readonly end: number;
  /** Takes this argument and all after it. */
  readonly variadic: boolean;
}

export interface ShownSignature {
  readonly label: string;
  readonly parameters: readonly ShownParameter[];
  readonly result: string;
}

/** Reads what is shown; commas in brackets belong to one parameter. */
export function readShown(label: string): ShownSignature {
  const open = label.indexOf('(');
  const arrow = label.lastIndexOf(' -> ');
  const close = label.lastIndexOf(')', arrow === -1 ? label.length : arrow);
  const result = arrow === -1 ? '' : label.slice(arrow + 4);
  const parameters: ShownParameter[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = start; open !== -1 && start < close && at <= close; at++) {
    const sign = label[at] ?? '';
    if ('([<'.includes(sign)) depth++;
    else if (at < close && ')]>'.includes(sign)) depth--;
    else if (at === close || (sign === ',' && depth === 0)) {
      const [name = '', type = ''] = label.slice(start, at).split(': ');
      parameters.push({ name: name.replace(/[?.]+$/, ''), type, start, end: at, variadic: /(?:\.\.\.|…)$/.test(name) });
      start = at + 2;
    }
  }
  return { label, parameters, result };
}

const TYPES: ReadonlyMap<string, ValueType> = new Map<string, ValueType>([
  ['bool', BOOL],
  ['int64', INT64],
  ['float64', FLOAT64],
  ['number', INT64],
  ['decimal', { kind: 'decimal', precision: 38, scale: 0 }],
  ['string', STRING],
  ['bytes', BYTES],
  ['date', DATE],
  ['timestamp', TIMESTAMP],
  ['uuid', UUID],
  ['json', JSON_TYPE],
]);

/** A value of the type that a signature names; null where it names several or none. */
export function valueOfType(type: string): ValueInfo | null {
  const known = TYPES.get(type.replace(/\?$/, ''));
  return known === undefined ? null : { type: known, nullable: true, inexact: false };
}

/** What a function takes in a place; null where it takes values of any type, or of several. */
export function wantedArgument({ signatures }: FunctionRow, index: number): ValueInfo | null {
  const wanted = signatures.map((label) => {
    const { parameters } = readShown(label);
    const last = parameters.at(-1);
    return (parameters[index] ?? (last?.variadic === true ? last : undefined))?.type ?? '';
  });
  const [first = ''] = wanted;
  const isNumeric = wanted.every((type) => ['int64', 'decimal', 'float64', 'number'].includes(type));
  return isNumeric ? valueOfType('number') : wanted.every((type) => type === first) ? valueOfType(first) : null;
}

/** Whether a function may give a value of this kind, by what it says it gives. */
export function gives({ signatures }: FunctionRow, wanted: ValueInfo): boolean {
  return signatures.some((label) => {
    const value = valueOfType(readShown(label).result);
    return (
      value !== null && (value.type.kind === wanted.type.kind || (isNumeric(value.type) && isNumeric(wanted.type)))
    );
  });
}

const isNumeric = ({ kind }: ValueType): boolean => kind === 'int64' || kind === 'decimal' || kind === 'float64';
