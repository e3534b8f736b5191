/** What is written out: literals, lengths, schedules, and the types of expressions. */
import { valueName } from '../../relational/types.ts';
import { durationMs } from '../../semantics/config.ts';
import type { BinaryOperator, Expr, TypeExpr } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import type { Cursor } from '../cursor.ts';
import { holds, isExpr, isSame, pathAt } from '../tree.ts';
import { functionCard } from './functions.ts';
import { code, fence, list, paragraphs } from './markdown.ts';
import { whyNullExpr } from './nulls.ts';
import { cronWords, lengthWords, nextRuns } from './schedule.ts';

export interface ValueCard {
  readonly span: Span;
  readonly markdown: string;
}

/** The innermost expression at the cursor, where its own words or signs are there, and not those of a part of it. */
export function valueCard(workspace: Workspace, cursor: Cursor, now: Date): ValueCard | null {
  const path = pathAt(cursor);
  const last = path.at(-1);
  const type = typeAt(cursor);
  if (type !== null) return type;
  if (last === undefined || !isExpr(last)) return null;
  const parent = path.at(-2);
  const schedule =
    last.kind === 'string' ? scheduleCard(last, parent !== undefined && isExpr(parent) ? parent : null, now) : null;
  if (schedule !== null) return { span: last, markdown: schedule };
  const length = last.kind === 'duration' ? lengthText(last) : null;
  const typed = typeText(workspace, cursor, last);
  const operator = last.kind === 'binary' ? functionCard(OPERATORS[last.operator] ?? '') : null;
  const markdown = paragraphs([typed, length, operator]);
  return markdown === '' ? null : { span: last, markdown };
}

/** The rows of the function table that operators are. */
const OPERATORS: Readonly<Partial<Record<BinaryOperator, string>>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
  '||': 'concat',
  '=': 'equals',
  '<>': 'not_equals',
};

const textOf = (workspace: Workspace, { declared }: Cursor, { start, end }: Span): string =>
  workspace.text(declared.symbol.file).slice(declared.start + start, declared.start + end);

const SHORT = 60;

function typeText(workspace: Workspace, cursor: Cursor, expr: Expr): string | null {
  const trace = workspace.trace(cursor.declared.symbol);
  const value = trace.typed.findLast(({ span }) => isSame(span, expr))?.value;
  if (value === undefined) return null;
  const written = textOf(workspace, cursor, expr).replace(/\s+/g, ' ');
  const shown = written.length > SHORT ? `${written.slice(0, SHORT)}…` : written;
  const file = workspace.text(cursor.declared.symbol.file);
  const why = value.nullable ? whyNullExpr(trace, expr, file, cursor.declared) : null;
  return paragraphs([
    fence('pipe', `${shown}: ${valueName(value)}`),
    list([
      ...(why === null ? [] : [`May be null: ${why}.`]),
      ...(value.inexact ? ['Inexact: engines may differ in its last places.'] : []),
    ]),
  ]);
}

/** `7d` and `26h` in words. A year of a property is 365 days, one of a date the calendar's. */
export function lengthText(expr: Expr & { readonly kind: 'duration' }): string {
  const { count: n, unit } = expr;
  const rough = unit === 'mo' || unit === 'y';
  const words = lengthWords(durationMs(expr));
  return rough
    ? `${code(`${n}${unit}`)} is ${words}; in dates it follows the calendar.`
    : `${code(`${n}${unit}`)} is ${words}.`;
}

/** The text in `cron('…')`. */
function scheduleCard(expr: Expr & { readonly kind: 'string' }, parent: Expr | null, now: Date): string | null {
  if (parent?.kind !== 'call' || parent.name.parts.at(-1)?.text !== 'cron') return null;
  const words = cronWords(expr.value);
  if (words === null) return null;
  const zoneArgument = parent.args.find(({ name }) => name?.text === 'timezone')?.value;
  const zone = zoneArgument?.kind === 'string' ? zoneArgument.value : 'UTC';
  let runs: readonly string[] = [];
  try {
    runs = nextRuns(expr.value, zone, now, 3);
  } catch {
    // No zone of that name: that is reported.
  }
  const sentence = `${words.charAt(0).toUpperCase()}${words.slice(1)} (${zone}).`;
  return paragraphs([sentence, runs.length === 0 ? null : `Next: ${runs.join(', ')}`]);
}

const TYPES: Readonly<Record<string, string>> = {
  bool: '`true` or `false`.',
  int64: 'A whole number of 64 bits. Overflow is an error.',
  float64: 'A finite number in floating point. What engines compute differently in the last places is inexact.',
  decimal: '`decimal(p, s)`: exactly p digits, s of them after the point; p up to 38.',
  string: 'A text in UTF-8.',
  bytes: 'Bytes.',
  date: 'A day of the calendar, from 1900 to 2299.',
  timestamp: 'An instant in UTC, in microseconds. What depends on a calendar names a zone: `date(ts, zone)`.',
  uuid: 'A UUID.',
  json: 'A JSON value as it came; `json_text` and its like read from it.',
  list: '`list<T>`: several values of one type.',
};

/** A type of the language where it is written; those of the program are names. */
function typeAt({ declared: { tree }, offset }: Cursor): ValueCard | null {
  const body = tree.body;
  const written: (TypeExpr | null)[] = [
    ...(body?.kind === 'type-body' ? body.fields.map(({ type }) => type) : []),
    ...(tree.parameters ?? []).map(({ type }) => type),
    ...pathAt({ declared: { tree } as Cursor['declared'], offset }).map((node) =>
      node.kind === 'cast' ? node.type : null,
    ),
  ];
  for (const type of written)
    for (let at = type; at !== null; at = at.element) {
      const doc = TYPES[at.name.text];
      if (doc !== undefined && holds(at.name, offset))
        return { span: at.name, markdown: paragraphs([fence('pipe', at.name.text), doc]) };
    }
  return null;
}
