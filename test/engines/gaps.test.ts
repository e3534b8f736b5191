/**
 * Intervals that fail: those beside them are there, and what is missing is known and filled by the next run, from the first load
 * on. After any story of bad days that come, are mended and restated, other code and full builds, a table holds what a plain
 * model says, on every engine.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planProgram, planSelection } from '../../compiler/plan/plan.ts';
import { runJob } from '../../runtime/run.ts';
import { type TimeRange, targetStatus } from '../../runtime/status.ts';
import { programOf } from '../support/flights.ts';
import { asking, folderWithEngines } from './targets.ts';

const text = (engine: string, more: string): string => `project shop { owner: 'data@shop.example', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }
type Item { at: timestamp @key, amount: int64 }
source items : Item from file('items.csv') in dwh.core
table daily in dwh.marts {
  refresh: batch(by: day, start: date '2024-03-01')
  checks { expect amount >= 0 }
} = from items |> aggregate sum(amount)${more} as amount group by date(at) as day
table halves in dwh.marts { refresh: batch(by: at, every: 12h) } =
  from items |> assert amount >= 0, 'below zero' |> select at, amount${more} as amount
table total in dwh.marts = from daily |> aggregate sum(amount) as amount
`;

const HALF = 12 * 3_600_000;
const START = Date.parse('2024-03-01');
const HALVES = 28;

/** What a half day's row holds; a bad one is below zero, whatever is added to it. */
interface Half {
  readonly amount: number;
  readonly bad: boolean;
}

/** A table, plainly: of each interval that is there, the amount that it was computed with. */
class Model {
  readonly name: string;
  readonly #length: number;
  /** A table without a beginning has, before its rows, an interval that never fails. */
  readonly #first: number;
  #held: Map<number, number> | null = null;
  #code = '';

  constructor(name: string, length: number, first: number) {
    this.name = name;
    this.#length = length;
    this.#first = first;
  }

  /** @returns whether all that is due is there */
  run(halves: readonly Half[], due: number, code: string, full: boolean): boolean {
    const slots = this.#slots(due);
    const good = slots.filter((slot) => this.#of(halves, slot).every(({ bad }) => !bad));
    const fresh = (some: readonly number[]): [number, number][] =>
      some.map((slot) => [slot, this.#of(halves, slot).reduce((sum, { amount }) => sum + amount, 0)]);
    const held = this.#held;
    if (held === null) this.#held = good.length === 0 ? null : new Map(fresh(good));
    else if (full || code !== this.#code) {
      // Readers lose no interval that they had.
      if (![...held.keys()].every((slot) => good.includes(slot))) return false;
      this.#held = new Map(fresh(good));
    } else this.#held = new Map([...held, ...fresh(good.filter((slot) => !held.has(slot)))]);
    this.#code = code;
    return this.missing(due).length === 0;
  }

  missing(due: number): readonly number[] {
    return this.#slots(due).filter((slot) => this.#held?.has(slot) !== true);
  }

  get amounts(): readonly string[] {
    return [...(this.#held ?? [])]
      .filter(([slot]) => slot >= 0)
      .map(([slot, amount]) => `${slot} ${amount}`)
      .sort();
  }

  #slots(due: number): readonly number[] {
    const last = Math.floor(due / this.#length);
    return Array.from({ length: last - this.#first }, (_, i) => this.#first + i);
  }

  #of(halves: readonly Half[], slot: number): readonly Half[] {
    return slot < 0 ? [] : halves.slice(slot * this.#length, (slot + 1) * this.#length);
  }
}

/** A generator of numbers in [0, below), the same for a seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const ENGINES = [
  ['duckdb', "duckdb(path: '.pipec/shop.duckdb')", [1, 2, 3, 4, 5, 6]],
  ['postgres', 'postgres(embedded: true)', [7, 8]],
  ['clickhouse', 'clickhouse(embedded: true)', [9, 10]],
] as const;

describe.each(ENGINES)('%s', (_kind, engine, stories) => {
  const programs = ['', ' + 0'].map((more) => programOf([{ path: 'project.pipe', text: text(engine, more) }]));

  test.each(stories)(
    'what fails is missing, and nothing else (story %i)',
    async (seed) => {
      const random = numbers(seed);
      const folder = folderWithEngines();
      const halves: Half[] = Array.from({ length: HALVES }, () => ({ amount: random(100), bad: random(5) === 0 }));
      // Bad days lie side by side as well, at the very beginning too.
      const run = random(HALVES - 6);
      for (let i = run; i < run + random(6); i += 1) halves[i] = { amount: 1, bad: true };
      const models = [new Model('daily', 2, 0), new Model('halves', 1, -1)];
      let due = 8 + random(6);
      let code = 0;
      for (let step = 0; step < 9; step += 1) {
        const full = step > 0 && random(4) === 0;
        const lines = halves.map(
          ({ amount, bad }, i) => `${new Date(START + i * HALF).toISOString()},${bad ? -1_000_000 : amount}`,
        );
        writeFileSync(join(folder, 'items.csv'), `at,amount\n${lines.join('\n')}\n`);

        const program = programs[code];
        if (program === undefined) throw new Error('there are two programs');
        const { target } = planProgram(program, 'local', '0.0.0');
        const job = { ...planSelection(program, 'local', null), retries: 0 };
        const now = new Date(START + due * HALF + 1);
        const told: string[] = [];
        const { errors } = await runJob({
          folder,
          project: 'shop',
          target,
          job,
          name: null,
          now,
          full,
          listeners: [
            (event) => {
              if (event.event === 'run.warned') told.push(event.message);
              if (event.event === 'task.skipped' && event.reason === 'upstream-failed') told.push(event.task);
            },
          ],
        });
        const whole = models.map((model) => model.run(halves, due, String(code), full));
        const about = `step ${step}, ${due} halves due${full ? ', full' : ''}`;
        const failed = errors.map(({ task, error }) => `${task} ${error.code}`);
        expect([about, ...failed]).toEqual([
          about,
          ...(whole[0] ? [] : ['dwh.marts.daily checks-failed']),
          ...(whole[1] ? [] : ['dwh.marts.halves assertion-failed']),
        ]);
        // What reads a table with gaps is not built on it.
        expect(told.includes('dwh.marts.total')).toBe(!whole[0]);

        const statuses = await targetStatus({ folder, target, tasks: job.tasks, state: null, now });
        for (const model of models) {
          const { name } = model;
          const intervals = statuses.find(({ dataset }) => dataset === `dwh.marts.${name}`)?.intervals;
          const length = name === 'daily' ? 2 : 1;
          const missing = [...(intervals?.gaps ?? []), ...(intervals?.due ?? [])].flatMap((range) =>
            slotsOf(range, length),
          );
          expect([about, name, missing]).toEqual([about, name, model.missing(due)]);
        }
        const isBuilt = (name: string): boolean =>
          statuses.find(({ dataset }) => dataset === `dwh.marts.${name}`)?.built != null;
        const rows = await asking(folder, target, async (ask) => ({
          daily: isBuilt('daily') ? await ask('SELECT "day", "amount" FROM "marts"."daily"') : [],
          halves: isBuilt('halves') ? await ask('SELECT "at", "amount" FROM "marts"."halves"') : [],
        }));
        const found = (of: readonly (readonly unknown[])[], length: number): string[] =>
          of.map(([at, amount]) => `${(instantOf(at) - START) / HALF / length} ${Number(amount)}`).sort();
        expect([about, found(rows.daily, 2)]).toEqual([about, models[0]?.amounts]);
        expect([about, found(rows.halves, 1)]).toEqual([about, models[1]?.amounts]);

        // The world goes on: days are mended, restated and spoilt, the clock and the code change.
        for (const [i, half] of halves.entries()) {
          if (half.bad && random(3) === 0) halves[i] = { amount: random(100), bad: false };
          else if (random(12) === 0) halves[i] = { amount: random(100), bad: random(4) === 0 };
        }
        due = Math.min(HALVES, due + random(4));
        if (random(4) === 0) code = 1 - code;
      }
    },
    180_000,
  );
});

const instantOf = (text: unknown): number => {
  const iso = String(text instanceof Date ? text.toISOString() : text).replace(' ', 'T');
  return Date.parse(iso.length === 10 || iso.endsWith('Z') ? iso : `${iso}Z`);
};

/** The intervals of a range as numbers; -1 is all before the first row. */
function slotsOf({ from, to }: TimeRange, length: number): number[] {
  const slot = (moment: string): number => (instantOf(moment) - START) / HALF / length;
  const first = from === null ? -1 : slot(from);
  return Array.from({ length: slot(to) - first }, (_, i) => first + i);
}
