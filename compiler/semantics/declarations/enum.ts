import type { ValueType } from '../../relational/types.ts';
import type { DeclarationKind } from './kind.ts';

/** A closed set of texts: a type of its own. */
export const enumKind: DeclarationKind<ValueType> = {
  word: 'enum',
  namespace: 'type',
  doc: 'A closed set of texts, checked wherever a value of it is written.',
  example: 'enum order_status { placed, paid, shipped }',
  name: 'required',
  header: {},
  properties: {},
  body: 'enum-body',
  value: null,
  check: (declaration, context) => {
    const values: string[] = [];
    const body = declaration.body?.kind === 'enum-body' ? declaration.body : null;
    for (const { name } of body?.values ?? []) {
      if (name.text === '') continue;
      if (values.includes(name.text)) context.report('duplicate-column-name', { what: 'value', name: name.text }, name);
      else {
        values.push(name.text);
        context.trace?.name(name, { kind: 'value', enum: context.symbol.name, value: name.text }, true);
      }
    }
    if (body !== null && values.length === 0) {
      context.report('missing-body', { kind: 'enum', example: enumKind.example }, declaration.name ?? declaration.kind);
    }
    return { kind: 'enum', name: context.symbol.name, values };
  },
};
