/**
 * Random sequences of what people do to a target: they edit the program, rows come, and it is applied, run, promoted, rolled
 * back, in production and in an environment. Two targets go the same way. In one of them each command is killed at some
 * moment and given again: it must then be as the other, readers must have seen whole versions only, and nothing may lie about.
 * The other is held against what the words mean: an environment leaves production alone, a promotion shows what it had, a
 * rollback what was there before, and in the end all is as if it had been built at once.
 */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Published, readPublished } from '../../runtime/engines/published.ts';
import { commitState } from '../../runtime/engines/registry.ts';
import type { EnginePlan } from '../../runtime/plan.ts';
import { bin, plainEnvironment } from './command.ts';
import type { Disturbance } from './disturbances.ts';
import type { Ask, DisturbedTarget } from './killed.ts';
import { random } from './random.ts';

/** What of the program is one way or another. */
interface Parts {
  readonly clean: number;
  readonly large: number;
  readonly latest: boolean;
  readonly extra: boolean;
  readonly history: 1 | 2;
}

const text = (engine: string, { clean, large, latest, extra, history }: Parts): string =>
  `
project shop { owner: 'a@b.example', target: here }
target here { engine: ${engine} }
store dwh : warehouse { owner: 'a@b.example', retention: 7y }
type Order { id: int64 @key, customer: int64, amount: int64, at: timestamp, gone: bool }
source orders : Order from file('orders*.csv') in dwh.core { invalid: quarantine }
table large in dwh.core { refresh: append } = from orders |> where amount > ${large} |> select id, amount
table latest in dwh.core { key: [customer], refresh: upsert(order: [at, id], deletes: hard, deleted: gone) } =
  from orders |> select customer, id, at, gone${latest ? ', amount' : ''}
dimension member in dwh.core { key: customer, order: [at, id], history: { amount: ${history}, default: 1 } } =
  from orders |> select customer, at, id, amount
table clean in dwh.core = from orders |> where amount > ${clean} |> select id, customer, amount, at
table daily in dwh.marts { refresh: batch(by: day, lookback: 3650d, start: date '2024-03-01') } =
  from clean |> aggregate sum(amount) as amount, count() as n group by date(at) as day
view total in dwh.marts = from daily |> aggregate sum(amount) as amount
${extra ? 'table extra in dwh.marts = from large |> aggregate count() as n' : ''}
`.replace('view total in dwh.marts =', 'table total in dwh.marts { refresh: view } =');

/** One place by the name of its view: what readers see, and what the target says of it. */
type State = ReadonlyMap<string, { readonly rows: string; readonly said: string; readonly environment: string | null }>;

interface Step {
  readonly command: readonly string[];
  readonly parts: Parts;
  /** Files of orders that are there. */
  readonly files: number;
}

const COMMANDS: readonly (readonly [weight: number, command: readonly string[]])[] = [
  [5, ['apply', '--allow-destructive']],
  [4, ['apply', '--env', 'dev']],
  [3, ['run']],
  [2, ['run', '--env', 'dev']],
  [3, ['promote', 'dev', '--allow-destructive']],
  [3, ['rollback']],
  [1, ['env', 'drop', 'dev']],
];

/** The steps of a sequence: it begins with an apply, and ends with another and a run. */
function stepsOf(next: () => number, count: number): readonly Step[] {
  const upTo = (n: number): number => Math.floor(next() * n);
  let parts: Parts = { clean: 0, large: 500, latest: false, extra: false, history: 2 };
  let files = 1;
  const whole = { command: ['apply', '--allow-destructive'], parts, files };
  const steps: Step[] = [whole];
  const weighted = COMMANDS.flatMap(([weight, command]) => Array<readonly string[]>(weight).fill(command));
  while (steps.length < count) {
    if (next() < 0.6)
      parts = [
        { ...parts, clean: upTo(3) * 100 },
        { ...parts, large: 300 + upTo(3) * 100 },
        { ...parts, latest: !parts.latest },
        { ...parts, extra: !parts.extra },
        { ...parts, history: parts.history === 1 ? (2 as const) : (1 as const) },
      ][upTo(5)] as Parts;
    if (next() < 0.4) files += 1;
    steps.push({ command: weighted[upTo(weighted.length)] ?? whole.command, parts, files });
  }
  return [...steps, { ...whole, parts, files }, { command: ['run'], parts, files }];
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly ms: number;
}

/** When a command is killed. */
type Kill = { readonly ms: number } | { readonly tasks: number };

const doneIn = (out: string): number => out.match(/^ {2}✔ /gm)?.length ?? 0;

class Target {
  readonly #target: DisturbedTarget;
  readonly #kind: EnginePlan['kind'];

  constructor(target: DisturbedTarget, kind: EnginePlan['kind']) {
    this.#target = target;
    this.#kind = kind;
  }

  get folder(): string {
    return this.#target.folder;
  }

  prepare({ parts, files }: Step): void {
    writeFileSync(join(this.folder, 'shop.pipe'), text(this.#target.engine, parts));
    writeFileSync(join(this.folder, `orders${files}.csv`), ordersOf(files));
  }

  /** @param kill after so many ms, or so many tasks that are done; null: it is left alone */
  async command(words: readonly string[], kill: Kill | null): Promise<Ended> {
    const began = performance.now();
    const child = spawn(process.execPath, [bin, ...words], {
      cwd: this.folder,
      env: plainEnvironment({ ...this.#target.env, XDG_CACHE_HOME: this.folder }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part) => {
        out += part;
        if (kill !== null && 'tasks' in kill && doneIn(out) >= kill.tasks) child.kill('SIGKILL');
      });
    const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    if (kill !== null && 'ms' in kill) {
      await Promise.race([sleep(kill.ms), ended]);
      child.kill('SIGKILL');
    }
    return { code: await ended, out, ms: performance.now() - began };
  }

  async state(): Promise<State> {
    const plan = await commitState({ kind: this.#kind } as EnginePlan);
    return await this.#target
      .asking(async (ask) => {
        const found = new Map<string, State extends ReadonlyMap<string, infer One> ? One : never>();
        for (const [schema, view, comment, definition] of await ask(plan)) {
          const published = readPublished(String(comment), definition == null ? null : String(definition));
          if (published === null || published.gone !== null) continue;
          const { environment } = published;
          found.set(`${schema}.${view}`, {
            rows: await rowsIn(ask, `${schema}.${view}`),
            said: saidOf(published),
            environment,
          });
        }
        return found;
      })
      .catch((failure: unknown) => {
        // Before the first command has made it.
        if (failure instanceof Error && 'code' in failure && failure.code === 'database-missing') return new Map();
        throw failure;
      });
  }

  async leftBehind(): Promise<readonly string[]> {
    return await this.#target.asking((ask) => this.#target.leftBehind(ask));
  }
}

async function rowsIn(ask: Ask, view: string): Promise<string> {
  const rows = await ask(`SELECT * FROM ${view}`);
  return rows
    .map((row) => row.map(String).join(' '))
    .sort()
    .join('\n');
}

function saidOf({ dataset, fingerprint, code, environment, held, kept }: Published): string {
  return JSON.stringify([dataset, fingerprint, code, environment, held !== null, kept.map((one) => one.fingerprint)]);
}

/** Of a file: forty orders of a day and some late ones, of which some say that a customer is gone; one is no order. */
function ordersOf(file: number): string {
  const rows = Array.from({ length: 40 }, (_, i) => {
    const day = i % 7 === 0 ? Math.max(1, file - 1) : file;
    const at = `2024-03-${String(day).padStart(2, '0')}T${String(i % 24).padStart(2, '0')}:00:00Z`;
    return `${file * 100 + i},${(i * 7 + file) % 13},${(file * 137 + i * 61) % 997},${at},${(i + file) % 11 === 0}`;
  });
  return `id,customer,amount,at,gone\n${rows.join('\n')}\nnone,1,1,2024-03-01T00:00:00Z,false\n`;
}

const ofProduction = (state: State, what: 'rows' | 'said' = 'rows'): ReadonlyMap<string, string> =>
  new Map([...state].flatMap(([place, one]) => (one.environment === null ? [[place, one[what]] as const] : [])));

const asText = (map: ReadonlyMap<string, string>): string => JSON.stringify([...map].sort());

/** Where two states differ, in words. */
function differences(one: State, other: State): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])].sort().flatMap((place) => {
    const [a, b] = [one.get(place), other.get(place)];
    if (a === undefined || b === undefined)
      return [`${place} is ${a === undefined ? 'not there' : 'there'}, and not so`];
    return [
      ...(a.rows === b.rows
        ? []
        : [`${place} has other rows: ${a.rows.split('\n').length} and ${b.rows.split('\n').length}`]),
      ...(a.said === b.said ? [] : [`${place} says ${a.said}, and not ${b.said}`]),
    ];
  });
}

/**
 * One sequence.
 * @returns what is wrong, in words
 */
export async function sequence(
  made: Disturbance,
  kind: EnginePlan['kind'],
  seed: number,
  count = 7,
): Promise<readonly string[]> {
  const next = random(seed);
  const [calm, killed] = [new Target(await made(), kind), new Target(await made(), kind)];
  const steps = stepsOf(next, count);
  const wrong: string[] = [];
  const story: string[] = [];
  let before = await calm.state();
  /** Production before what a rollback would undo; null where that is not known. */
  let undo: string | null = null;
  for (const step of steps) {
    const { command, parts, files } = step;
    const told = (what: string): void => void wrong.push(`${what}\n    after ${story.join(', ')}`);
    for (const target of [calm, killed]) target.prepare(step);
    const ended = await calm.command(command, null);
    const after = await calm.state();
    story.push(`${command.join(' ')} (${JSON.stringify(Object.values(parts))}, ${files} files): ${ended.code}`);
    const isExpected = ended.code === 0 || ended.code === 2 || ended.code === 4 || /rolled-back/.test(ended.out);
    if (!isExpected) told(`it ended with ${ended.code}: ${ended.out}`);

    // What the words mean.
    const [was, is] = [asText(ofProduction(before)), asText(ofProduction(after))];
    const isBeside = command.includes('--env') || command[0] === 'env';
    if (isBeside && was !== is) told('production is another');
    if (command[0] === 'env' && [...after.values()].some(({ environment }) => environment !== null))
      told('it is still there');
    if (command[0] === 'promote' && ended.code === 0)
      // What production has the code of already stays, whichever rows the environment has.
      for (const [place, { rows, said }] of after) {
        const own = after.get(`dev__${place}`);
        if (own !== undefined && own.rows !== rows && said !== before.get(place)?.said)
          told(`${place} is not what was promoted`);
      }
    if (command[0] === 'rollback' && ended.code === 0 && undo !== null && is !== undo)
      told('it is not as it was before');
    if (ended.code === 0 && (await calm.leftBehind()).length > 0) told(`left behind: ${await calm.leftBehind()}`);
    if (!isBeside)
      undo = (command[0] === 'apply' || command[0] === 'promote') && was !== is && ended.code === 0 ? was : null;

    // Killed at some moment, and given again.
    const [tasks, share] = [doneIn(ended.out), 0.2 + next() * 0.8];
    // Most of its time goes by before it does anything.
    const kill = tasks > 0 && next() < 0.7 ? { tasks: 1 + Math.floor(next() * tasks) } : { ms: share * ended.ms };
    const { code } = await killed.command(command, kill);
    const seen = await killed.state();
    for (const [place, { rows }] of seen)
      if (rows !== before.get(place)?.rows && rows !== after.get(place)?.rows)
        told(`killed after ${JSON.stringify(kill)}, ${place} has rows of neither version`);
    if (code === null) {
      const again = await killed.command(command, null);
      for (const what of differences(await killed.state(), after))
        told(`killed after ${JSON.stringify(kill)} and given again (${again.code}): ${what}\n${again.out}`);
    }
    if (wrong.length > 0) break;
    before = after;
  }
  if (wrong.length === 0) {
    const left = await killed.leftBehind();
    if (left.length > 0) wrong.push(`left behind in the end: ${left}`);
    wrong.push(...(await unlikeFresh(made, kind, steps, ofProduction(before))));
  }
  for (const { folder } of [calm, killed]) if (wrong.length === 0) rmSync(folder, { recursive: true, force: true });
  return wrong.map((what) => `seed ${seed}: ${what} (${calm.folder}, ${killed.folder})`);
}

/** The same program over the same files, built at once. */
async function unlikeFresh(
  made: Disturbance,
  kind: EnginePlan['kind'],
  steps: readonly Step[],
  production: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const fresh = new Target(await made(), kind);
  for (const step of steps) fresh.prepare(step);
  const { code, out } = await fresh.command(['run'], null);
  const built = ofProduction(await fresh.state());
  rmSync(fresh.folder, { recursive: true, force: true });
  if (code !== 0) return [`built at once it ended with ${code}: ${out}`];
  return [...built].flatMap(([place, rows]) =>
    production.get(place) === rows ? [] : [`in the end ${place} is not as built at once`],
  );
}
