/** Random programs as text over random rows, on every engine: equal rows, or a refusal before anything runs. Used by tests and by `npm run soak`. */
import fc from 'fast-check';
import { optimize } from '../../compiler/relational/optimize.ts';
import type { LiteralValue, Rel } from '../../compiler/relational/rel.ts';
import { refusals } from '../../compiler/semantics/refusals.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { canonical } from '../support/canonical.ts';
import { workspaceOf } from '../support/check.ts';
import { PROGRAM_PROJECT, PROGRAM_TABLES, type RandomProgram, randomProgram } from '../support/random-program.ts';
import type { Engine } from './engines.ts';
import { load } from './tables.ts';

/** The schema that the tables of programs stand in: that of sources. */
export const PROGRAM_SCHEMA = '_landing';

const workspace = workspaceOf([{ path: 'programs.pipe', text: PROGRAM_PROJECT }]);

/** Values that meet each other often, and some at the edges of what a type holds. */
const VALUES: Readonly<Record<string, readonly LiteralValue[]>> = {
  int64: ['0', '1', '2', '3', '-1', '7', '12', '100', '-45', '400'],
  decimal: ['0', '0.5', '1', '-1.5', '2.5', '7.1', '99.9', '-20.3', '1234.5'],
  float64: ['0', '0.5', '1', '-1.5', '2.25', '-0.75', '100', '1024.5'],
  string: ['', 'a', 'b', 'ab', 'A', 'ß', ' a ', 'a%b', '12', '2024-02-29', 'x_y', '中文', "it's", 'a\\b', 'true'],
  date: ['1970-01-01', '2024-02-29', '1999-12-31', '2024-12-30', '1900-01-01', '2026-07-15'],
  timestamp: [
    '1970-01-01 00:00:00',
    '2024-03-31 00:59:59.5',
    '1969-12-31 23:59:59.999999',
    '2024-10-27 01:30:00',
    '2026-07-15 12:00:00',
  ],
  bool: [true, false],
  uuid: [
    '6f1f3ad2-2b1c-4e0e-9f57-0c6a3d1b9a55',
    '00000000-0000-0001-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ],
  colour: ['red', 'green', 'blue'],
  json: ['{"n": 1, "t": "a", "b": true}', '{"n": "x"}', '[1, 2]', 'null'],
};

const rowsOf = (columns: Readonly<Record<string, string>>): fc.Arbitrary<readonly (readonly LiteralValue[])[]> =>
  fc.array(
    fc.tuple(
      ...Object.values(columns).map((type) => {
        const values = VALUES[type.replace(/[(?].*/, '')] ?? [];
        return fc.constantFrom(...(type.endsWith('?') ? [null, ...values] : values));
      }),
    ),
    { minLength: 0, maxLength: 12 },
  );

interface Rows {
  readonly [table: string]: readonly (readonly LiteralValue[])[];
}

/** Rows of all tables. */
export const programRows: fc.Arbitrary<Rows> = fc.record(
  Object.fromEntries(Object.entries(PROGRAM_TABLES).map(([name, columns]) => [name, rowsOf(columns)])),
);

export const programs: fc.Arbitrary<RandomProgram> = fc
  .array(fc.nat({ max: 1_000_000 }), { minLength: 5, maxLength: 160 })
  .map((choices) => randomProgram(choices, workspace));

export async function loadRows(engines: readonly Engine[], schema: string, rows: Rows): Promise<void> {
  for (const [name, tuples] of Object.entries(rows)) {
    const columns = workspace.adHocQuery(`from ${name}`).query?.row.columns ?? [];
    for (const engine of engines) await load(engine, schema, name, columns, tuples);
  }
}

/** How many programs run over the same rows. */
const BATCH = 100;

/** After so many differences a run ends: more are seldom of other causes. */
const ENOUGH = 10;

interface Tally {
  /** Programs, without those that differences were shrunk through. */
  readonly counts: Readonly<Record<Outcome['kind'] | 'with rows', number>>;
  /** Why, by what was refused or failed. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Each of the smallest program that has it, with the seed and the rows that bring it back. */
  readonly differences: readonly string[];
}

interface Watcher {
  /** So many programs have run: after each batch. */
  ran?(done: number): void;
  differs?(difference: string): void;
}

/** Runs so many programs, or until `ENOUGH` differ. */
export async function runPrograms(
  engines: readonly Engine[],
  schema: string,
  runs: number,
  seed: number,
  watcher: Watcher = {},
): Promise<Tally> {
  const counts = { same: 0, refused: 0, failed: 0, different: 0, 'with rows': 0 };
  const reasons = new Map<string, number>();
  const differences: string[] = [];
  const count = (became: Outcome): void => {
    counts[became.kind]++;
    if (became.kind === 'same') counts['with rows'] += became.rows > 0 ? 1 : 0;
    else if (became.kind !== 'different') {
      const [first = ''] = became.why.split('\n');
      const reason = first.replace(/\d+/g, 'n').slice(0, 120);
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  };

  for (let done = 0; done < runs && differences.length < ENOUGH; done += BATCH) {
    const batch = { seed: seed + done, size: Math.min(BATCH, runs - done) };
    const [rows] = fc.sample(programRows, { seed: batch.seed, numRuns: 1 });
    await loadRows(engines, schema, rows ?? {});
    // A check ends at the first that differs, and the next goes on behind it.
    for (let from = 0; from < batch.size && differences.length < ENOUGH; ) {
      let isShrinking = false;
      const checked = await fc.check(
        fc.asyncProperty(programs, async (program) => {
          const became = await outcome(engines, program);
          if (!isShrinking) count(became);
          if (became.kind !== 'different') return;
          isShrinking = true;
          throw new Error(became.why);
        }),
        { seed: batch.seed, numRuns: batch.size - from, path: String(from) },
      );
      if (!checked.failed) break;
      from = Number(checked.counterexamplePath?.split(':')[0]) + 1;
      const { errorInstance } = checked;
      const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
      const difference = `seed ${batch.seed}, program ${from}\n${why}\nrows: ${JSON.stringify(rows)}`;
      differences.push(difference);
      watcher.differs?.(difference);
    }
    watcher.ran?.(done + batch.size);
  }
  return { counts, reasons, differences };
}

/** What became of a program. */
type Outcome =
  | { readonly kind: 'same'; readonly rows: number }
  /** An engine does not do it, and the compiler says so. */
  | { readonly kind: 'refused'; readonly why: string }
  /** An overflow or a cast that rows make fail: which engine meets them, and when, may differ. */
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'different'; readonly why: string };

/** What engines say where a value does not fit its type. */
const VALUE_FAILS =
  /overflow|out of range|does not fit|too large|underflow|Conversion Error|Casting value|numeric field|value .* is out|requested length too large|Cannot convert|ARGUMENT_OUT_OF_BOUND|too big|cannot take|Cannot create a string/i;

interface Ran {
  readonly engine: Engine;
  readonly sql: string;
  readonly rows: readonly (readonly unknown[])[] | null;
  readonly failure: string | null;
}

export async function outcome(engines: readonly Engine[], { text }: RandomProgram): Promise<Outcome> {
  const { query } = workspace.adHocQuery(text);
  if (query === null) throw new Error(`what checked does not check:\n${text}`);
  const rel = optimize(query.rel);
  const ran: Ran[] = [];
  for (const engine of engines) {
    const [refused] = refusals(query.rel, engine.name);
    if (refused !== undefined) return { kind: 'refused', why: `${engine.name}: ${refused.fn}: no ${refused.reason}` };
    const sql = renderQuery(rel, engine.dialect);
    try {
      ran.push({ engine, sql, rows: await engine.rows(sql), failure: null });
    } catch (failure) {
      ran.push({ engine, sql, rows: null, failure: failure instanceof Error ? failure.message : String(failure) });
    }
  }
  const failures = ran.filter(({ failure }) => failure !== null);
  const odd = failures.find(({ failure }) => !VALUE_FAILS.test(failure ?? ''));
  if (odd !== undefined)
    return { kind: 'different', why: `${odd.engine.name} fails: ${odd.failure}\n${text}\n${odd.sql}` };
  const [failed] = failures;
  if (failed !== undefined) return { kind: 'failed', why: `${failed.engine.name}: ${failed.failure}` };
  const [first, ...others] = ran;
  if (first === undefined) throw new Error('no engines');
  for (const other of others) {
    const difference = compared(first.rows ?? [], other.rows ?? [], rel);
    if (difference !== null)
      return {
        kind: 'different',
        why: `${difference}\n${text}\n-- ${first.engine.name}\n${first.sql}\n-- ${other.engine.name}\n${other.sql}`,
      };
  }
  return { kind: 'same', rows: first.rows?.length ?? 0 };
}

/** Rows in the order of their exact columns, whose inexact ones are then near each other. */
function compared(a: readonly (readonly unknown[])[], b: readonly (readonly unknown[])[], rel: Rel): string | null {
  const inexact = rel.columns.map((column) => column.inexact);
  const written = (rows: readonly (readonly unknown[])[]): (readonly (string | null)[])[] =>
    rows
      .map((row) => rel.columns.map((column, i) => canonical(row[i], column)))
      .map((row) => ({
        row,
        key: JSON.stringify([
          row.map((v, i) => (inexact[i] ? null : v)),
          row.map((v, i) => (inexact[i] ? near(v) : null)),
        ]),
      }))
      .sort((x, y) => (x.key < y.key ? -1 : x.key > y.key ? 1 : 0))
      .map(({ row }) => row);
  const [left, right] = [written(a), written(b)];
  if (left.length !== right.length) return `${left.length} rows against ${right.length}`;
  for (const [n, row] of left.entries()) {
    const other = right[n] ?? [];
    for (const [i, value] of row.entries())
      if (!(inexact[i] ? isNear(value, other[i] ?? null) : value === other[i]))
        return `row ${n}, ${rel.columns[i]?.name}: ${value} against ${other[i]}\n${JSON.stringify(row)}\n${JSON.stringify(other)}`;
  }
  return null;
}

/** Six digits of it, to sort by. */
const near = (value: string | null): string | null => (value === null ? null : Number(value).toPrecision(6));

function isNear(a: string | null, b: string | null): boolean {
  if (a === null || b === null || a === b) return a === b;
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(x), Math.abs(y));
}
