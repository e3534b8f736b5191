/** A dimension as a plain loop over each member's log: what the relations of `compiler/semantics/models/dimension.ts` must give. */
import { createHash } from 'node:crypto';

export type Value = string | boolean | null;
export type Row = Readonly<Record<string, Value>>;

export interface DimensionPlan {
  readonly surrogate: string;
  readonly key: readonly string[];
  readonly order: readonly [string, ...string[]];
  readonly deleted: ((row: Row) => boolean) | null;
  readonly history: Readonly<Record<string, 0 | 1 | 2 | 3>>;
  readonly inferred: boolean;
  readonly unknown: Row | null;
  /** The text of a part of the key, or of an instant, as it is hashed. */
  readonly text: (column: string, value: Value) => string;
  /** The first instant there is. */
  readonly beginning: string;
  /** Whether the greater of two values of a column is the first one. */
  readonly compare: (column: string, a: Value, b: Value) => number;
}

interface Version {
  readonly from: Value;
  readonly row: Row;
  until: Value;
}

/** Rows in no order. `members` are keys that others name. */
export function dimensionRows(plan: DimensionPlan, log: readonly Row[], members: readonly Row[] = []): readonly Row[] {
  const { key, history } = plan;
  const of = (row: Row): string => JSON.stringify(key.map((column) => row[column]));
  const rows: Row[] = [];
  const known = new Set<string>();
  for (const own of Map.groupBy(log, of).values()) {
    const live: Row[] = [];
    const versions: Version[] = [];
    let open: Version | null = null;
    for (const row of lastOfEachInstant(plan, own)) {
      const at = row[plan.order[0]] ?? null;
      const changes: boolean =
        open === null ||
        Object.entries(history).some(([column, type]) => type === 2 && row[column] !== open?.row[column]);
      const isGone = plan.deleted?.(row) ?? false;
      if (open !== null && (isGone || changes)) open.until = at;
      if (isGone) {
        open = null;
        continue;
      }
      live.push(row);
      if (!changes) continue;
      open = { from: plan.inferred && versions.length === 0 ? plan.beginning : at, row, until: null };
      versions.push(open);
    }
    for (const { from, row, until } of versions)
      rows.push({
        ...identity(plan, row, from),
        ...Object.assign({}, ...Object.entries(history).map(([column, type]) => kept(column, type, row, live))),
        valid_from: from,
        valid_to: until,
        is_current: until === null,
        ...(plan.inferred ? { is_inferred: false } : {}),
      });
    const [first] = own;
    if (versions.length > 0 && first !== undefined) known.add(of(first));
  }
  const nothing = (isInferred: boolean): Row => ({
    ...Object.assign(
      {},
      ...Object.entries(history).map(([column, type]) => ({
        [column]: plan.unknown?.[column] ?? null,
        ...(type === 3 ? { [`prev_${column}`]: null } : {}),
      })),
    ),
    valid_from: plan.beginning,
    valid_to: null,
    is_current: true,
    ...(plan.inferred ? { is_inferred: isInferred } : {}),
  });
  for (const member of plan.inferred ? members : []) {
    if (key.some((column) => member[column] === null) || known.has(of(member))) continue;
    known.add(of(member));
    rows.push({ ...identity(plan, member, plan.beginning), ...nothing(true) });
  }
  const none = Object.fromEntries(key.map((column) => [column, null]));
  if (plan.unknown !== null) rows.push({ [plan.surrogate]: '-1', ...none, ...nothing(false) });
  return rows;
}

function lastOfEachInstant(plan: DimensionPlan, own: readonly Row[]): readonly Row[] {
  const columns = [...plan.order, '', ...Object.keys(own[0] ?? {})];
  const sorted = [...own].sort((a, b) => {
    for (const column of columns) {
      const isGone = (row: Row): Value => plan.deleted?.(row) ?? false;
      const [x, y] = column === '' ? [isGone(a), isGone(b)] : [a[column] ?? null, b[column] ?? null];
      if (x === y) continue;
      if (x === null) return -1;
      if (y === null) return 1;
      return plan.compare(column, x, y);
    }
    return 0;
  });
  const [instant] = plan.order;
  return sorted.filter((row, i) => sorted[i + 1]?.[instant] !== row[instant]);
}

/** What an attribute shows in a version that `row` opened, of a member whose rows are `live`. */
function kept(column: string, type: 0 | 1 | 2 | 3, row: Row, live: readonly Row[]): Row {
  const values = live.map((each) => each[column] ?? null);
  const first = values[0] ?? null;
  const latest = values.at(-1) ?? null;
  if (type === 0) return { [column]: first };
  if (type === 1) return { [column]: latest };
  if (type === 2) return { [column]: row[column] ?? null };
  let now = first;
  let before: Value = null;
  for (const value of values) {
    if (value !== now) before = now;
    now = value;
  }
  return { [column]: latest, [`prev_${column}`]: before };
}

function identity(plan: DimensionPlan, row: Row, from: Value): Row {
  const parts = [...plan.key.map((column) => plan.text(column, row[column] ?? null)), plan.text('valid_from', from)];
  const hash = createHash('sha256').update(parts.join('|')).digest('hex');
  return {
    [plan.surrogate]: BigInt(`0x${hash.slice(0, 15)}`).toString(),
    ...Object.fromEntries(plan.key.map((column) => [column, row[column] ?? null])),
  };
}
