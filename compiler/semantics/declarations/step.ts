import type { Declaration } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import { describeValue, readProperties } from '../config.ts';
import { readConnector } from '../connectors/read.ts';
import { givesMisfits, takesMisfits } from '../function-types.ts';
import type { DatasetModel, FunctionModel } from '../model.ts';
import { opaqueColumns, scanOf } from '../opaque.ts';
import type { FilePlace, FunctionAnswer, FunctionQuestion } from '../outside.ts';
import { builtModel, builtProperties, NO_SHAPE, promised, withDeclaredKey } from './built.ts';
import { type DeclarationContext, datasetOf, type Shape } from './context.ts';
import type { DeclarationKind } from './kind.ts';

const properties = builtProperties;

/** A dataset that a function of the project computes, for what SQL cannot say. */
export const step: DeclarationKind<DatasetModel> = {
  word: 'step',
  namespace: 'dataset',
  doc: 'A dataset that a function of the project computes from another, batch by batch: for what SQL cannot say.',
  example: "step clean : Order of orders from typescript('clean.ts#clean') in dwh.core",
  name: 'required',
  header: { type: 'required', of: 'required', from: 'required', in: 'required' },
  properties,
  body: null,
  value: null,
  shape,
  asks: () => true,
  questions: (declaration, context) => {
    const ref = functionOf(declaration, context);
    return ref === null ? [] : [questionOf(ref)];
  },
  check: (declaration, context) => {
    const own = context.own ?? NO_SHAPE;
    const values = readProperties(
      properties,
      declaration.properties,
      'a step',
      declaration.name ?? declaration.kind,
      context,
    );
    const ref = functionOf(declaration, context);
    let code: string | null = null;
    if (ref !== null && declaration.from !== null) {
      const answer = context.answer(questionOf(ref));
      if (answer?.kind === 'signature') code = answer.code;
      if (answer?.kind === 'unanswered')
        context.report('not-verified', { what: `\`${ref.file}\``, why: answer.why }, declaration.from);
      else if (answer !== undefined) checkSignature(ref, answer, declaration, own, context);
    }
    return builtModel(
      declaration,
      {
        ...values,
        refresh: { kind: 'full' },
        compute: 'auto',
        rel: own.query?.rel ?? null,
        function: ref === null ? null : { ...ref, code },
      },
      context,
    );
  },
};

type Ref = Pick<FunctionModel, 'file' | 'name'>;

const questionOf = ({ file, name }: Ref): FunctionQuestion => ({ kind: 'function', file, name });

/** What it reads, and the rows that its type promises. */
function shape(declaration: Declaration, context: DeclarationContext): Shape {
  const input = declaration.of === null ? null : datasetOf(declaration.of, context);
  const symbol = declaration.type === null ? null : context.find('type', declaration.type.name.text);
  const model = symbol?.kind === 'type' ? context.model('type', symbol) : null;
  if (input === null || model === null) return promised(declaration, context, NO_SHAPE);
  const rel = scanOf(input, context);
  const row = withDeclaredKey(declaration, { columns: opaqueColumns(model.row.columns, [rel]), keys: [] });
  const broken = input.broken || model.broken;
  const places = row.columns.map(() => null);
  return promised(declaration, context, { row, broken, query: { rel, row: { ...row, keys: [] }, places, broken } });
}

/** The function that `from` names; reports where it names none. */
function functionOf(declaration: Declaration, context: DeclarationContext): Ref | null {
  const { from } = declaration;
  if (from === null || from.kind === 'missing') return null;
  if (from.kind !== 'call') {
    context.report(
      'wrong-property-value',
      { property: 'from', expected: "a call such as `typescript('clean.ts#clean')`", found: describeValue(from) },
      from,
    );
    return null;
  }
  const written = readConnector(from, 'step', context)?.args['function'];
  if (written?.kind !== 'text') return null;
  const at: Span = from.args[0]?.value ?? from;
  const [, path, name] = /^([^#]+)#([\p{L}_$][\p{L}\p{N}_$]*)$/u.exec(written.value) ?? [];
  const refuse = (expected: string): null => {
    context.report('wrong-property-value', { property: 'typescript', expected, found: `\`${written.value}\`` }, at);
    return null;
  };
  if (path === undefined || name === undefined)
    return refuse("a file and one of its exports, such as `'clean.ts#clean'`");
  if (!/\.[cm]?ts$/.test(path)) return refuse('a TypeScript file, which ends in `.ts`');
  if (/^([/\\]|[A-Za-z]:)/.test(path)) return refuse("a path relative to the project's folder");
  return { file: normal(path), name };
}

/** `./a//b/../c.ts` is `a/c.ts`. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function checkSignature(
  ref: Ref,
  answer: FunctionAnswer,
  declaration: Declaration,
  own: Shape,
  context: DeclarationContext,
): void {
  const at = declaration.from ?? declaration.kind;
  const related = (place: FilePlace | null, message: string) =>
    place === null ? [] : [{ place: { ...place, declaration: null }, message }];
  const name = `${ref.file}#${ref.name}`;
  if (answer.kind === 'unusable') {
    context.report('function-unusable', { name, why: answer.why }, at, { related: related(answer.at, 'it is here') });
    return;
  }
  const rel = own.query?.broken === false ? own.query.rel : null;
  const misfits = [
    ...(rel?.kind === 'scan' ? takesMisfits(answer.takes, rel.columns, rel.dataset) : []),
    ...(own.broken ? [] : givesMisfits(answer.gives, own.row.columns)),
  ];
  const [first] = misfits;
  if (first === undefined) return;
  context.report('function-differs', { name, differences: misfits.map(({ what }) => what) }, at, {
    related: misfits.flatMap(({ column }) =>
      column === null ? [] : related(column.at, `\`${column.name}\` is \`${column.type.text}\` here`),
    ),
  });
}
