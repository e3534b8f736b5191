/** Calls: built-in functions, aggregates, windows; user functions are handed on. */
import type { AggregateExpr, Expr as Rex, SortKey } from '../relational/rel.ts';
import { STRING, typeName } from '../relational/types.ts';
import type { Argument, CallExpr, Expr, Name, NamedWindow, OrderKey, WindowSpec } from '../syntax/ast.ts';
import { intervalUnits } from '../syntax/tokens.ts';
import { durationArguments, isLength } from './expression-dates.ts';
import {
  argumentInfo,
  bareName,
  comparable,
  condition,
  decides,
  ERROR,
  type ExprEnv,
  isError,
  literal,
  type NamedParts,
  tryCall,
  type WindowParts,
} from './expression-env.ts';
import { oneType } from './expression-operators.ts';
import { aliases, elsewhere } from './functions/elsewhere.ts';
import type { Mismatch } from './functions/row.ts';
import { callableNames, type FunctionRow, functionRow } from './functions/table.ts';
import { reportZone } from './functions/zones.ts';
import { columnExpr, coversKey, usedColumns } from './relation.ts';
import { closest } from './suggest.ts';
import { inlineFunction } from './user-functions.ts';
import { isComparable, literalOf, widen } from './widening.ts';
import { mayBeEmpty, windowFrame } from './window-frames.ts';

export function callExpr(call: CallExpr, at: ExprEnv): Rex {
  const { context } = at.env;
  const written = call.name.parts.map((p) => p.text).join('.');
  if (written === '') return ERROR;
  const user = call.name.parts.length === 1 ? context.userFunction(written) : null;
  if (user !== null) {
    context.trace?.name(call.name, { kind: 'declaration', namespace: 'function', name: written });
    return inlineFunction(user, call, at);
  }
  const name = written.toLowerCase();
  if (name === 'if') {
    context.trace?.name(call.name, { kind: 'builtin', name });
    return ifCall(call, at);
  }
  const row = callableRow(name);
  if (row === undefined) {
    unknownFunction(written, name, call, at);
    return ERROR;
  }
  context.trace?.name(call.name, { kind: 'builtin', name: row.name });
  if (row.kind === 'scalar') return scalarCall(row, call, at);
  return call.over === null ? aggregateCall(row, call, at) : windowCall(row, call, call.over, at);
}

/** Operators have no name to call, except where another SQL calls them by one (`mod`, `safe_divide`). */
function callableRow(name: string): FunctionRow | undefined {
  const row = functionRow(name);
  if (row !== undefined && !row.operator) return row;
  const alias = aliases.get(name);
  return alias === undefined ? undefined : functionRow(alias);
}

function unknownFunction(written: string, name: string, call: CallExpr, at: ExprEnv): void {
  const { context } = at.env;
  const use = elsewhere.get(name);
  if (use !== undefined) {
    const fixes =
      use.name === null
        ? []
        : [
            {
              title: `write \`${use.name}\``,
              safe: false,
              edits: [{ place: context.place(call.name), text: use.name }],
            },
          ];
    context.report('function-elsewhere', { name: written, use: use.use }, call.name, { fixes });
    checkInside(call, at);
    return;
  }
  const nearest = closest(name, [...callableNames(), ...context.userFunctionNames()]);
  context.report(
    'unknown-function',
    { name: written },
    call.name,
    nearest === null
      ? {}
      : {
          label: `did you mean \`${nearest}\`?`,
          fixes: [
            {
              title: `replace \`${written}\` by \`${nearest}\``,
              safe: true,
              edits: [{ place: context.place(call.name), text: nearest }],
            },
          ],
        },
  );
  checkInside(call, at);
}

/** What else is wrong in a call whose function is unknown. A bare name may be a word of the function, such as a unit. */
function checkInside(call: CallExpr, at: ExprEnv): void {
  for (const { value } of call.args)
    if (value.kind === 'interval') at.expression(value.count, at);
    else if (value.kind !== 'star-argument' && value.kind !== 'duration' && bareName(value) === null)
      at.expression(value, at);
}

/** The arguments, checked. A duration stands for two: how many, and of what. Null after an error. */
function checkedArguments(row: FunctionRow, args: readonly Argument[], at: ExprEnv): Rex[] | null {
  const values: Rex[] = [];
  let failed = false;
  for (const argument of args) {
    if (argument.name !== null) {
      at.env.context.report(
        'wrong-arguments',
        { name: row.name, reason: 'its arguments have no names here' },
        argument.name,
      );
      failed = true;
      continue;
    }
    const value = argument.value;
    const word = row.words.includes(values.length) ? bareName(value) : null;
    if (word !== null) values.push(literal(word, STRING));
    else if (isLength(value) && row.words.length > 0) values.push(...durationArguments(value, at));
    else values.push(at.expression(value, at));
  }
  return failed || values.some(isError) ? null : values;
}

function scalarCall(row: FunctionRow, call: CallExpr, at: ExprEnv): Rex {
  if (call.over !== null || call.distinct || call.order.length > 0 || call.filter !== null) {
    const what =
      call.over !== null ? '`over`' : call.distinct ? '`distinct`' : call.order.length > 0 ? 'an order' : '`filter`';
    at.env.context.report(
      'wrong-arguments',
      { name: row.name, reason: `it takes one row at a time, so ${what} has no meaning` },
      call,
    );
    return ERROR;
  }
  const values = checkedArguments(row, unitFirst(row, call.args, at), at);
  if (values === null) return ERROR;
  const checked = tryCall(row, values);
  if (!('reason' in checked)) {
    if (checked.kind === 'call') traceEnumValues(call, checked.args, at);
    return checked;
  }
  reportArguments(row, checked, call, at);
  return ERROR;
}

/**
 * The order of some SQLs: `date_trunc('month', x)` means `date_trunc(x, month)`, `dateadd(day, n, x)` means `date_add(x, n, day)`
 * and `datediff(day, from, to)` means `date_diff(to, from, day)`.
 */
function unitFirst(row: FunctionRow, args: readonly Argument[], at: ExprEnv): readonly Argument[] {
  const [first, second, third] = args;
  if (first === undefined || second === undefined) return args;
  const word = first.value.kind === 'string' ? first.value.value : bareName(first.value);
  if (word === null || !intervalUnits.has(word.toLowerCase()) || at.scope.find(word) !== undefined) return args;
  if (row.name === 'date_trunc' && args.length === 2) return [second, first];
  const isOfThree = row.name === 'date_diff' || row.name === 'date_add' || row.name === 'date_sub';
  return isOfThree && third !== undefined && args.length === 3 ? [third, second, first] : args;
}

function reportArguments(row: FunctionRow, wrong: Mismatch, call: CallExpr, at: ExprEnv): void {
  const span = wrong.argument === null ? call : (call.args[wrong.argument]?.value ?? call);
  if (wrong.zone !== undefined) {
    reportZone(wrong.zone, span, at.env.context);
    return;
  }
  at.env.context.report('wrong-arguments', { name: row.name, reason: wrong.reason }, span, {
    notes: row.signatures.map((signature) => `it is \`${signature}\``),
  });
}

/** `if(condition, then, otherwise)` is a `case`. */
function ifCall(call: CallExpr, at: ExprEnv): Rex {
  const [when, then, otherwise] = call.args;
  if (when === undefined || then === undefined || call.args.length > 3) {
    at.env.context.report(
      'wrong-arguments',
      {
        name: 'if',
        reason: `it takes a condition, a value, and another for where it does not hold, not ${call.args.length} arguments`,
      },
      call,
    );
    return ERROR;
  }
  return at.expression(
    {
      kind: 'case',
      subject: null,
      branches: [{ when: when.value, then: then.value }],
      otherwise: otherwise?.value ?? null,
      start: call.start,
      end: call.end,
    },
    at,
  );
}

// ---------------------------------------------------------------------------------------------- aggregates

function aggregateCall(row: FunctionRow, call: CallExpr, at: ExprEnv): Rex {
  if (row.kind === 'window') {
    at.env.context.report('order-required', { name: row.name, how: `\`${row.name}(…) over (order by …)\`` }, call);
    return ERROR;
  }
  if (!at.aggregates) {
    at.env.context.report('aggregate-misplaced', { name: row.name, place: at.place }, call, {
      notes: [
        'aggregate in a stage before: `|> aggregate … group by …`',
        ...(row.kind === 'aggregate' && row.order !== 'required'
          ? [`or over a window: \`${row.name}(…) over (…)\``]
          : []),
      ],
    });
    return ERROR;
  }
  const within: ExprEnv = { ...at, aggregates: false, windows: false, place: 'an aggregate' };
  const parts = aggregateParts(row, call, within);
  return parts === null ? ERROR : { ...parts, kind: 'aggregate' };
}

/** What an aggregate is over a group and over a window alike. */
function aggregateParts(row: FunctionRow, call: CallExpr, at: ExprEnv): Omit<AggregateExpr, 'kind'> | null {
  const { context } = at.env;
  const star = call.args.length === 1 && call.args[0]?.value.kind === 'star-argument';
  if (star && row.name !== 'count') {
    context.report('wrong-arguments', { name: row.name, reason: 'only `count(*)` takes all columns' }, call);
    return null;
  }
  const values = star ? [] : checkedArguments(row, call.args, at);
  const order = sortKeys(call.order, at, `what \`${row.name}\` takes first`);
  const filter = call.filter === null ? null : condition(call.filter, at, '`filter`', 'which rows are aggregated');
  if (values === null || order === null || (filter !== null && isError(filter))) return null;
  const resolution = row.resolve(values.map(argumentInfo));
  if (!resolution.ok) {
    reportArguments(row, resolution, call, at);
    return null;
  }
  if (row.kind === 'aggregate') {
    if (row.order === 'required' && order.length === 0) {
      const first = call.args[0];
      const text = first === undefined ? '' : context.text(first);
      context.report('order-required', { name: row.name, how: `\`${row.name}(… order by ${text})\`` }, call, {
        fixes:
          first === undefined
            ? []
            : [
                {
                  title: `order by \`${text}\``,
                  safe: false,
                  edits: [
                    {
                      place: context.place({
                        start: call.args.at(-1)?.end ?? first.end,
                        end: call.args.at(-1)?.end ?? first.end,
                      }),
                      text: ` order by ${text}`,
                    },
                  ],
                },
              ],
      });
      return null;
    }
    if (row.order === 'refused' && order.length > 0) {
      context.report(
        'wrong-arguments',
        { name: row.name, reason: 'its result does not depend on an order' },
        call.order[0] ?? call,
      );
      return null;
    }
  }
  const first = call.args[0]?.value;
  if (
    (call.distinct || row.name === 'count_distinct') &&
    values[0] !== undefined &&
    first !== undefined &&
    !decides(values[0], first, at, 'which values are the same')
  )
    return null;
  const refused = nullsRefused(row, call);
  if (refused !== null) {
    context.report('not-supported-yet', refused, call);
    return null;
  }
  const args = values.map((value, i) => widen(value, resolution.args[i] ?? value.type));
  traceEnumValues(call, args, at);
  return {
    fn: row.name,
    args,
    distinct: call.distinct,
    filter,
    order: row.order === 'required' && row.kind === 'aggregate' ? withTie(order, args[0]) : order,
    type: resolution.type,
    // The aggregate stage and the window know whether there may be no rows at all.
    nullable: row.overNothing === 'value' ? resolution.nullable : resolution.nullable || filter !== null,
    inexact: resolution.inexact,
  };
}

/** `ignore nulls` and `respect nulls` that would change what is done, and what to write instead. Most aggregates leave nulls out. */
function nullsRefused(row: FunctionRow, call: CallExpr): { readonly what: string; readonly instead: string } | null {
  if (call.nulls === null) return null;
  if (call.over !== null)
    return call.nulls === 'respect'
      ? null
      : { what: '`ignore nulls` over a window', instead: 'order the nulls away: `over (order by x is null, …)`' };
  const leavesNullsOut = row.name !== 'arg_max' && row.name !== 'arg_min';
  if ((call.nulls === 'ignore') === leavesNullsOut) return null;
  return leavesNullsOut
    ? { what: `\`${row.name}\` of nulls`, instead: 'it leaves them out: `coalesce(x, …)` puts a value in their place' }
    : { what: '`ignore nulls`', instead: `leave the rows out: \`${row.name}(…) filter (where x is not null)\`` };
}

/** Equal keys are told apart by the value itself, so that the order is one. */
function withTie(order: readonly SortKey[], value: Rex | undefined): readonly SortKey[] {
  if (value === undefined || !isComparable(value.type) || value.inexact || value.kind === 'literal') return order;
  const used = usedColumns(order.map((key) => key.value));
  if (value.kind === 'column' && used.has(value.id)) return order;
  return [...order, { value, order: 'asc', nulls: 'last' }];
}

/** Arguments that are values of an enum, written as texts. */
function traceEnumValues(call: CallExpr, args: readonly Rex[], at: ExprEnv): void {
  for (const [i, value] of args.entries()) {
    const written = call.args[i]?.value;
    if (written !== undefined) at.env.context.trace?.enumValue(written, value.type, literalOf(value));
  }
}

/** Order keys, checked; null after an error. `what` says what an inexact key would decide. */
export function sortKeys(keys: readonly OrderKey[], at: ExprEnv, what: string | null): SortKey[] | null {
  const sorted: SortKey[] = [];
  let failed = false;
  for (const key of keys) {
    const value = at.expression(key.value, at);
    if (isError(value) || !sortable(value, key.value, at) || (what !== null && !decides(value, key.value, at, what)))
      failed = true;
    else if (value.kind !== 'literal') sorted.push({ value, order: key.order ?? 'asc', nulls: key.nulls ?? 'last' });
  }
  return failed ? null : sorted;
}

function sortable(value: Rex, expr: Expr, at: ExprEnv): boolean {
  if (isComparable(value.type)) return true;
  at.env.context.report(
    'type-mismatch',
    { what: 'an order key', found: `\`${typeName(value.type)}\``, wanted: 'a value that has an order' },
    expr,
  );
  return false;
}

// ---------------------------------------------------------------------------------------------- windows

/** Functions whose answer hangs on the order of every single row. */
const BY_ROW: ReadonlySet<string> = new Set(['row_number', 'lag', 'lead', 'first_value', 'last_value', 'ntile']);

function windowCall(row: FunctionRow, call: CallExpr, spec: WindowSpec, at: ExprEnv): Rex {
  const { context } = at.env;
  if (!at.windows) {
    context.report('window-misplaced', { name: row.name, place: at.place }, call);
    return ERROR;
  }
  const refused = notOverWindows(row, call);
  if (refused !== null) {
    context.report('not-supported-yet', refused, call);
    return ERROR;
  }
  const parts = aggregateParts(row, call, { ...at, windows: false, place: 'a window' });
  const window = windowParts(spec, at);
  if (parts === null || window === null) return ERROR;
  const { partition, order, frame } = window;
  if (row.kind === 'window' && order.length === 0) {
    context.report('order-required', { name: row.name, how: `\`${row.name}(…) over (order by …)\`` }, call);
    return ERROR;
  }
  const total = BY_ROW.has(row.name) || (frame !== null && frame.unit === 'rows' && order.length > 0);
  return {
    ...parts,
    kind: 'window',
    partition,
    order: total ? totalOrder(order, partition, at) : order,
    frame,
    // A frame of its own may hold no row; the usual one holds at least the row itself.
    nullable: parts.nullable || (row.overNothing === 'null' && frame !== null && mayBeEmpty(frame)),
  };
}

/** What stands in `over (…)` with that of the named window it takes up; null after an error. */
function windowParts(spec: WindowSpec, at: ExprEnv): WindowParts | null {
  const base = spec.base === null ? undefined : namedWindow(spec.base, at);
  const within: ExprEnv = { ...at, windows: false, place: 'a window' };
  const partition = spec.partition.map((key) => ({ key, value: within.expression(key, within) }));
  const order = sortKeys(spec.order, within, 'how rows rank');
  if (base === null || order === null) return null;
  const ordered = order.length > 0 ? order : (base?.order ?? []);
  const frame = spec.frame === null ? null : windowFrame(spec.frame, ordered, at);
  if (frame === 'wrong') return null;
  if (
    partition.some(
      ({ key, value }) =>
        isError(value) ||
        !comparable(value, key, within, 'what `partition by` compares') ||
        !decides(value, key, within, 'which rows belong together'),
    )
  )
    return null;
  const own: WindowParts = { partition: partition.map((p) => p.value), order, frame };
  return base === undefined || spec.base === null ? own : together(spec, spec.base.text, base, own, at);
}

/** The named window with what the place that uses it adds, which may be what it lacks. */
function together(
  spec: WindowSpec,
  name: string,
  base: WindowParts,
  own: WindowParts,
  at: ExprEnv,
): WindowParts | null {
  const adds = own.order.length > 0 || own.frame !== null;
  const reason =
    own.partition.length > 0
      ? `\`partition by\` stands in \`${name}\` itself, or in a window that does not take it up`
      : own.order.length > 0 && base.order.length > 0
        ? `\`${name}\` has an order`
        : adds && base.frame !== null
          ? `\`${name}\` has a frame, so it is used as it is: \`over ${name}\``
          : null;
  if (reason === null)
    return {
      partition: base.partition,
      order: own.order.length > 0 ? own.order : base.order,
      frame: own.frame ?? base.frame,
    };
  at.env.context.report('window-conflict', { name, reason }, spec.partition[0] ?? spec.order[0] ?? spec.frame ?? spec);
  return null;
}

/** Null after an error, also one in the window's own parts. */
function namedWindow(name: Name, at: ExprEnv): WindowParts | null {
  const found = at.named?.get(name.text);
  if (found !== undefined) at.env.context.trace?.name(name, { kind: 'local', given: found.given, what: 'window' });
  if (found !== undefined || name.text === '') return found?.parts ?? null;
  const nearest = closest(name.text, [...(at.named?.keys() ?? [])]);
  const isColumn = at.scope.find(name.text) !== undefined;
  at.env.context.report('unknown-window', { name: name.text }, name, {
    ...(nearest === null
      ? {}
      : {
          label: `did you mean \`${nearest}\`?`,
          fixes: [
            {
              title: `replace \`${name.text}\` by \`${nearest}\``,
              safe: true,
              edits: [{ place: at.env.context.place(name), text: nearest }],
            },
          ],
        }),
    notes: isColumn
      ? [`the rows of each \`${name.text}\` apart: \`over (partition by ${name.text})\``]
      : [`name it at the end of the stage: \`window ${name.text} as (partition by … order by …)\``],
  });
  return null;
}

/** The stage's expressions with the windows that it names, each checked once and known to those after it. */
export function withWindows(named: readonly NamedWindow[], at: ExprEnv): ExprEnv {
  if (named.length === 0) return at;
  const windows = new Map<string, NamedParts>();
  const after: ExprEnv = { ...at, named: windows };
  for (const { name, window } of named) {
    const parts = windowParts(window, after);
    if (windows.has(name.text)) at.env.context.report('duplicate-window', { name: name.text }, name);
    else windows.set(name.text, { given: name, parts });
    at.env.context.trace?.name(name, { kind: 'local', given: name, what: 'window' }, true);
  }
  return after;
}

/** What engines do not have in common over windows, and what does the same. */
function notOverWindows(row: FunctionRow, call: CallExpr): { readonly what: string; readonly instead: string } | null {
  if (call.distinct)
    return {
      what: '`distinct` over a window',
      instead: 'aggregate in a query of its own, grouped by what `partition by` has, and join that',
    };
  if (row.kind === 'aggregate' && row.order === 'required')
    return {
      what: `\`${row.name}\` over a window`,
      instead: 'aggregate in a query of its own, grouped by what `partition by` has, and join that',
    };
  if (call.order.length > 0)
    return { what: 'an order inside a call over a window', instead: 'write it in `over (order by …)`' };
  return null;
}

/** The order with all other comparable columns after it, so that no two different rows tie, unless a key already tells them apart. */
export function totalOrder(
  order: readonly SortKey[],
  partition: readonly Rex[],
  at: Pick<ExprEnv, 'relation' | 'scope'>,
): readonly SortKey[] {
  const used = new Set(
    [...partition, ...order.map((key) => key.value)].flatMap((value) => (value.kind === 'column' ? [value.id] : [])),
  );
  if (at.relation === null || coversKey(at.relation, used)) return order;
  const ties: SortKey[] = [];
  for (const column of at.scope.columns) {
    if (used.has(column.id) || !isComparable(column.type) || column.inexact || column.type.kind === 'error') continue;
    used.add(column.id);
    ties.push({ value: columnExpr(column), order: 'asc', nulls: 'last' });
  }
  return ties.length === 0 ? order : [...order, ...ties];
}

/** The type that the items of a list agree on; used by the list literal. */
export function listItems(items: readonly Expr[], at: ExprEnv): Rex {
  const values = items.map((expr) => ({ expr, value: at.expression(expr, at) }));
  if (values.some((v) => isError(v.value))) return ERROR;
  const element = oneType(values, 'the items of a list', at);
  if (element === null && items.length > 0) return ERROR;
  const type = element ?? { kind: 'null' as const };
  return {
    kind: 'list',
    items: values.map((v) => widen(v.value, type)),
    type: { kind: 'list', element: type },
    nullable: false,
    inexact: values.some((v) => v.value.inexact),
  };
}
