/** A table in an engine's own SQL: `= sql"""…"""`, or one text an engine, `= { duckdb: sql"""…""", postgres: sql"""…""" }`. */
import { call, columnRef } from '../../relational/build.ts';
import type { Expr, Rel } from '../../relational/rel.ts';
import { type RowType, typeName } from '../../relational/types.ts';
import type { Declaration, ObjectExpr, SqlLiteral } from '../../syntax/ast.ts';
import { type RawName, rawNames } from '../../syntax/raw-sql.ts';
import type { Span } from '../../syntax/source.ts';
import { describeValue } from '../config.ts';
import type { ElaboratedQuery } from '../context.ts';
import { engineType, holds } from '../engine-types.ts';
import { type EngineName, engineTitles, isEngine } from '../functions/row.ts';
import { sqlType } from '../functions/sql-types.ts';
import type { RawSqlAnswer, RawSqlQuestion } from '../outside.ts';
import { datasetNamed, elaborateRaw, questionOf, type RawText, rawOffset } from '../raw-sql.ts';
import { closest } from '../suggest.ts';
import { type DeclarationContext, findColumn } from './context.ts';

const engineNames = Object.keys(engineTitles) as EngineName[];

export function isRaw(value: Declaration['value']): value is SqlLiteral | ObjectExpr {
  return value !== null && (value.kind === 'sql' || value.kind === 'object');
}

/** The texts by engine. One that names no engine is for the engine of the project's own target. */
function textsOf(value: SqlLiteral | ObjectExpr, context: DeclarationContext): readonly RawText[] {
  if (value.kind === 'sql') return [{ engine: ownEngine(context) ?? 'duckdb', literal: value }];
  return value.properties.flatMap(({ name, value: text }) =>
    text.kind === 'sql' && isEngine(name.text) ? [{ engine: name.text, literal: text }] : [],
  );
}

/** The engine that commands use where no target is named; null where the project does not say. */
export function ownEngine(context: DeclarationContext): EngineName | null {
  const engine = context.targets().find(({ own }) => own)?.engine ?? null;
  return isEngine(engine) ? engine : null;
}

const isDataset =
  (context: DeclarationContext) =>
  (name: string): boolean =>
    context.find('dataset', name) !== null;

/** The query, whose rows are those of the declared type. Reports what is wrong with its form. */
export function rawQuery(value: SqlLiteral | ObjectExpr, row: RowType, context: DeclarationContext): ElaboratedQuery {
  if (value.kind === 'object') reportForm(value, context);
  const texts = textsOf(value, context);
  const own = ownEngine(context);
  if (own !== null && texts.length > 0 && !texts.some(({ engine }) => engine === own))
    context.report('no-sql-for-engine', { dataset: context.symbol.name, engine: engineTitles[own] }, value, {
      notes: [`the project's target runs on it: add \`${own}: sql"""…"""\``],
    });
  const query = elaborateRaw(texts, row, isDataset(context), context);
  const rel = row.columns.reduce<Rel>((input, column, index) => {
    const made = query.rel.columns[index];
    return column.type.kind !== 'enum' || made === undefined
      ? input
      : asserted(
          input,
          oneOf(columnRef(made), column.type.values),
          `\`${column.name}\` is none of ${column.type.values.join(', ')}`,
        );
  }, query.rel);
  return { ...query, rel, broken: query.broken || texts.length === 0 };
}

function reportForm(value: ObjectExpr, context: DeclarationContext): void {
  if (value.properties.length === 0)
    context.report(
      'wrong-property-value',
      { property: 'a table', expected: 'a query, `from …`', found: 'an empty object' },
      value,
    );
  for (const { name, value: text } of value.properties) {
    if (!isEngine(name.text)) {
      const meant = closest(name.text, engineNames);
      context.report('unknown-name', { kind: 'engine', name: name.text }, name, {
        ...(meant === null ? {} : { label: `did you mean \`${meant}\`?` }),
        notes: [`there are: ${engineNames.join(', ')}`],
      });
    } else if (text.kind !== 'sql' && text.kind !== 'missing')
      context.report(
        'wrong-property-value',
        {
          property: name.text,
          expected: '`sql"""…"""`',
          found: text.kind === 'checks-body' ? 'checks' : describeValue(text),
        },
        text,
      );
  }
}

function asserted(input: Rel, condition: Expr, message: string): Rel {
  return { kind: 'assert', input, condition, message, columns: input.columns, at: null, label: input.label };
}

/** True for null as well, where it may be. */
function oneOf(value: Expr, values: readonly string[]): Expr {
  const literals = values.map(
    (text): Expr => ({ kind: 'literal', value: text, type: value.type, nullable: false, inexact: false }),
  );
  const within = call('in', [value, ...literals]);
  if (!value.nullable) return within;
  const isNull: Expr = { ...call('is_null', [value]), nullable: false };
  return call('or', [isNull, within]);
}

/** Nulls where none may be are found in what is built; of what is not built, by an assertion: one, as each runs the SQL. */
export function withoutNulls(query: ElaboratedQuery): Rel {
  const { rel } = query;
  const required = rel.columns.filter(({ nullable }) => !nullable);
  const present = required.map(
    (column): Expr => ({
      ...call('is_not_null', [{ ...columnRef(column), nullable: true }]),
      nullable: false,
    }),
  );
  const [first, ...more] = present;
  if (first === undefined) return rel;
  const all = more.reduce((one, other) => call('and', [one, other]), first);
  return asserted(rel, all, `${oneOfThese(required.map(({ name }) => `\`${name}\``))} is null, and may not be`);
}

/** `a, b or c`. */
const oneOfThese = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

/** What is to be asked, by the text that it is about. */
function asked(declaration: Declaration, context: DeclarationContext) {
  const { value } = declaration;
  if (!isRaw(value)) return [];
  return textsOf(value, context).flatMap((text) => {
    const question = questionOf(text, isDataset(context), context);
    return question === null ? [] : [{ text, question }];
  });
}

export function rawQuestions(declaration: Declaration, context: DeclarationContext): readonly RawSqlQuestion[] {
  return asked(declaration, context).map(({ question }) => question);
}

/** Compares what the engines say with what the type promises. Reports at the declaration, or in the text. */
export function checkAnswers(declaration: Declaration, row: RowType, context: DeclarationContext): void {
  // What the text names is reported where the shape is.
  const silent = { ...context, report: () => undefined };
  for (const { text, question } of asked(declaration, silent)) {
    const answer = context.answer(question);
    switch (answer?.kind) {
      case undefined:
        break;
      case 'unanswered':
        context.report('not-verified', { what: `SQL of ${engineTitles[text.engine]}`, why: answer.why }, text.literal);
        break;
      case 'refused':
        reportRefused(text, answer, context);
        break;
      case 'described':
        if (declaration.type !== null) reportDifferences(text, answer, row, declaration.type, context);
        break;
    }
  }
}

function reportRefused(
  text: RawText,
  answer: RawSqlAnswer & { readonly kind: 'refused' },
  context: DeclarationContext,
): void {
  const { literal } = text;
  const { table, why } = answer;
  const names = rawNames(literal.text, text.engine);
  // Of a name that is no dataset engines tell more or less, ClickHouse a mistake of syntax further on.
  const lost = names.find((each) => isOfStore(each, context) || (table !== null && isLost(each, table, context)));
  const about = answer.word === null ? undefined : partNamed(names, answer.word);
  const at = lost?.start ?? answer.at ?? about?.start ?? null;
  if (at === null) {
    context.report('sql-refused', { engine: engineTitles[text.engine], why }, literal);
    return;
  }
  const name = names.find((each) => each.start <= at && at < each.end);
  const word = /^\S+/.exec(literal.text.slice(at))?.[0].length ?? 1;
  const place = (span: Span): Span => ({ start: rawOffset(literal, span.start), end: rawOffset(literal, span.end) });
  if (name === undefined || (table === null && name !== lost)) {
    context.report(
      'sql-refused',
      { engine: engineTitles[text.engine], why },
      place(name ?? { start: at, end: at + word }),
    );
    return;
  }
  const written = name.parts.map((part) => part.text).join('.');
  const known = context.names('dataset');
  const [ending, ...more] = known.filter((each) => each.endsWith(`.${written}`));
  const meant = ending !== undefined && more.length === 0 ? ending : closest(written, known);
  const span = place(name);
  context.report('unknown-dataset', { name: written }, span, {
    ...(meant === null
      ? {}
      : {
          label: `did you mean \`${meant}\`?`,
          fixes: [
            {
              title: `replace \`${written}\` by \`${meant}\``,
              safe: true,
              edits: [{ place: context.place(span), text: meant }],
            },
          ],
        }),
    notes: ['in SQL, datasets are named in full'],
  });
}

function isLost(name: RawName, missing: string, context: DeclarationContext): boolean {
  const written = name.parts.map((part) => part.text).join('.');
  return (written === missing || written.startsWith(`${missing}.`)) && datasetNamed(name, isDataset(context)) === null;
}

/** A name in full that begins with a store of the project, and is no dataset. Some engines take it for a mistake of syntax. */
function isOfStore(name: RawName, context: DeclarationContext): boolean {
  const [store, ...more] = name.parts;
  return (
    more.length > 1 &&
    context.find('store', store?.text ?? '') !== null &&
    datasetNamed(name, isDataset(context)) === null
  );
}

/** The first place where a name is written: `a.b` is found in `x.a.b`. */
function partNamed(names: readonly RawName[], word: string): Span | undefined {
  const length = word.split('.').length;
  for (const { parts } of names) {
    for (const [index, first] of parts.entries()) {
      const found = parts.slice(index, index + length);
      const last = found.at(-1);
      if (last !== undefined && found.map(({ text }) => text).join('.') === word)
        return { start: first.start, end: last.end };
    }
  }
  return undefined;
}

function reportDifferences(
  { engine }: RawText,
  answer: RawSqlAnswer & { readonly kind: 'described' },
  row: RowType,
  at: Span,
  context: DeclarationContext,
): void {
  const differences: string[] = [];
  const notes: string[] = [];
  for (const column of row.columns) {
    const found = answer.columns.filter(({ name }) => name === column.name);
    const [first] = found;
    if (first === undefined) differences.push(`\`${column.name}\` is missing`);
    else if (found.length > 1) differences.push(`\`${column.name}\` is there ${found.length} times`);
    else if (column.type.kind !== 'error' && !holds(engine, first.type, column.type)) {
      const own = engineType(engine, first.type);
      differences.push(
        `\`${column.name}\` is \`${own === null ? first.type : typeName(own)}\`, not \`${typeName(column.type)}\``,
      );
      notes.push(`in the SQL, \`cast(… as ${sqlType(engine, column.type)}) as ${column.name}\``);
    }
  }
  for (const { name } of answer.columns)
    if (findColumn(row, name) === undefined) differences.push(`\`${name}\` is not in it`);
  if (differences.length === 0) return;
  context.report('differs-from-type', { dataset: context.symbol.name, type: context.text(at), differences }, at, {
    label: `says ${engineTitles[engine]}`,
    notes,
  });
}
