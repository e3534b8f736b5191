/** What a kind of declaration is: one file a kind, listed in registry.ts. */
import type { Body, Declaration } from '../../syntax/ast.ts';
import { oneOfWords, type Schema } from '../config.ts';
import type { Question } from '../outside.ts';
import type { Namespace } from '../symbols.ts';
import type { DeclarationContext, Shape } from './context.ts';

export type HeaderWord = 'type' | 'of' | 'for' | 'on' | 'from' | 'in';

export interface DeclarationKind<M> {
  readonly word: string;
  readonly namespace: Namespace;
  readonly doc: string;
  /** One line that shows its shape. */
  readonly example: string;
  readonly name: 'required' | 'optional';
  readonly header: Partial<Readonly<Record<HeaderWord, 'required' | 'optional'>>>;
  /** What `: Type` may be, where it is none of the program's types. */
  readonly typeWords?: string;
  readonly properties: Schema;
  /** The body in braces, where it is not properties. */
  readonly body: Body['kind'] | null;
  /** What stands after `=`. */
  readonly value: 'query' | 'call' | 'function' | null;
  /** Datasets: the rows, before anything else of the declaration is looked at. */
  readonly shape?: (declaration: Declaration, context: DeclarationContext) => Shape;
  /** Whether there is anything that only those outside of the program know, as far as its form tells. */
  readonly asks?: (declaration: Declaration) => boolean;
  /** What of it only those outside of the program know. Nothing that is reported here is told. */
  readonly questions?: (declaration: Declaration, context: DeclarationContext) => readonly Question[];
  /** Reports what is wrong, and gives the model; null where there is none. */
  readonly check: (declaration: Declaration, context: DeclarationContext) => M | null;
}

const headerNames: Readonly<Record<HeaderWord, string>> = {
  type: '`: Type`',
  of: '`of …`',
  for: '`for …`',
  on: '`on …`',
  from: '`from …`',
  in: '`in …`',
};
const headerWords = Object.keys(headerNames) as readonly HeaderWord[];

/** Header words, body and value against the kind's row. A name that is missing is reported where the parser looked for one. */
export function checkForm(kind: DeclarationKind<unknown>, declaration: Declaration, context: DeclarationContext): void {
  const { word } = kind;
  if (
    kind.value === 'query' &&
    declaration.value === null &&
    declaration.from !== null &&
    kind.header.from === undefined
  ) {
    // `table t in dwh.core from orders`: what is meant is the query.
    const at = (declaration.in ?? declaration.type ?? declaration.name ?? declaration.kind).end;
    const edits = [{ place: context.place({ start: at, end: at }), text: ' =' }];
    context.report('missing-equals', {}, { start: at, end: at }, { fixes: [{ title: 'add `=`', safe: true, edits }] });
    return;
  }
  for (const header of headerWords) {
    const given = declaration[header];
    const rule = kind.header[header];
    if (given !== null && rule === undefined) {
      const taken = headerWords.filter((each) => kind.header[each] !== undefined).map((each) => headerNames[each]);
      context.report('unexpected-header', { kind: word, word: headerNames[header] }, given, {
        notes: [
          taken.length === 0
            ? `it is written \`${kind.example}\``
            : `it takes ${oneOfWords(taken)}: \`${kind.example}\``,
        ],
      });
    }
    if (given === null && rule === 'required') {
      const at = declaration.name ?? declaration.kind;
      const needed = header === 'type' ? (kind.typeWords ?? headerNames.type) : headerNames[header];
      context.report('missing-header', { kind: word, word: needed, example: kind.example }, at, {
        notes: [`it is written \`${kind.example}\``],
      });
    }
  }
  const { body, value } = declaration;
  const [property] = declaration.properties;
  if (property !== undefined && kind.body === null && Object.keys(kind.properties).length === 0) {
    context.report('unexpected-body', { kind: word, what: 'properties' }, property, {
      notes: [`it is written \`${kind.example}\``],
    });
  }
  if (body !== null && body.kind !== kind.body) {
    context.report('unexpected-body', { kind: word, what: 'body of this kind' }, body, {
      notes: [`it is written \`${kind.example}\``],
    });
  }
  if (value !== null && kind.value === null) {
    context.report('unexpected-body', { kind: word, what: 'value after `=`' }, value, {
      notes: [`it is written \`${kind.example}\``],
    });
  }
  const isEmpty = kind.body !== null ? body === null : kind.value !== null && value === null;
  if (isEmpty)
    context.report('missing-body', { kind: word, example: kind.example }, declaration.name ?? declaration.kind);
}
