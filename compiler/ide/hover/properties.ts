/** Words of declarations: properties and arguments, the calls and words that are their values, annotations, checks. */
import { type CheckForm, callForms, clauseForms } from '../../semantics/checks.ts';
import {
  callName,
  durationText,
  type PropertyRow,
  type PropertyValue,
  type Reader,
  type Schema,
  type Signature,
  signatureText,
} from '../../semantics/config.ts';
import type { Role } from '../../semantics/connectors/connector.ts';
import { connectorNamed } from '../../semantics/connectors/registry.ts';
import { kindNamed } from '../../semantics/declarations/registry.ts';
import { annotations } from '../../semantics/declarations/type.ts';
import type { CallExpr, CheckClause, ChecksBody } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import type { Cursor } from '../cursor.ts';
import { holds } from '../tree.ts';
import { code, fence, paragraphs } from './markdown.ts';
import { lengthText } from './values.ts';

export interface WordCard {
  readonly span: Span;
  readonly markdown: string;
}
type Row = PropertyRow<unknown, unknown>;

export function propertyCard({ declared, offset }: Cursor): WordCard | null {
  const { tree } = declared;
  const body = tree.body;
  if (body?.kind === 'type-body') {
    const annotation = body.fields
      .flatMap((field) => field.annotations)
      .find(({ start, name }) => holds({ start, end: name.end }, offset));
    const known = annotation === undefined ? undefined : annotations[annotation.name.text];
    if (annotation !== undefined && known !== undefined)
      return {
        span: { start: annotation.start, end: annotation.name.end },
        markdown: paragraphs([fence('pipe', known.written), known.doc]),
      };
    const expectation = clauseCard(body.expectations, offset);
    if (expectation !== null) return expectation;
  }
  if (body?.kind === 'checks-body') return clauseCard(body.clauses, offset);
  if (tree.from?.kind === 'call' && holds(tree.from, offset))
    return connectorCard(tree.from, tree.kind.text === 'step' ? 'step' : 'source', offset);
  if (tree.kind.text === 'connection' && tree.value?.kind === 'call' && holds(tree.value, offset))
    return connectorCard(tree.value, 'connection', offset);
  const schema = kindNamed(tree.kind.text)?.properties ?? {};
  for (const { name, value } of tree.properties) {
    const row = Object.hasOwn(schema, name.text) ? schema[name.text] : undefined;
    if (row === undefined) continue;
    if (holds(name, offset)) return rowCard(name, name.text, row);
    if (holds(value, offset)) return valueCardOf(value, row.reader, offset, () => rowCard(value, name.text, row));
  }
  return null;
}

/** `invalid: quarantine`: what it is for, what it takes, and what it is where it is left out. */
function rowCard({ start, end }: Span, name: string, { doc, reader, required, fallback }: Row): WordCard {
  const usual = fallback === null || fallback === undefined ? null : shown(fallback);
  return {
    span: { start, end },
    markdown: paragraphs([
      fence('pipe', `${name}:`),
      `${doc.charAt(0).toUpperCase()}${doc.slice(1)}${/[.…]$/.test(doc) ? '' : '.'}`,
      `Takes ${reader.expected}.${required ? ' Needed.' : ''}${usual === null ? '' : ` ${code(usual)} where it is left out.`}`,
    ]),
  };
}

function shown(fallback: unknown): string | null {
  if (typeof fallback === 'string' || typeof fallback === 'boolean') return String(fallback);
  if (typeof fallback === 'number') return fallback >= 1000 ? durationText(fallback) : String(fallback);
  return typeof fallback === 'object' && fallback !== null && 'kind' in fallback ? String(fallback.kind) : null;
}

/** Words and calls within a value. `whole` is what the value itself is for. */
function valueCardOf(
  value: PropertyValue,
  reader: Reader<unknown>,
  offset: number,
  whole: () => WordCard,
): WordCard | null {
  switch (value.kind) {
    case 'checks-body':
      return checksCard(value, offset);
    case 'call': {
      const form = reader.forms.find((each) => each.kind === 'call' && each.name === callName(value));
      if (form?.kind !== 'call' || form.signature === null) return null;
      const connector = connectorNamed(form.name)?.doc ?? null;
      return callCard(value, form.signature, connector, offset);
    }
    case 'object': {
      const form = reader.forms.find((each) => each.kind === 'object');
      const property = value.properties.find((each) => holds(each.value, offset));
      return form?.kind === 'object' && property !== undefined
        ? valueCardOf(property.value, form.item, offset, whole)
        : null;
    }
    case 'list': {
      const form = reader.forms.find((each) => each.kind === 'list');
      const item = value.items.find((each) => holds(each, offset));
      return form?.kind === 'list' && item !== undefined ? valueCardOf(item, form.item, offset, whole) : null;
    }
    case 'name':
    case 'bool':
      return whole();
    case 'duration': {
      const { span, markdown } = whole();
      return { span, markdown: paragraphs([lengthText(value), markdown]) };
    }
    default:
      return null;
  }
}

function connectorCard(call: CallExpr, role: Role, offset: number): WordCard | null {
  const connector = connectorNamed(callName(call));
  const signature = connector?.as[role]?.signature;
  return connector === undefined || signature === undefined ? null : callCard(call, signature, connector.doc, offset);
}

function callCard(call: CallExpr, signature: Signature<Schema>, doc: string | null, offset: number): WordCard | null {
  if (holds(call.name, offset)) {
    const { start, end } = call.name;
    return {
      span: { start, end },
      markdown: paragraphs([fence('pipe', signatureText(signature, callName(call))), doc]),
    };
  }
  const index = call.args.findIndex((argument) => holds(argument, offset));
  const argument = call.args[index];
  if (argument === undefined) return null;
  const name = argument.name?.text ?? signature.positional[index];
  const row = name === undefined || !Object.hasOwn(signature.schema, name) ? undefined : signature.schema[name];
  if (name === undefined || row === undefined) return null;
  if (argument.name !== null && holds(argument.name, offset)) return rowCard(argument.name, name, row);
  return holds(argument.value, offset)
    ? valueCardOf(argument.value, row.reader, offset, () => rowCard(argument.value, name, row))
    : null;
}

const checksCard = ({ clauses }: ChecksBody, offset: number): WordCard | null => clauseCard(clauses, offset);

/** The word that a check begins with. */
function clauseCard(clauses: readonly CheckClause[], offset: number): WordCard | null {
  for (const { kind, condition, start } of clauses) {
    const isCall = kind === 'call' && condition.kind === 'call';
    const span = isCall ? condition.name : { start, end: start + kind.length };
    const forms: Readonly<Record<string, CheckForm>> = isCall ? callForms : clauseForms;
    const form = forms[isCall ? callName(condition) : kind];
    if (form !== undefined && holds(span, offset))
      return {
        span: { start: span.start, end: span.end },
        markdown: paragraphs([fence('pipe', form.written), form.doc]),
      };
  }
  return null;
}
