/** Checks on a dataset: clauses of `checks { … }` as tests over its rows. */
import { type RowType, sameType, typeName } from '../relational/types.ts';
import type { Argument, CallExpr, CheckClause, Expr, Name, QualifiedName } from '../syntax/ast.ts';
import { callName, durationMs } from './config.ts';
import { columnOf, type DeclarationContext, datasetOf } from './declarations/context.ts';
import type { CheckModel, CheckTest } from './model.ts';
import { elaborateCondition } from './queries.ts';
import { suggestion } from './suggest.ts';

/** The dataset that the checks are about. */
export interface Checked {
  readonly name: string;
  readonly row: RowType;
  readonly broken: boolean;
}

export function checkModels(
  clauses: readonly CheckClause[],
  dataset: Checked,
  context: DeclarationContext,
): readonly CheckModel[] {
  return clauses.flatMap((clause) => {
    const severity = severityOf(clause, context);
    const test = testOf(clause, dataset, context);
    if (test === null) return [];
    return [{ text: context.text(clause).replace(/\s+/g, ' ').trim(), severity, at: context.definedAt(clause), test }];
  });
}

function severityOf(clause: CheckClause, context: DeclarationContext): 'error' | 'warn' {
  const { severity } = clause;
  if (severity === null || severity.text === 'error') return 'error';
  if (severity.text !== 'warn' && severity.text !== '') {
    context.report(
      'wrong-check',
      { check: severity.text, reason: 'a check ends in `warn` or `error`' },
      severity,
      suggestion(severity, ['warn', 'error'], context),
    );
  }
  return 'warn';
}

function testOf(clause: CheckClause, dataset: Checked, context: DeclarationContext): CheckTest | null {
  const share = mostlyOf(clause, context);
  switch (clause.kind) {
    case 'expect':
      return rowsHold(clause.condition, share, dataset, context);
    case 'rows':
      return rowCount(clause.condition, context);
    case 'fresh':
      return fresh(clause.condition, dataset, context);
    case 'call':
      return called(clause.condition, share, dataset, context);
  }
}

function mostlyOf(clause: CheckClause, context: DeclarationContext): number {
  const { mostly } = clause;
  if (mostly === null || mostly.kind === 'missing') return 1;
  const share = mostly.kind === 'number' ? Number(mostly.text) : Number.NaN;
  const takesShare =
    clause.kind === 'expect' ||
    (clause.kind === 'call' && clause.condition.kind === 'call' && callName(clause.condition) === 'accepted');
  if (!takesShare)
    context.report(
      'wrong-check',
      { check: 'mostly', reason: 'only `expect` and `accepted` look at each row by itself, so only they take a share' },
      mostly,
    );
  else if (!(share > 0 && share <= 1))
    context.report(
      'wrong-check',
      { check: 'mostly', reason: 'it is a share above 0 and up to 1, such as `0.99`' },
      mostly,
    );
  return share > 0 && share <= 1 ? share : 1;
}

function rowsHold(expr: Expr, mostly: number, dataset: Checked, context: DeclarationContext): CheckTest | null {
  // Columns that an error left untold would only be reported a second time.
  if (dataset.broken) return null;
  const condition = elaborateCondition(expr, dataset.row, context, '`expect`', { kind: 'dataset', name: dataset.name });
  return condition === null ? null : { kind: 'rows-hold', condition, mostly };
}

/** `rows between 1 and 10`, `rows >= 1`: the parser gives it as a condition over the name `rows`. */
function rowCount(expr: Expr, context: DeclarationContext): CheckTest | null {
  const range = rangeOf(expr);
  if (range?.[0] != null && range[1] !== null && range[0] > range[1]) {
    context.report('wrong-check', { check: 'rows', reason: 'the first number is above the second' }, expr);
    return null;
  }
  if (range !== null) return { kind: 'row-count', low: range[0], high: range[1] };
  if (expr.kind !== 'missing')
    context.report(
      'wrong-check',
      { check: 'rows', reason: 'it is written `rows between 1 and 1_000_000` or `rows >= 1`, with whole numbers' },
      expr,
    );
  return null;
}

function rangeOf(expr: Expr): readonly [number | null, number | null] | null {
  if (expr.kind === 'between' && !expr.negated) {
    const low = wholeNumber(expr.low);
    const high = wholeNumber(expr.high);
    return low === null || high === null ? null : [low, high];
  }
  if (expr.kind !== 'binary') return null;
  const count = wholeNumber(expr.right);
  if (count === null) return null;
  switch (expr.operator) {
    case '=':
      return [count, count];
    case '>':
      return [count + 1, null];
    case '>=':
      return [count, null];
    case '<':
      return count === 0 ? null : [null, count - 1];
    case '<=':
      return [null, count];
    default:
      return null;
  }
}

function wholeNumber(expr: Expr): number | null {
  return expr.kind === 'number' && expr.form === 'integer' ? Number(expr.text) : null;
}

function fresh(expr: Expr, dataset: Checked, context: DeclarationContext): CheckTest | null {
  if (expr.kind !== 'duration') {
    if (expr.kind !== 'missing')
      context.report('wrong-check', { check: 'fresh', reason: 'it is written `fresh within 26h`' }, expr);
    return null;
  }
  if (dataset.broken) return null;
  const times = dataset.row.columns.filter((column) => column.type.kind === 'timestamp');
  const candidates = times.length > 0 ? times : dataset.row.columns.filter((column) => column.type.kind === 'date');
  const [column] = candidates;
  if (column === undefined || candidates.length > 1) {
    const choice =
      candidates.length > 1
        ? [`it may be ${candidates.map((each) => `\`${each.name}\``).join(', ')}`]
        : ['it has neither a timestamp nor a date'];
    context.report('fresh-without-time', { dataset: dataset.name }, expr, { notes: choice });
    return null;
  }
  return { kind: 'fresh', column: column.name, withinMs: durationMs(expr) };
}

// ---------------------------------------------------------------------------------------------- called by name

type Called = (call: CallExpr, mostly: number, dataset: Checked, context: DeclarationContext) => CheckTest | null;

/** How a check is written, and what it means. */
export interface CheckForm {
  readonly written: string;
  readonly doc: string;
}

/** Clauses that begin with a word of their own. */
export const clauseForms: Readonly<Record<string, CheckForm>> = {
  expect: { written: "expect amount >= 0, 'message'", doc: 'A condition that every row fulfils; null passes.' },
  rows: { written: 'rows between 1 and 1_000_000', doc: 'How many rows there are.' },
  fresh: { written: 'fresh within 26h', doc: 'How long ago the latest row may be, by the one time it has.' },
};

/** Checks that are written as calls; those that this version does not run are left out. */
export const callForms: Readonly<Record<string, CheckForm>> = {
  unique: { written: 'unique(column, …)', doc: 'No two rows are equal in these columns together.' },
  not_null: { written: 'not_null(column, …)', doc: 'None of these columns is null in any row.' },
  accepted: { written: "accepted(column, ['a', 'b'])", doc: 'Every value is one of these; null passes.' },
  references: {
    written: 'references(column, dataset.column)',
    doc: 'Every value is found in a column of another dataset; null passes.',
  },
  fresh: { written: 'fresh(column, within: 26h)', doc: 'How long ago the latest value of a time may be.' },
};

/** One row a check that is written as a call. */
const calledChecks: Readonly<Record<string, Called>> = {
  unique: (call, _mostly, dataset, context) => {
    const names = columnNames(call, dataset, context);
    return names === null ? null : { kind: 'unique', columns: names };
  },
  not_null: (call, _mostly, dataset, context) => {
    const names = columnNames(call, dataset, context);
    return names === null ? null : { kind: 'not-null', columns: names };
  },
  accepted: (call, mostly, dataset, context) => {
    const [column, values] = call.args;
    if (
      column === undefined ||
      nameOf(column) === null ||
      values?.value.kind !== 'list' ||
      values.value.items.length === 0 ||
      call.args.length > 2
    ) {
      return wrong(call, "it is written `accepted(column, ['a', 'b'])`", context);
    }
    const { start, end } = call;
    return rowsHold(
      { kind: 'in', negated: false, value: column.value, items: values.value.items, start, end },
      mostly,
      dataset,
      context,
    );
  },
  references: (call, _mostly, dataset, context) => {
    const [own, other] = call.args;
    const column = own === undefined ? null : nameOf(own);
    const target = other === undefined ? null : referenced(other);
    if (column === null || target === null || call.args.length > 2)
      return wrong(call, 'it is written `references(column, dataset.column)`', context);
    const ownColumn = columnOf(dataset.name, dataset.row, column, dataset.broken, context);
    const ref = datasetOf(target.dataset, context);
    const otherColumn = ref === null ? null : columnOf(ref.name, ref.row, target.column, ref.broken, context);
    if (ownColumn === null || otherColumn === null || ref === null) return null;
    const known = ownColumn.type.kind !== 'error' && otherColumn.type.kind !== 'error';
    if (known && !sameType(ownColumn.type, otherColumn.type)) {
      return wrong(
        call,
        `\`${ownColumn.name}\` is \`${typeName(ownColumn.type)}\` and \`${otherColumn.name}\` is \`${typeName(otherColumn.type)}\``,
        context,
      );
    }
    return { kind: 'references', column: ownColumn.name, dataset: ref.name, otherColumn: otherColumn.name };
  },
  fresh: (call, _mostly, dataset, context) => {
    const [column, within] = call.args;
    const name = column === undefined ? null : nameOf(column);
    if (name === null || within?.value.kind !== 'duration' || call.args.length > 2)
      return wrong(call, 'it is written `fresh(column, within: 26h)`', context);
    const found = columnOf(dataset.name, dataset.row, name, dataset.broken, context);
    if (found === null) return null;
    if (found.type.kind !== 'timestamp' && found.type.kind !== 'date' && found.type.kind !== 'error') {
      return wrong(call, `\`${found.name}\` is \`${typeName(found.type)}\`, not a timestamp or a date`, context);
    }
    return { kind: 'fresh', column: found.name, withinMs: durationMs(within.value) };
  },
  anomaly: (call, _mostly, _dataset, context) =>
    notYet(call, '`anomaly(…)`', 'give a range, with `rows between …` or `expect …`', context),
  matches: (call, _mostly, _dataset, context) =>
    notYet(call, '`matches(…)`', 'compare the two in a test, or by `references`', context),
};

/** The dataset whose column a clause `references(x, dataset.column)` names, before anything is checked. */
export function referencedDataset(clause: CheckClause): QualifiedName | null {
  if (clause.kind !== 'call' || clause.condition.kind !== 'call' || callName(clause.condition) !== 'references')
    return null;
  const other = clause.condition.args[1];
  return other === undefined ? null : (referenced(other)?.dataset ?? null);
}

function called(expr: Expr, mostly: number, dataset: Checked, context: DeclarationContext): CheckTest | null {
  if (expr.kind !== 'call') {
    if (expr.kind !== 'missing') context.report('unknown-check', { name: context.text(expr) }, expr);
    return null;
  }
  const name = callName(expr);
  const check = Object.hasOwn(calledChecks, name) ? calledChecks[name] : undefined;
  if (check !== undefined) return check(expr, mostly, dataset, context);
  const known = ['expect', 'rows', ...Object.keys(calledChecks)];
  context.report('unknown-check', { name }, expr.name, suggestion({ ...expr.name, text: name }, known, context));
  return null;
}

function columnNames(call: CallExpr, dataset: Checked, context: DeclarationContext): readonly string[] | null {
  const names = call.args.map(nameOf);
  if (names.length === 0 || names.includes(null))
    return wrong(call, `it is written \`${callName(call)}(column, …)\``, context);
  const found = names.flatMap((name) =>
    name === null ? [] : (columnOf(dataset.name, dataset.row, name, dataset.broken, context)?.name ?? []),
  );
  return found.length === names.length ? found : null;
}

function wrong(call: CallExpr, reason: string, context: DeclarationContext): null {
  context.report('wrong-check', { check: callName(call), reason }, call);
  return null;
}

function notYet(call: CallExpr, what: string, instead: string, context: DeclarationContext): null {
  context.report('not-supported-yet', { what: `the check ${what}`, instead }, call);
  return null;
}

function nameOf(argument: Argument): Name | null {
  const { value } = argument;
  return value.kind === 'name' && value.name.parts.length === 1 && !value.name.wildcard
    ? (value.name.parts[0] ?? null)
    : null;
}

function referenced(argument: Argument): { readonly dataset: QualifiedName; readonly column: Name } | null {
  const { value } = argument;
  if (value.kind !== 'name' || value.name.wildcard || value.name.parts.length < 2) return null;
  const parts = value.name.parts.slice(0, -1);
  const [column, first, last] = [value.name.parts.at(-1), parts[0], parts.at(-1)];
  if (column === undefined || first === undefined || last === undefined) return null;
  return { dataset: { parts, wildcard: false, start: first.start, end: last.end }, column };
}

/** True where a check proves that these columns are unique together. */
export function provesUnique(checks: readonly CheckModel[], columns: readonly string[]): boolean {
  return checks.some(
    ({ severity, test }) =>
      severity === 'error' && test.kind === 'unique' && test.columns.every((column) => columns.includes(column)),
  );
}
