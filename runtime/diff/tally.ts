/** Rows of two sides that may be the same rows, compared: what differs is counted, and a few of it are kept. Pure. */
import type { ComparedColumn, Shape } from './questions.ts';
import { canonicalOf, isClose } from './values.ts';

export type Values = readonly unknown[];

/** Rows of which a sample is kept: in neither order nor number of any meaning. */
export interface Differing {
  /** Null where this side has no such row. */
  readonly from: Values | null;
  readonly to: Values | null;
  /** Columns whose values differ, by index. */
  readonly columns: readonly number[];
}

/** More different rows than these that nothing tells apart are not compared. */
const MOST_ALIKE = 500_000;

/** Nothing tells so many rows apart that they cannot be compared. */
export class TooManyAlike extends Error {}

interface Distinct {
  readonly row: Values;
  readonly compared: readonly (string | number | null)[];
  /** How often it is on the one side more than on the other. */
  times: number;
}

export class Tally {
  changed = 0;
  onlyFrom = 0;
  onlyTo = 0;
  /** Keys that one side has more than once. */
  repeated = 0;
  /** By column: rows in which it differs. */
  readonly changes: number[];
  readonly samples = { changed: [] as Differing[], from: [] as Differing[], to: [] as Differing[] };
  readonly #columns: readonly ComparedColumn[];
  readonly #canonical: readonly ((value: unknown) => string | number | null)[];
  readonly #hasKey: boolean;
  readonly #most: number;

  /** @param most rows of each kind that are kept */
  constructor({ columns }: Shape, hasKey: boolean, most: number) {
    this.#columns = columns;
    this.#canonical = columns.map(({ type }) => canonicalOf(type));
    this.changes = columns.map(() => 0);
    this.#hasKey = hasKey;
    this.#most = most;
  }

  /** All rows of one key, of both sides. @throws TooManyAlike */
  add(from: readonly Values[], to: readonly Values[]): void {
    if (this.#hasKey && (from.length > 1 || to.length > 1)) this.repeated += 1;
    const [one, other] = [from[0], to[0]];
    if (from.length === 1 && to.length === 1 && one !== undefined && other !== undefined) this.#pair(one, other);
    else if (to.length === 0) for (const row of from) this.#lonely(row, 'from');
    else if (from.length === 0) for (const row of to) this.#lonely(row, 'to');
    else this.#several(from, to);
  }

  #compared(row: Values): readonly (string | number | null)[] {
    return this.#canonical.map((canonical, index) => canonical(row[index]));
  }

  #isSame(a: string | number | null, b: string | number | null, index: number): boolean {
    return a === b || (this.#columns[index]?.inexact === true && isClose(a, b));
  }

  #pair(from: Values, to: Values): void {
    const columns: number[] = [];
    for (const [index, canonical] of this.#canonical.entries())
      if (!this.#isSame(canonical(from[index]), canonical(to[index]), index)) columns.push(index);
    if (columns.length === 0) return;
    if (!this.#hasKey) {
      this.#lonely(from, 'from');
      this.#lonely(to, 'to');
      return;
    }
    this.changed += 1;
    for (const index of columns) this.changes[index] = (this.changes[index] ?? 0) + 1;
    if (this.samples.changed.length < this.#most) this.samples.changed.push({ from, to, columns });
  }

  #lonely(row: Values, side: 'from' | 'to'): void {
    if (side === 'from') this.onlyFrom += 1;
    else this.onlyTo += 1;
    const kept = this.samples[side];
    if (kept.length >= this.#most) return;
    kept.push(side === 'from' ? { from: row, to: null, columns: [] } : { from: null, to: row, columns: [] });
  }

  /** Equal rows stand for each other, each as often as it is there; of a key, what is left is changed in its order. */
  #several(from: readonly Values[], to: readonly Values[]): void {
    const [left, right] = this.#unequal(from, to);
    if (!this.#hasKey) {
      for (const row of left) this.#lonely(row, 'from');
      for (const row of right) this.#lonely(row, 'to');
      return;
    }
    for (const [index, row] of left.entries()) {
      const other = right[index];
      if (other === undefined) this.#lonely(row, 'from');
      else this.#pair(row, other);
    }
    for (const row of right.slice(left.length)) this.#lonely(row, 'to');
  }

  #unequal(from: readonly Values[], to: readonly Values[]): readonly [Values[], Values[]] {
    const distinct = new Map<string, Distinct>();
    const count = (rows: readonly Values[], by: 1 | -1): void => {
      for (const row of rows) {
        const compared = this.#compared(row);
        const text = JSON.stringify(compared);
        const known = distinct.get(text);
        if (known !== undefined) known.times += by;
        else distinct.set(text, { row, compared, times: by });
        if (distinct.size > MOST_ALIKE) throw new TooManyAlike();
      }
    };
    count(from, 1);
    count(to, -1);
    // In an order that does not depend on that in which they came.
    const all = [...distinct.values()].sort((one, other) => inOrder(one.compared, other.compared));
    const left = all.flatMap((one) => times(one, one.times));
    const right = all.flatMap((one) => times(one, -one.times));
    return this.#columns.some(({ inexact }) => inexact) ? this.#apart(left, right) : [rowsOf(left), rowsOf(right)];
  }

  /** Of rows in order: without those that are equal but for last places, as they stand beside each other. */
  #apart(a: readonly Distinct[], b: readonly Distinct[]): readonly [Values[], Values[]] {
    const [from, to]: [Values[], Values[]] = [[], []];
    let [i, j] = [0, 0];
    for (let [one, other] = [a[i], b[j]]; one !== undefined || other !== undefined; [one, other] = [a[i], b[j]]) {
      const isEqual =
        one !== undefined &&
        other !== undefined &&
        one.compared.every((value, index) => this.#isSame(value, other.compared[index] ?? null, index));
      const isFirst = other === undefined || (one !== undefined && inOrder(one.compared, other.compared) < 0);
      if (isEqual) [i, j] = [i + 1, j + 1];
      else if (isFirst && one !== undefined) {
        from.push(one.row);
        i += 1;
      } else if (other !== undefined) {
        to.push(other.row);
        j += 1;
      }
    }
    return [from, to];
  }
}

const times = (one: Distinct, count: number): Distinct[] => Array.from({ length: Math.max(0, count) }, () => one);

const rowsOf = (some: readonly Distinct[]): Values[] => some.map(({ row }) => row);

function inOrder(a: readonly (string | number | null)[], b: readonly (string | number | null)[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index] ?? null;
    if (one === other) continue;
    if (typeof one === 'number' && typeof other === 'number') return one - other;
    return String(one) < String(other) ? -1 : 1;
  }
  return 0;
}
