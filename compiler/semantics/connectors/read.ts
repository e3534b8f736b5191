/** Reading a connector's call: the connector, its connection resolved, its arguments by their names. */

import type { DiagnosticExtras } from '../../diagnostics/codes.ts';
import type { CallExpr, Expr } from '../../syntax/ast.ts';
import { callName, oneOfWords, type Reader, readArguments, type ValueForm } from '../config.ts';
import { type DeclarationContext, resolve } from '../declarations/context.ts';
import type { ConfigValue, ConnectorUse } from '../model.ts';
import { suggestion } from '../suggest.ts';
import { type Role, roleNames } from './connector.ts';
import { connectorMeant, connectorNamed, connectorsFor } from './registry.ts';

/** A property's value that is a connector's call. */
export function connector(role: Role): Reader<ConnectorUse> {
  const names = connectorsFor(role);
  return {
    expected: oneOfWords(names.map((name) => `\`${name}(…)\``)),
    forms: names.flatMap((name): ValueForm[] => {
      const row = connectorNamed(name);
      const signature = row?.as[role]?.signature;
      return signature === undefined ? [] : [{ kind: 'call', name, shown: `${name}(…)`, signature }];
    }),
    mend: () => null,
    accepts: (value) => value.kind === 'call',
    read: (value, _what, context) => (value.kind === 'call' ? readConnector(value, role, context) : undefined),
  };
}

export function readConnector(call: CallExpr, role: Role, context: DeclarationContext): ConnectorUse | undefined {
  const name = callName(call);
  const row = connectorNamed(name);
  const as = row?.as[role];
  if (row === undefined || as === undefined) {
    const known = connectorsFor(role);
    const meant = connectorMeant(name, role);
    context.report('unknown-connector', { name, role: roleNames[role] }, call.name, {
      ...(meant === null
        ? suggestion({ ...call.name, text: name }, known, context)
        : writeInstead(call, meant, context)),
      notes: [`there are: ${known.join(', ')}`],
    });
    return undefined;
  }
  const [first, ...rest] = call.args;
  if (role !== 'source' || first === undefined || first.name !== null || !isBareName(first.value)) {
    const args = present(readArguments(as.signature, call, context));
    as.check?.(args, call, context);
    return { connector: name, args };
  }
  // A bare name in the first place is a connection: `file(vega, 'flights.parquet')`.
  const args = present(readArguments(as.signature, { ...call, args: rest }, context));
  const connection = first.value.name.parts[0];
  const symbol = connection === undefined ? null : resolve('connection', connection, 'connection', context);
  if (symbol === null) return undefined;
  const model = context.model('connection', symbol);
  if (model === null) return undefined;
  if (!row.over.includes(model.use.connector)) {
    const expected =
      row.over.length === 0
        ? 'no connection'
        : `a connection by ${row.over.map((each) => `\`${each}(…)\``).join(' or ')}`;
    context.report(
      'wrong-property-value',
      { property: name, expected, found: `the connection \`${model.name}\` by \`${model.use.connector}(…)\`` },
      first,
    );
    return undefined;
  }
  const all = { ...model.use.args, ...args };
  as.check?.(all, call, context);
  return { connector: name, args: all, connection: model.name };
}

function writeInstead(call: CallExpr, meant: string, context: DeclarationContext): DiagnosticExtras {
  const title = `write \`${meant}(…)\``;
  return { label: title, fixes: [{ title, safe: true, edits: [{ place: context.place(call.name), text: meant }] }] };
}

function isBareName(value: Expr): value is Expr & { kind: 'name' } {
  return value.kind === 'name' && value.name.parts.length === 1 && !value.name.wildcard;
}

function present(values: Readonly<Record<string, unknown>>): Readonly<Record<string, ConfigValue>> {
  // Readers of connector arguments give plain values (values.ts), or nothing where an argument is left out or wrong.
  return Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, ConfigValue] => entry[1] !== null && entry[1] !== undefined,
    ),
  );
}
