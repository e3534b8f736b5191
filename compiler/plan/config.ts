/** Values of the program that may only be known at run time, as the plan carries them. A secret's value is never here. */
import type { SecretsPlan, Text } from '../../runtime/plan.ts';
import type { ConfigValue } from '../semantics/model.ts';

/** A text, or the name of where one will be found. @throws Error for what is no text: the checker lets none pass */
export function textOf(value: ConfigValue): Text {
  switch (value.kind) {
    case 'text':
      return value.value;
    case 'number':
      return String(value.value);
    case 'secret':
      return { secret: value.name, ...(value.found === undefined ? {} : { found: secretsOf(value.found) }) };
    case 'env':
      return { env: value.name, fallback: value.fallback };
    case 'bool':
    case 'duration':
    case 'list':
    case 'object':
    case 'call':
      throw new Error(`a ${value.kind} stands where a text must`);
  }
}

/** Where a target has its secrets. */
export function secretsOf(value: ConfigValue | null): SecretsPlan {
  if (value === null || value.kind !== 'call') return { kind: 'env' };
  const argument = argumentOf(value, 'directory', 'dir', 'command');
  if (value.name === 'file') return { kind: 'file', directory: plainText(argument) ?? '.' };
  if (value.name === 'command')
    return {
      kind: 'command',
      command: argument?.kind === 'list' ? argument.items.map((item) => plainText(item) ?? '') : [],
    };
  return { kind: 'env' };
}

/** A text that must be known when the plan is made. */
export function plainText(value: ConfigValue | undefined): string | null {
  return value?.kind === 'text' ? value.value : null;
}

/** The first argument of a call by its name or by its position. */
export function argumentOf(value: ConfigValue, ...names: readonly string[]): ConfigValue | undefined {
  if (value.kind !== 'call') return undefined;
  for (const name of names) if (value.named[name] !== undefined) return value.named[name];
  return value.args[0];
}

/** One canonical text for one value: the order of an object's entries does not count. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : part,
  );
}
