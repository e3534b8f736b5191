/** Readers of connector arguments: they give plain values, as the plan takes them. */
import {
  bool,
  callRow,
  calls,
  expression,
  integer,
  isCallOf,
  mapped,
  type Reader,
  required,
  text,
  word,
} from '../config.ts';
import { configValue, runtimeText } from '../config-values.ts';
import type { ConfigValue } from '../model.ts';

export const runtime = runtimeText;

export function plainText(expected?: string): Reader<ConfigValue> {
  return mapped(text(expected), (value) => ({ kind: 'text', value }));
}

export function oneWord(...words: readonly string[]): Reader<ConfigValue> {
  return mapped(word(...words), (value) => ({ kind: 'text', value }));
}

export function flag(): Reader<ConfigValue> {
  return mapped(bool(), (value) => ({ kind: 'bool', value }));
}

/** `cursor('next')`, `per_second(5)`: kept as it stands. */
export function anyCall(expected: string, ...names: readonly string[]): Reader<ConfigValue> {
  return mapped(
    expression(
      expected,
      (value) => isCallOf(value, names),
      names.map((name) => ({ kind: 'call', name, shown: `${name}(…)`, signature: null })),
    ),
    (value, _at, what, context) => configValue(value, what, context),
  );
}

export function query(): Reader<ConfigValue> {
  return plainText("the query as a text, such as `'select …'`");
}

/** The rate a server allows. */
export function rate(): Reader<ConfigValue> {
  return calls(
    ['per_second', 'per_minute', 'per_hour'].map((name) =>
      callRow(
        name,
        `\`${name}(5)\``,
        { positional: ['count'], schema: { count: required(integer(1, 1_000_000), 'requests') } },
        ({ count }): ConfigValue | undefined =>
          count === undefined ? undefined : { kind: 'call', name, args: [{ kind: 'number', value: count }], named: {} },
      ),
    ),
  );
}
