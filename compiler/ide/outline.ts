/** What a file declares, as a tree: declarations, in them the fields, values, checks and stages. Offsets are the file's. */
import type { Body, Declaration, Query } from '../syntax/ast.ts';
import { assertNever } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { Declared, Workspace } from '../workspace/workspace.ts';

export interface OutlineItem {
  readonly name: string;
  /** Beside the name: the type of a field, the kind of a declaration. */
  readonly detail: string;
  /** The word of a declaration's kind, or what the part of one is. */
  readonly kind: string | 'field' | 'value' | 'stage' | 'check' | 'given';
  readonly span: Span;
  /** What is selected when one goes there. */
  readonly nameSpan: Span;
  readonly children: readonly OutlineItem[];
}

/** Longer texts of stages and checks are cut. */
const MOST_CHARACTERS = 60;

export function outline(workspace: Workspace, file: string): readonly OutlineItem[] {
  if (!workspace.has(file)) return [];
  const { text } = workspace.parsed(file).source;
  return workspace.declared(file).map((declared) => item(declared, text));
}

function item(declared: Declared, text: string): OutlineItem {
  const { symbol, tree, start, end } = declared;
  const absolute = (span: Span): Span => ({ start: start + span.start, end: start + span.end });
  const written = (span: Span): string => oneLine(text.slice(start + span.start, start + span.end));
  const part = (kind: OutlineItem['kind'], span: Span, name = written(span), nameSpan = span, detail = '') => ({
    name: name === '' ? kind : name,
    detail,
    kind,
    span: absolute(span),
    nameSpan: absolute(nameSpan),
    children: [],
  });
  const children = [
    ...(tree.body === null ? [] : bodyParts(tree.body, part, written)),
    ...tree.properties.flatMap(({ value }) => (value.kind === 'checks-body' ? bodyParts(value, part, written) : [])),
    ...queriesOf(tree).flatMap(({ stages }) => stages.map((stage) => part('stage', stage))),
  ];
  const name = tree.name?.text || (tree.of === null ? '' : written(tree.of));
  return {
    name: name === '' ? tree.kind.text || 'declaration' : name,
    detail: tree.kind.text,
    kind: tree.kind.text,
    span: { start, end },
    nameSpan: absolute(symbol.span),
    children: children.sort((a, b) => a.span.start - b.span.start),
  };
}

type Part = (kind: OutlineItem['kind'], span: Span, name?: string, nameSpan?: Span, detail?: string) => OutlineItem;

function bodyParts(body: Body, part: Part, written: (span: Span) => string): readonly OutlineItem[] {
  switch (body.kind) {
    case 'type-body':
      return [
        ...body.fields.map((field) => part('field', field, field.name.text, field.name, written(field.type))),
        ...body.expectations.map((clause) => part('check', clause)),
      ];
    case 'enum-body':
      return body.values.map(({ name }) => part('value', name, name.text));
    case 'checks-body':
      return body.clauses.map((clause) => part('check', clause));
    case 'test-body':
      return [
        ...body.givens.map((given) => part('given', given, `given ${written(given.name)}`, given.name)),
        ...(body.expect === null ? [] : [part('given', body.expect, 'expect')]),
      ];
    default:
      return assertNever(body);
  }
}

/** Of a dataset or a function: those of a test are told by what they are given for. */
function queriesOf({ value }: Declaration): readonly Query[] {
  return value !== null && value.kind === 'query' ? [value] : [];
}

function oneLine(text: string): string {
  const line = text
    .slice(0, MOST_CHARACTERS * 2)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
}
