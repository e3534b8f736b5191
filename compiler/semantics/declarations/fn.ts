import { checkFunctionBody } from '../queries.ts';
import type { DeclarationKind } from './kind.ts';

/** A function of the project: inlined and typed where it is used. What is wrong in it whatever the use is told here. */
export const fn: DeclarationKind<null> = {
  word: 'fn',
  namespace: 'function',
  doc: 'A function of the project: a value of values, or stages for `call`. It is inlined and typed at each use.',
  example: 'fn vat(x: decimal, rate: decimal) = round(x * rate, 2)',
  name: 'required',
  header: {},
  properties: {},
  body: null,
  value: 'function',
  check: (declaration, context) => {
    const seen = new Set<string>();
    for (const { name } of declaration.parameters ?? []) {
      if (seen.has(name.text) && name.text !== '')
        context.report('duplicate-column-name', { what: 'parameter', name: name.text }, name);
      seen.add(name.text);
    }
    checkFunctionBody(declaration, context);
    return null;
  },
};
