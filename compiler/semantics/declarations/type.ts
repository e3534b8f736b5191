import type { Column, Tag } from '../../relational/types.ts';
import type { Annotation, Field } from '../../syntax/ast.ts';
import type { ContractColumn } from '../model.ts';
import { elaborateCondition } from '../queries.ts';
import { suggestion } from '../suggest.ts';
import { snakeCase, unstorable } from '../symbols.ts';
import { valueType } from '../value-types.ts';
import type { DeclarationContext, TypeModel } from './context.ts';
import type { DeclarationKind } from './kind.ts';

/** The columns of a row: what a source promises, or what a table does. */
export const type: DeclarationKind<TypeModel> = {
  word: 'type',
  namespace: 'type',
  doc: 'The columns of a row, with keys, personal data and conditions: the contract of a source, or the promise of a table.',
  example: 'type Order { order_id: int64 @key, amount: decimal(12, 2) }',
  name: 'required',
  header: {},
  properties: {},
  body: 'type-body',
  value: null,
  check: (declaration, context) => {
    const body = declaration.body?.kind === 'type-body' ? declaration.body : null;
    const owner = { kind: 'type', name: context.symbol.name } as const;
    const columns: Column[] = [];
    const contract: ContractColumn[] = [];
    const key: string[] = [];
    let broken = body === null;
    for (const field of body?.fields ?? []) {
      const name = field.name.text;
      if (name === '') {
        broken = true;
        continue;
      }
      if (columns.some((column) => column.name === name)) {
        context.report('duplicate-column-name', { name }, field.name);
        continue;
      }
      context.trace?.name(field.name, { kind: 'owned', owner, column: name }, true);
      reportUnstorable(field, context);
      const columnType = valueType(field.type, context);
      const notes = readAnnotations(field, context);
      const { nullable } = field.type;
      const known = columnType ?? { kind: 'error' as const };
      columns.push({ name, type: known, nullable, inexact: false, doc: field.doc, tags: notes.tags, origins: [] });
      contract.push({ name, path: notes.path ?? [name], type: known, nullable });
      if (!notes.isKey) continue;
      key.push(name);
      if (nullable) context.report('nullable-key', { column: name }, field.type);
    }
    if (body !== null && columns.length === 0 && !broken) {
      context.report('missing-body', { kind: 'type', example: type.example }, declaration.name ?? declaration.kind);
    }
    const row = { columns, keys: key.length === 0 ? [] : [key] };
    const expectations = (body?.expectations ?? []).flatMap((clause) => {
      const condition = elaborateCondition(clause.condition, row, context, '`expect`', owner);
      return condition === null ? [] : [{ text: context.text(clause).replace(/\s+/g, ' '), condition }];
    });
    return { row, contract, key, expectations, broken };
  },
};

function reportUnstorable(field: Field, context: DeclarationContext): void {
  const name = field.name.text;
  const why = unstorable(name);
  if (why === null) return;
  const better = snakeCase(name);
  const hasFrom = field.annotations.some((annotation) => annotation.name.text === 'from');
  context.report('identifier-not-storable', { what: 'column', name, why }, field.name, {
    notes: [
      hasFrom
        ? `call it \`${better}\``
        : `call it \`${better}\` and say where it comes from: \`${better}: … @from('${name}')\``,
    ],
  });
}

interface Annotations {
  readonly isKey: boolean;
  readonly path: readonly string[] | null;
  readonly tags: readonly Tag[];
}

const NONE: Annotations = { isKey: false, path: null, tags: [] };
/** How each is written, and what it means. */
export const annotations: Readonly<Record<string, { readonly written: string; readonly doc: string }>> = {
  key: { written: '@key', doc: 'Part of the key: never null, and together with the others of its kind found once.' },
  from: {
    written: "@from('path')",
    doc: 'Where the source has it, where it goes by another name there: a name, or a path such as `address.country`.',
  },
  pii: {
    written: '@pii(kind)',
    doc: 'Personal data, such as `email` or `phone`: followed through every query, and told where it reaches a mart.',
  },
  classify: { written: '@classify(level)', doc: 'How confidential it is, in a word of your own.' },
};

function readAnnotations(field: Field, context: DeclarationContext): Annotations {
  if (field.annotations.length === 0) return NONE;
  let isKey = false;
  let path: readonly string[] | null = null;
  const tags: Tag[] = [];
  for (const annotation of field.annotations) {
    const name = annotation.name.text;
    if (name === '') continue;
    const argument = onlyArgument(annotation);
    switch (name) {
      case 'key':
        if (annotation.args.length > 0) reportShape(annotation, context);
        isKey = true;
        break;
      case 'from':
        if (argument?.kind === 'string' && argument.value !== '') path = argument.value.split('.');
        else reportShape(annotation, context);
        break;
      case 'pii':
      case 'classify': {
        const value =
          argument?.kind === 'name'
            ? argument.name.parts[0]?.text
            : argument?.kind === 'string'
              ? argument.value
              : undefined;
        if (value === undefined) reportShape(annotation, context);
        else tags.push({ name, value });
        break;
      }
      default:
        context.report('unknown-annotation', { name }, annotation.name, {
          ...suggestion(annotation.name, Object.keys(annotations), context),
          notes: [
            `there are: ${Object.values(annotations)
              .map(({ written }) => written)
              .join(', ')}`,
          ],
        });
    }
  }
  return { isKey, path, tags };
}

function onlyArgument(annotation: Annotation) {
  return annotation.args.length === 1 ? annotation.args[0]?.value : undefined;
}

function reportShape(annotation: Annotation, context: DeclarationContext): void {
  const name = annotation.name.text;
  context.report(
    'wrong-annotation',
    { written: context.text(annotation), expected: annotations[name]?.written ?? `@${name}` },
    annotation,
  );
}
