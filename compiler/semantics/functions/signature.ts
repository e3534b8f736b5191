/**
 * Signatures as text, read once: `substr(text: string, start: int64, length?: int64) -> string`.
 *
 * Parameter types are the language's own, and: `decimal` any decimal (an int64 widens to one), `number` int64, decimal or
 * float64, `comparable` whatever has an order, `any`, `word` a literal that the row itself reads, `T` one type all through.
 * `name?:` may be left out; `name...:` takes one or more. A result `-> string?` may be null whatever the arguments are,
 * `-> int64!` never is; else it is null where an argument is. `inexact` after the result marks it so.
 */
import {
  BOOL,
  BYTES,
  DATE,
  ERROR_TYPE,
  FLOAT64,
  INT64,
  JSON_TYPE,
  STRING,
  TIMESTAMP,
  typeName,
  UUID,
  type ValueType,
} from '../../relational/types.ts';
import { commonType, decimalOf, isComparable, isNumber, literalShape, widens } from '../widening.ts';
import { type ArgumentInfo, mismatch, type Resolution } from './row.ts';

type Shape =
  | { readonly kind: 'type'; readonly type: ValueType }
  | { readonly kind: 'decimal' | 'number' | 'comparable' | 'any' | 'word' | 'T' | 'list-of-T' | 'same' };

interface ParameterShape {
  readonly name: string;
  readonly shape: Shape;
  readonly text: string;
  readonly optional: boolean;
  readonly variadic: boolean;
}

export interface Signature {
  readonly text: string;
  readonly parameters: readonly ParameterShape[];
  readonly result: Shape;
  readonly nullable: 'strict' | 'always' | 'never';
  readonly inexact: boolean;
}

const TYPES: Readonly<Record<string, ValueType>> = {
  bool: BOOL,
  int64: INT64,
  float64: FLOAT64,
  string: STRING,
  bytes: BYTES,
  date: DATE,
  timestamp: TIMESTAMP,
  uuid: UUID,
  json: JSON_TYPE,
};

function readShape(text: string): Shape {
  const type = TYPES[text];
  if (type !== undefined) return { kind: 'type', type };
  if (text === 'list<T>') return { kind: 'list-of-T' };
  if (text === 'list<string>') return { kind: 'type', type: { kind: 'list', element: STRING } };
  if (
    text === 'decimal' ||
    text === 'number' ||
    text === 'comparable' ||
    text === 'any' ||
    text === 'word' ||
    text === 'T'
  )
    return { kind: text };
  throw new Error(`signature of a function: no type "${text}"`);
}

export function readSignature(text: string): Signature {
  const open = text.indexOf('(');
  const arrow = text.lastIndexOf(' -> ');
  const inner = text.slice(open + 1, text.lastIndexOf(')', arrow));
  const parameters = inner === '' ? [] : inner.split(', ').map(readParameter);
  const [given = '', ...rest] = text.slice(arrow + 4).split(' ');
  const mark = given.at(-1);
  const result = readShape(mark === '?' || mark === '!' ? given.slice(0, -1) : given);
  return {
    text,
    parameters,
    result,
    nullable: mark === '?' ? 'always' : mark === '!' ? 'never' : 'strict',
    inexact: rest.includes('inexact'),
  };
}

function readParameter(text: string): ParameterShape {
  const [given = '', type = ''] = text.split(': ');
  const optional = given.endsWith('?');
  const variadic = given.endsWith('...');
  return { name: given.replace(/[?.]+$/, ''), shape: readShape(type), text: type, optional, variadic };
}

/** Resolves by the first signature that the arguments are, else by the first that they widen to. */
export function bySignature(...texts: readonly string[]): {
  readonly signatures: readonly string[];
  readonly resolve: (args: readonly ArgumentInfo[]) => Resolution;
} {
  let signatures: readonly Signature[] | null = null;
  return {
    signatures: texts.map((text) => text.replace(' inexact', '').replace('!', '')),
    resolve(args) {
      signatures ??= texts.map(readSignature);
      let widened: Resolution | null = null;
      let failed: Resolution | null = null;
      for (const signature of signatures) {
        const resolution = resolveSignature(signature, args);
        if (!resolution.ok) {
          // Of several refusals the one that got furthest is nearest to what was meant.
          if (failed === null || failed.ok || (resolution.argument ?? -1) > (failed.argument ?? -1))
            failed = resolution;
        } else if (args.every((arg, i) => arg.type.kind === resolution.args[i]?.kind)) return resolution;
        else widened ??= resolution;
      }
      return widened ?? failed ?? mismatch('it has no signature');
    },
  };
}

function resolveSignature(signature: Signature, args: readonly ArgumentInfo[]): Resolution {
  const { parameters } = signature;
  const last = parameters.at(-1);
  const least = parameters.filter((p) => !p.optional).length;
  const most = last?.variadic === true ? Number.POSITIVE_INFINITY : parameters.length;
  if (args.length < least || args.length > most) return mismatch(countReason(least, most, args.length));

  let bound: ValueType | null = null;
  let literal: ArgumentInfo['literal'];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    const parameter = parameters[i] ?? last;
    if (arg === undefined || parameter === undefined) continue;
    if (!accepts(parameter.shape, arg)) return mismatch(expectation(parameter, arg), i);
    const generic: ValueType | null =
      parameter.shape.kind === 'T'
        ? arg.type
        : parameter.shape.kind === 'list-of-T' && arg.type.kind === 'list'
          ? arg.type.element
          : null;
    if (generic === null) continue;
    const common: ValueType | null =
      bound === null ? generic : commonType({ type: bound, literal }, { type: generic, literal: arg.literal });
    if (common === null)
      return mismatch(
        `\`${parameter.name}\` is \`${typeName(generic)}\` beside \`${typeName(bound ?? ERROR_TYPE)}\``,
        i,
      );
    if (bound === null) literal = arg.literal;
    else if (common !== bound) literal = undefined;
    bound = common;
  }

  const types = args.map((arg, i) => argumentType((parameters[i] ?? last)?.shape, arg, bound));
  const nullable = signature.nullable === 'always' || (signature.nullable === 'strict' && args.some((a) => a.nullable));
  return {
    ok: true,
    args: types,
    type: resultType(signature.result, types, bound),
    nullable,
    inexact: signature.inexact || args.some((a) => a.inexact),
  };
}

export function countReason(least: number, most: number, given: number): string {
  const wanted =
    least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`;
  return `it takes ${wanted} argument${wanted === '1' ? '' : 's'}, not ${given}`;
}

function accepts(shape: Shape, arg: ArgumentInfo): boolean {
  if (arg.type.kind === 'null') return shape.kind !== 'word';
  switch (shape.kind) {
    case 'type':
      return widens(arg, shape.type);
    case 'decimal':
      return arg.type.kind === 'decimal' || arg.type.kind === 'int64';
    case 'number':
      return isNumber(arg.type);
    case 'comparable':
      return isComparable(arg.type);
    case 'word':
      return arg.literal !== undefined && arg.literal !== null;
    case 'list-of-T':
      return arg.type.kind === 'list';
    case 'any':
    case 'T':
    case 'same':
      return true;
  }
}

function expectation(parameter: ParameterShape, arg: ArgumentInfo): string {
  if (parameter.shape.kind === 'word') return `\`${parameter.name}\` must be written out, not computed`;
  const wanted =
    parameter.text === 'number'
      ? 'a number'
      : parameter.text === 'comparable'
        ? 'a value that has an order'
        : `\`${parameter.text === 'list<T>' ? 'list' : parameter.text}\``;
  const shape =
    parameter.shape.kind === 'type' && arg.type.kind === 'string' && arg.literal !== undefined
      ? literalShape(parameter.shape.type)
      : null;
  return `\`${parameter.name}\` is \`${typeName(arg.type)}\`, it must be ${shape === null ? wanted : `${wanted}: ${shape}`}`;
}

function argumentType(shape: Shape | undefined, arg: ArgumentInfo, bound: ValueType | null): ValueType {
  switch (shape?.kind) {
    case 'type':
      return shape.type;
    case 'decimal':
      return arg.type.kind === 'null' ? { kind: 'decimal', precision: 1, scale: 0 } : decimalOf(arg);
    case 'T':
      return bound ?? arg.type;
    case 'list-of-T':
      return bound === null ? arg.type : { kind: 'list', element: bound };
    default:
      return arg.type;
  }
}

function resultType(shape: Shape, args: readonly ValueType[], bound: ValueType | null): ValueType {
  switch (shape.kind) {
    case 'type':
      return shape.type;
    case 'T':
      return bound ?? args[0] ?? ERROR_TYPE;
    case 'list-of-T':
      return { kind: 'list', element: bound ?? args[0] ?? ERROR_TYPE };
    default:
      return args[0] ?? ERROR_TYPE;
  }
}
