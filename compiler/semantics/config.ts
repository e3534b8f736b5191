/**
 * Values of properties and arguments: what one may be (a reader), which there are (a schema), and one checker for all.
 *
 * A reader says in the user's words what it takes, so that the checker, completion, hover and the reference speak with
 * one voice. Reading gives a typed value, or undefined after a report.
 */
import type { DiagnosticExtras } from '../diagnostics/codes.ts';
import type { CallExpr, ChecksBody, DurationLiteral, DurationUnit, Expr, Name, Property } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { DeclarationContext } from './declarations/context.ts';
import { suggestion } from './suggest.ts';

export type PropertyValue = Expr | ChecksBody;

export interface Reader<T> {
  /** After "must be": "a duration such as `15m`". */
  readonly expected: string;
  /** What may be written, for completion and "did you mean". */
  readonly forms: readonly ValueForm[];
  /** A value of another shape as it was surely meant, such as `1h` for `'1h'`; null where nothing is sure. */
  readonly mend: (value: PropertyValue, written: string) => string | null;
  /** Whether the value has the shape at all; a value that has is read, and may still be wrong inside. */
  readonly accepts: (value: PropertyValue) => boolean;
  /** `what` names the property, for messages. Undefined after a report. */
  readonly read: (value: PropertyValue, what: string, context: DeclarationContext) => T | undefined;
}

/** What a name in a value stands for. */
export type NameOf = 'column' | 'target' | 'job' | 'pool' | 'layer' | 'selection';
/** What the keys of an object stand for. */
export type KeyOf = 'column' | 'schema' | 'replaced';

/** One form that a value may have, as far as it is known before one is written. Numbers, durations and queries have none. */
export type ValueForm =
  /** `later`: this version does not run it. */
  | { readonly kind: 'word'; readonly word: string; readonly later?: true }
  | { readonly kind: 'text'; readonly of: 'zone' | null }
  | { readonly kind: 'name'; readonly of: NameOf }
  /** `shown` is the call as people write it, in back-ticks or not; the signature is null where any arguments are taken. */
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly shown: string;
      readonly signature: Signature<Schema> | null;
      readonly later?: true;
    }
  | { readonly kind: 'list'; readonly item: Reader<unknown> }
  | { readonly kind: 'object'; readonly keys: KeyOf | null; readonly item: Reader<unknown> };

/** One property or argument. */
export interface PropertyRow<T, D> {
  readonly reader: Reader<T>;
  readonly required: boolean;
  readonly fallback: D;
  readonly doc: string;
}
export type Schema = Readonly<Record<string, PropertyRow<unknown, unknown>>>;

/** What reading by a schema gives. A required property that is missing or wrong is undefined, and reported. */
export type ValuesOf<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends PropertyRow<infer T, infer D> ? T | D : never;
};

export function required<T>(reader: Reader<T>, doc: string): PropertyRow<T, undefined> {
  return { reader, required: true, fallback: undefined, doc };
}
export function optional<T>(reader: Reader<T>, doc: string): PropertyRow<T, null> {
  return { reader, required: false, fallback: null, doc };
}
export function defaulted<T>(reader: Reader<T>, fallback: T, doc: string): PropertyRow<T, T> {
  return { reader, required: false, fallback, doc };
}

/** A value by its reader; reports where it has not the shape. */
export function readValue<T>(
  reader: Reader<T>,
  value: PropertyValue,
  what: string,
  context: DeclarationContext,
): T | undefined {
  if (value.kind === 'missing') return undefined;
  if (reader.accepts(value)) return reader.read(value, what, context);
  context.report(
    'wrong-property-value',
    { property: what, expected: reader.expected, found: describeValue(value) },
    value,
    meantBy(value, reader, context),
  );
  return undefined;
}

/** A misspelt word or callee, with its fix. */
function meantBy(value: PropertyValue, reader: Reader<unknown>, context: DeclarationContext): DiagnosticExtras {
  const mended = reader.mend(value, context.text(value));
  if (mended !== null) {
    const edits = [{ place: context.place(value), text: mended }];
    return { label: `write \`${mended}\``, fixes: [{ title: `write \`${mended}\``, safe: true, edits }] };
  }
  if (value.kind === 'name') {
    const [word, ...more] = value.name.parts;
    return word === undefined || more.length > 0 ? {} : suggestion(word, wordsOf(reader), context);
  }
  if (value.kind !== 'call') return {};
  return suggestion({ ...value.name, text: callName(value) }, calleesOf(reader), context);
}

/** Properties by their schema: unknown, repeated, missing and wrong ones are reported. `owner` is "a store" in messages. */
export function readProperties<S extends Schema>(
  schema: S,
  properties: readonly Property[],
  owner: string,
  at: Span,
  context: DeclarationContext,
): ValuesOf<S> {
  const values: Record<string, unknown> = {};
  const seen = new Map<string, Name>();
  for (const { name, value } of properties) {
    if (name.text === '') continue;
    const before = seen.get(name.text);
    if (before !== undefined) {
      context.report('duplicate-property', { property: name.text }, name, {
        related: [{ place: context.place(before), message: 'it is first given here' }],
      });
      continue;
    }
    seen.set(name.text, name);
    const row = Object.hasOwn(schema, name.text) ? schema[name.text] : undefined;
    if (row === undefined) {
      reportUnknown('unknown-property', name, owner, Object.keys(schema), context);
      continue;
    }
    values[name.text] = readValue(row.reader, value, name.text, context);
  }
  for (const [name, row] of Object.entries(schema)) {
    if (row.required && !seen.has(name)) {
      context.report('missing-property', { owner, property: name, expected: row.reader.expected }, at);
    }
    if (values[name] === undefined) values[name] = row.fallback;
  }
  return values as ValuesOf<S>;
}

/** What a call takes: the first arguments may stand without their names, in this order. */
export interface Signature<S extends Schema> {
  readonly positional: readonly (keyof S & string)[];
  readonly schema: S;
}

export function readArguments<S extends Schema>(
  signature: Signature<S>,
  call: CallExpr,
  context: DeclarationContext,
): ValuesOf<S> {
  const { schema, positional } = signature;
  const owner = callName(call);
  const values: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const [index, argument] of call.args.entries()) {
    const name = argument.name?.text ?? positional[index];
    if (
      name === undefined ||
      (argument.name === null && call.args.slice(0, index).some((other) => other.name !== null))
    ) {
      context.report('too-many-arguments', { name: owner, takes: signatureText(signature, owner) }, argument);
      continue;
    }
    const row = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (row === undefined) {
      if (argument.name !== null) reportUnknown('unknown-argument', argument.name, owner, Object.keys(schema), context);
      continue;
    }
    if (seen.has(name)) {
      context.report('duplicate-property', { property: name }, argument);
      continue;
    }
    seen.add(name);
    // An argument without its name is spoken of by the call.
    values[name] = readValue(row.reader, argument.value, argument.name === null ? `${owner}(${name})` : name, context);
  }
  for (const [name, row] of Object.entries(schema)) {
    if (row.required && !seen.has(name)) {
      context.report(
        'missing-property',
        { owner: `\`${owner}(…)\``, property: name, expected: row.reader.expected },
        call,
        {
          notes: [`it is \`${signatureText(signature, owner)}\``],
        },
      );
    }
    if (values[name] === undefined) values[name] = row.fallback;
  }
  return values as ValuesOf<S>;
}

/** `file(path, format: …)`, for notes and the reference. */
export function signatureText<S extends Schema>(signature: Signature<S>, name: string): string {
  const parts = Object.entries(signature.schema).map(([key, row]) => {
    const shown = signature.positional.includes(key) ? key : `${key}: …`;
    return row.required ? shown : `[${shown}]`;
  });
  return `${name}(${parts.join(', ')})`;
}

function reportUnknown(
  code: 'unknown-property' | 'unknown-argument',
  name: Name,
  owner: string,
  known: readonly string[],
  context: DeclarationContext,
): void {
  context.report(code, { owner, property: name.text }, name, {
    ...suggestion(name, known, context),
    notes: known.length === 0 ? [] : [`there ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}`],
  });
}

// ---------------------------------------------------------------------------------------------- readers

/** A reader made of its parts. */
export function reader<T>(
  expected: string,
  accepts: (value: PropertyValue) => boolean,
  read: Reader<T>['read'],
  forms: readonly ValueForm[] = [],
  mend: Reader<T>['mend'] = () => null,
): Reader<T> {
  return { expected, accepts, read, forms, mend };
}

/** Words that a reader takes, by themselves or in a list. */
function wordsOf({ forms }: Reader<unknown>): readonly string[] {
  return forms.flatMap((form) => (form.kind === 'word' ? form.word : form.kind === 'list' ? wordsOf(form.item) : []));
}

const calleesOf = ({ forms }: Reader<unknown>): readonly string[] =>
  forms.flatMap((form) => (form.kind === 'call' ? form.name : []));

const wordForms = (words: readonly string[]): readonly ValueForm[] =>
  words.map((each) => ({ kind: 'word', word: each }));

/** A text written out. */
export function text(expected = "a text in quotes, such as `'…'`", of: 'zone' | null = null): Reader<string> {
  return reader(
    expected,
    (value) => value.kind === 'string',
    (value) => (value.kind === 'string' ? value.value : undefined),
    [{ kind: 'text', of }],
  );
}

export function bool(): Reader<boolean> {
  return reader(
    '`true` or `false`',
    (value) => value.kind === 'bool',
    (value) => (value.kind === 'bool' ? value.value : undefined),
    wordForms(['true', 'false']),
  );
}

export function integer(low: number, high: number): Reader<number> {
  return reader(
    'a whole number, such as `3`',
    (value) => isInteger(value),
    (value, what, context) => {
      const number = Number(context.text(value).replaceAll('_', ''));
      if (number >= low && number <= high) return number;
      context.report(
        'value-out-of-range',
        { property: what, range: `between ${low} and ${high}`, found: String(number) },
        value,
      );
      return undefined;
    },
  );
}

function isInteger(value: PropertyValue): boolean {
  if (value.kind === 'unary') return value.operator === '-' && isInteger(value.operand);
  return value.kind === 'number' && value.form === 'integer';
}

const UNIT_MS: Readonly<Record<DurationUnit, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  // A calendar's months and years differ in length; where a property needs a length of time they are 30 and 365 days.
  mo: 30 * 86_400_000,
  y: 365 * 86_400_000,
};

export function durationMs(value: Pick<DurationLiteral, 'count' | 'unit'>): number {
  return value.count * UNIT_MS[value.unit];
}

/** Milliseconds. */
export function duration(lowMs = 1, highMs: number = Number.MAX_SAFE_INTEGER): Reader<number> {
  return reader(
    'a duration, such as `15m` or `7d`',
    (value) => value.kind === 'duration',
    (value, what, context) => {
      if (value.kind !== 'duration') return undefined;
      const ms = durationMs(value);
      if (ms >= lowMs && ms <= highMs) return ms;
      const range =
        highMs === Number.MAX_SAFE_INTEGER
          ? `at least ${durationText(lowMs)}`
          : `between ${durationText(lowMs)} and ${durationText(highMs)}`;
      context.report('value-out-of-range', { property: what, range, found: context.text(value) }, value);
      return undefined;
    },
    [],
    (value) => (value.kind === 'string' && /^\d+(?:ms|[smhdwy]|mo)$/.test(value.value) ? value.value : null),
  );
}

export function durationText(ms: number): string {
  for (const unit of ['y', 'd', 'h', 'm', 's'] as const)
    if (ms !== 0 && ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]}${unit}`;
  return `${ms}ms`;
}

/** One of a few words. */
export function word<W extends string>(...words: readonly W[]): Reader<W> {
  const isWord = (value: PropertyValue): value is Expr & { kind: 'name' } =>
    value.kind === 'name' && value.name.parts.length === 1 && words.includes(value.name.parts[0]?.text as W);
  return reader(
    words.length === 1 ? `\`${words[0]}\`` : oneOfWords(words.map((each) => `\`${each}\``)),
    isWord,
    (value) => (isWord(value) ? (value.name.parts[0]?.text as W) : undefined),
    wordForms(words),
    (value) => (value.kind === 'string' && words.includes(value.value as W) ? value.value : null),
  );
}

/** A name of the program's own, with its place. */
export function name(expected: string, of: NameOf | null = null): Reader<Name> {
  return reader(
    expected,
    (value) => value.kind === 'name' && value.name.parts.length === 1 && !value.name.wildcard,
    (value) => (value.kind === 'name' ? value.name.parts[0] : undefined),
    of === null ? [] : [{ kind: 'name', of }],
  );
}

export function list<T>(
  item: Reader<T>,
  expected = `a list \`[…]\` of which each is ${item.expected}`,
): Reader<readonly T[]> {
  return reader(
    expected,
    (value) => value.kind === 'list',
    (value, what, context) => {
      if (value.kind !== 'list') return undefined;
      return value.items.flatMap((each) => {
        const read = readValue(item, each, what, context);
        return read === undefined ? [] : [read];
      });
    },
    [{ kind: 'list', item }],
    // A text of several words may be meant as several items.
    (value, written) => (item.accepts(value) && !/\s/.test(written) ? `[${written}]` : null),
  );
}

/** Names of columns, one or a list: `day`, `[day, country]`. */
export function columns(): Reader<readonly Name[]> {
  const one = name('the name of a column', 'column');
  const many = list(one, 'a column or a list of columns, such as `[day, country]`');
  return reader(
    many.expected,
    (value) => one.accepts(value) || many.accepts(value),
    (value, what, context) => {
      if (many.accepts(value)) return many.read(value, what, context);
      const read = one.read(value, what, context);
      return read === undefined ? undefined : [read];
    },
    [...one.forms, ...many.forms],
  );
}

/** `{ key: value … }` with keys of the program's own. */
export function mapOf<T>(
  item: Reader<T>,
  expected: string,
  keys: KeyOf | null = null,
): Reader<readonly { readonly key: Name; readonly value: T }[]> {
  return reader(
    expected,
    (value) => value.kind === 'object',
    (value, what, context) => {
      if (value.kind !== 'object') return undefined;
      const seen = new Set<string>();
      return value.properties.flatMap((property) => {
        if (seen.has(property.name.text))
          context.report('duplicate-property', { property: property.name.text }, property.name);
        seen.add(property.name.text);
        const read = readValue(item, property.value, `${what}.${property.name.text}`, context);
        return read === undefined ? [] : [{ key: property.name, value: read }];
      });
    },
    [{ kind: 'object', keys, item }],
  );
}

/** A call of one of a few names, each with its signature. */
export interface CallRow<T> {
  readonly name: string;
  /** For messages: "`cron('15 4 * * *')`". */
  readonly shown: string;
  readonly signature: Signature<Schema>;
  readonly read: (call: CallExpr, what: string, context: DeclarationContext) => T | undefined;
}

export function callRow<S extends Schema, T>(
  callee: string,
  shown: string,
  signature: Signature<S>,
  make: (values: ValuesOf<S>, call: CallExpr, context: DeclarationContext) => T | undefined,
): CallRow<T> {
  return {
    name: callee,
    shown,
    signature: { positional: signature.positional, schema: signature.schema },
    read: (call, _what, context) => make(readArguments(signature, call, context), call, context),
  };
}

export function calls<T>(rows: readonly CallRow<T>[]): Reader<T> {
  const names = rows.map((row) => row.name);
  return reader(
    oneOfWords(rows.map((row) => row.shown)),
    (value) => isCallOf(value, names),
    (value, what, context) => {
      if (value.kind !== 'call') return undefined;
      return rows.find((row) => row.name === callName(value))?.read(value, what, context);
    },
    rows.map(({ name: callee, shown, signature }) => ({ kind: 'call', name: callee, shown, signature })),
  );
}

/** The first reader whose shape fits; `expected` says in one what they take together. */
export function oneOf<T>(expected: string, ...readers: readonly Reader<T>[]): Reader<T> {
  return reader(
    expected,
    (value) => readers.some((each) => each.accepts(value)),
    (value, what, context) => readers.find((each) => each.accepts(value))?.read(value, what, context),
    readers.flatMap((each) => each.forms),
    (value, written) => readers.map((each) => each.mend(value, written)).find((mended) => mended !== null) ?? null,
  );
}

export function mapped<T, U>(
  inner: Reader<T>,
  change: (value: T, at: PropertyValue, what: string, context: DeclarationContext) => U | undefined,
): Reader<U> {
  return reader(
    inner.expected,
    inner.accepts,
    (value, what, context) => {
      const read = inner.read(value, what, context);
      return read === undefined ? undefined : change(read, value, what, context);
    },
    inner.forms,
    inner.mend,
  );
}

/** The value as it stands, for those who know more than a reader. */
export function expression(
  expected: string,
  accepts: (value: Expr) => boolean = () => true,
  forms: readonly ValueForm[] = [],
): Reader<Expr> {
  return reader(
    expected,
    (value) => value.kind !== 'checks-body' && accepts(value),
    (value) => (value.kind === 'checks-body' ? undefined : value),
    forms,
  );
}

/** `checks { … }`. */
export function checksBody(): Reader<ChecksBody> {
  return reader(
    'a block `checks { … }`',
    (value) => value.kind === 'checks-body',
    (value) => (value.kind === 'checks-body' ? value : undefined),
  );
}

// ---------------------------------------------------------------------------------------------- words

export function isCallOf(value: PropertyValue, names: readonly string[]): value is CallExpr {
  return value.kind === 'call' && names.includes(callName(value));
}

export function callName(call: CallExpr): string {
  return call.name.parts.map((part) => part.text).join('.');
}

/** The value in words, after "not". */
export function describeValue(value: PropertyValue): string {
  switch (value.kind) {
    case 'string':
      return 'a text';
    case 'number':
      return `\`${value.text}\``;
    case 'bool':
      return `\`${value.value}\``;
    case 'null':
      return '`null`';
    case 'duration':
      return 'a duration';
    case 'date-literal':
      return `a ${value.type}`;
    case 'name':
      return `\`${value.name.parts.map((part) => part.text).join('.')}${value.name.wildcard ? '.*' : ''}\``;
    case 'list':
      return 'a list';
    case 'object':
      return 'an object';
    case 'call':
      return `a call of \`${callName(value)}\``;
    case 'checks-body':
      return 'a block of checks';
    case 'query-expr':
      return 'a query';
    default:
      return 'an expression';
  }
}

/** "a", "a or b", "a, b or c". */
export function oneOfWords(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
