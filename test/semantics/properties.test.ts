/**
 * What a property may be is said once, in the table of its kind. So whatever stands there, the checker has an answer at that
 * very value, in all kinds and for all properties that the tables have, those of tomorrow included.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Reader, type Schema, signatureText } from '../../compiler/semantics/config.ts';
import { connectors } from '../../compiler/semantics/connectors/registry.ts';
import type { DeclarationKind } from '../../compiler/semantics/declarations/kind.ts';
import { kinds } from '../../compiler/semantics/declarations/registry.ts';
import { parseFile } from '../../compiler/syntax/parser.ts';
import { SourceFile } from '../../compiler/syntax/source.ts';
import { workspaceOf } from '../support/check.ts';

/** Values of every shape that a property can be written in. */
const shapes = [
  "'text'",
  "''",
  '7',
  '-1',
  '1.5',
  '9_999_999_999_999',
  'true',
  'null',
  'word',
  'a.b.c',
  'a.b.*',
  '15m',
  '0s',
  '100y',
  "date '2026-01-31'",
  '[]',
  '[1, [2], word]',
  '{}',
  '{ a: 1, a: 2 }',
  "secret('X')",
  'secret()',
  "env('X', 'y')",
  'unknown_call(1, x: 2)',
  'cron(cron(cron()))',
  'files([], format: {})',
  "duckdb(path: secret('X'), path: 1)",
  '(from orders)',
  '1 + 1',
  'case when true then 1 else 2 end',
  '*',
] as const;

const lent = `project shop { target: local }
target local { engine: duckdb(path: 'shop.duckdb') }
type Order { order_id: int64 @key, amount: decimal(12, 2), ordered_at: timestamp }
source orders : Order from file('orders.csv')
connection exports = files('data')
store dwh : warehouse { }
`;

/** A declaration of the kind with nothing but its header and this property. */
function declaration(kind: DeclarationKind<unknown>, property: string, value: string): string {
  const header = [
    kind.word,
    'x',
    kind.header.type === 'required' ? `: ${kind.word === 'store' ? 'warehouse' : 'Order'}` : '',
    kind.header.of === 'required' ? 'of orders' : '',
    kind.header.on === 'required' ? 'on orders' : '',
    kind.header.from === 'required' ? "from http('https://x.example')" : '',
    kind.header.in === 'required' ? 'in dwh.core' : '',
  ];
  const query = kind.value === 'query' ? ' = from orders' : '';
  return `${header.filter((word) => word !== '').join(' ')} {\n  ${property}: ${value}\n}${query}\n`;
}

/** The value as the parser sees it, to ask its reader whether it has the right shape. */
function parsed(program: string) {
  return parseFile(new SourceFile('x.pipe', program)).declarations[0]?.properties[0]?.value;
}

const withProperties = (Object.values(kinds) as readonly DeclarationKind<unknown>[]).filter(
  (kind) => Object.keys(kind.properties).length > 0,
);

describe.each(withProperties.map((kind) => [kind.word, kind] as const))('%s', (_word, kind) => {
  test.each(Object.keys(kind.properties))('a value of another shape for `%s` is told at that value', (property) => {
    const reader = kind.properties[property]?.reader as Reader<unknown>;
    for (const value of shapes) {
      const program = declaration(kind, property, value);
      const tree = parsed(program);
      if (tree === undefined || value === '*' || reader.accepts(tree)) continue;
      const found = errorsIn(program).filter((each) => each.code !== 'two-projects' && each.line === 2);
      expect(found, `${property}: ${value}`).toHaveLength(1);
      expect(found[0]?.text, `${property}: ${value}`).toBe(value);
      expect(found[0]?.message).toContain(`\`${property}\` must be ${reader.expected}`);
    }
  });

  test('whatever stands in its properties, the checker has an answer', () => {
    const property = fc.tuple(fc.constantFrom(...Object.keys(kind.properties), 'misspelt'), fc.constantFrom(...shapes));
    fc.assert(
      fc.property(fc.array(property, { maxLength: 4 }), (properties) => {
        const text = properties.map(([name, value]) => `${name}: ${value}`).join('\n  ');
        for (const { message } of errorsIn(declaration(kind, 'owner', `'x'\n  ${text}`)))
          expect(message).not.toMatch(/undefined|\[object|NaN/);
      }),
      { numRuns: 60 },
    );
  });
});

const signatures = connectors.flatMap((connector) =>
  Object.entries(connector.as).map(
    ([role, as]) => [`${connector.name} as ${role}`, connector.name, role, as.signature] as const,
  ),
);

describe.each(signatures)('%s', (_title, name, role, signature) => {
  test('an argument of another shape is told at that argument', () => {
    for (const [argument, row] of Object.entries(signature.schema as Schema)) {
      for (const value of shapes) {
        const call = `${name}(${argument}: ${value})`;
        const program = {
          source: `source x : Order from ${call}\n`,
          connection: `connection x = ${call}\n`,
          engine: `target x { engine: ${call} }\n`,
          step: `step x : Order of orders from ${call} in dwh.core\n`,
          receiver: `notify x { to: ${call} }\n`,
          state: `target x { engine: duckdb(path: 'y'), state: ${call} }\n`,
        }[role];
        if (program === undefined) throw new Error(`no program has a connector as ${role}`);
        const tree = parsed(`target x {\n  y: ${value}\n}`);
        if (tree === undefined || value === '*' || row.reader.accepts(tree)) continue;
        const told = errorsIn(program).filter((each) => each.message.startsWith(`\`${argument}\` must be `));
        expect(
          told.map((each) => each.text),
          `${call} for ${signatureText(signature, name)}`,
        ).toEqual([value]);
      }
    }
  });
});

function errorsIn(program: string) {
  const workspace = workspaceOf([
    { path: 'lent.pipe', text: lent },
    { path: 'x.pipe', text: program },
  ]);
  return workspace.check().flatMap(({ code, severity, message, place }) => {
    if (place.file !== 'x.pipe' || severity !== 'error') return [];
    const { start, end } = workspace.absolute(place);
    const line = program.slice(0, start).split('\n').length;
    return [{ code, message, line, text: program.slice(start, end) }];
  });
}
