/** Values of properties as plain data, whatever their shape: what connectors take. */
import type { CallExpr, Expr } from '../syntax/ast.ts';
import {
  callName,
  describeValue,
  durationMs,
  isCallOf,
  optional,
  type Reader,
  readArguments,
  reader,
  required,
  text,
} from './config.ts';
import type { DeclarationContext } from './declarations/context.ts';
import type { ConfigValue } from './model.ts';

const SECRET = {
  positional: ['name'],
  schema: { name: required(text("the secret's name in quotes"), 'the name it is kept under') },
} as const;
const ENV = {
  positional: ['name', 'fallback'],
  schema: {
    name: required(text("the variable's name in quotes"), 'the variable'),
    fallback: optional(text(), 'used where it is not set'),
  },
} as const;

/** A text that may be known at run time only: `'…'`, `secret('X')`, `env('X', '…')`. */
export function runtimeText(expected = "a text, `secret('NAME')` or `env('NAME', '…')`"): Reader<ConfigValue> {
  return reader(
    expected,
    (value) => value.kind === 'string' || isCallOf(value, ['secret', 'env']),
    (value, what, context) => (value.kind === 'checks-body' ? undefined : configValue(value, what, context)),
    [
      { kind: 'text', of: null },
      { kind: 'call', name: 'secret', shown: "secret('NAME')", signature: SECRET },
      { kind: 'call', name: 'env', shown: "env('NAME', '…')", signature: ENV },
    ],
  );
}

/** A value as plain data, whatever its shape; reports what cannot stand there. */
export function configValue(value: Expr, what: string, context: DeclarationContext): ConfigValue | undefined {
  switch (value.kind) {
    case 'string':
      return { kind: 'text', value: value.value };
    case 'number':
      return { kind: 'number', value: Number(value.text) };
    case 'bool':
      return { kind: 'bool', value: value.value };
    case 'duration':
      return { kind: 'duration', ms: durationMs(value) };
    case 'name':
      return { kind: 'text', value: value.name.parts.map((part) => part.text).join('.') };
    case 'list':
      return { kind: 'list', items: value.items.flatMap((item) => configValue(item, what, context) ?? []) };
    case 'object':
      return {
        kind: 'object',
        entries: Object.fromEntries(
          value.properties.flatMap((property) => {
            const entry =
              property.value.kind === 'checks-body' ? undefined : configValue(property.value, what, context);
            return entry === undefined ? [] : [[property.name.text, entry]];
          }),
        ),
      };
    case 'call':
      return callValue(value, what, context);
    default:
      if (value.kind !== 'missing') {
        context.report(
          'wrong-property-value',
          { property: what, expected: 'a value that is written out', found: describeValue(value) },
          value,
        );
      }
      return undefined;
  }
}

function callValue(call: CallExpr, what: string, context: DeclarationContext): ConfigValue | undefined {
  switch (callName(call)) {
    case 'secret': {
      const { name: secret } = readArguments(SECRET, call, context);
      return secret === undefined ? undefined : { kind: 'secret', name: secret };
    }
    case 'env': {
      const { name: variable, fallback } = readArguments(ENV, call, context);
      return variable === undefined ? undefined : { kind: 'env', name: variable, fallback };
    }
    default: {
      const args: ConfigValue[] = [];
      const named: Record<string, ConfigValue> = {};
      for (const argument of call.args) {
        const read = configValue(argument.value, what, context);
        if (read === undefined) continue;
        if (argument.name === null) args.push(read);
        else named[argument.name.text] = read;
      }
      return { kind: 'call', name: callName(call), args, named };
    }
  }
}
