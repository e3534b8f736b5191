/**
 * Replays of a quarantine that are disturbed at random moments: the rows that fit now have come, or none of them has, and the
 * quarantine is without them to the same row. The files are gone by then, so that what is lost would stay lost.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planProgram, planSelection } from '../../compiler/plan/plan.ts';
import { runJob } from '../../runtime/run.ts';
import { programOf } from './flights.ts';
import { type Ask, askedMeanwhile, type DisturbedTarget, runApart } from './killed.ts';

const ROWS = 4000;
const STRICT = 500;
const MENDED = 800;
const NOW = '2024-03-01T12:00:00Z';

const text = (engine: string, limit: number): string => `
project shop { owner: 'data@shop.example', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }
type Held { id: int64 @key, amount: int64, expect amount < ${limit} }
source held : Held from file('held.csv') in dwh.core { invalid: quarantine }
table after_it in dwh.marts = from held |> aggregate count() as held, sum(amount) as amount
`;

const amountOf = (version: number, i: number): number => (version * 31 + i * 7) % 1000;

/** What is published and what is in quarantine, of a version and a contract. */
function expected(version: number, limit: number): string {
  const all = Array.from({ length: ROWS }, (_, i) => ({ id: version * 10_000 + i, amount: amountOf(version, i) }));
  const fit = all.filter(({ amount }) => amount < limit);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  // A key that is in already stays out, and so does a row that cannot be read.
  const aside = ROWS - fit.length + 2;
  return [fit.length, sum(fit.map(({ id }) => id)), sum(fit.map(({ amount }) => amount)), aside].join();
}

export async function disturbedReplays(target: DisturbedTarget, rounds: number): Promise<readonly string[]> {
  const { folder, env, asking, leftBehind } = target;
  const [strict, mended] = [STRICT, MENDED].map((limit) => {
    const program = programOf([{ path: 'project.pipe', text: text(target.engine, limit) }]);
    const job = (names: readonly string[] | null) => planSelection(program, 'local', names);
    return {
      target: planProgram(program, 'local', '0.0.0').target,
      source: job(['dwh.core.held']),
      after: job(['dwh.marts.after_it']),
      whole: job(null),
    };
  });
  if (strict === undefined || mended === undefined) throw new Error('there are two contracts');
  mkdirSync(folder, { recursive: true });
  const wrong: string[] = [];
  let about = '';
  const run = async (of: typeof strict, job: typeof strict.whole, more: { full?: boolean; replay?: boolean } = {}) => {
    const options = { folder, project: 'shop', target: of.target, job, now: new Date(NOW), ...more };
    const { errors } = await runJob({ ...options, ...(env === undefined ? {} : { env }) });
    wrong.push(...errors.map(({ task, error }) => `${about}: ${task}: ${error.message}`));
  };
  const look = (when: string, contracts: readonly number[], version: number) => async (ask: Ask) => {
    const [row = []] = await ask('SELECT count(*), sum(id), sum(amount) FROM core.held');
    const found = row.map(Number);
    const known = contracts.map((limit) => expected(version, limit));
    // Readers who ask for two names ask at two moments; once the run has ended, the two go together.
    const isMeanwhile = when === 'meanwhile';
    if (!isMeanwhile) {
      const [[aside] = []] = await ask('SELECT count(*) FROM _pipec.quarantine__core__held');
      found.push(Number(aside));
    }
    const fits = known.some((one) => one === found.join() || (isMeanwhile && one.startsWith(`${found.join()},`)));
    if (!fits) wrong.push(`${about}, ${when}: held is ${found.join()}, not ${known.join(' or ')}`);
  };
  let takes = 0;
  for (let round = 0; round <= rounds; round += 1) {
    // The first is left alone: it says how long one takes.
    const share = round === 0 ? null : (round - 1 + Math.random()) / rounds;
    about = `replay ${round}${share === null ? '' : `, disturbed at ${share.toFixed(3)} of its time`}`;
    const lines = Array.from({ length: ROWS }, (_, i) => `${round * 10_000 + i},${amountOf(round, i)}`);
    // Of a row that fits either contract, so that it is always the second that stays out.
    const first = lines.findIndex((_, i) => amountOf(round, i) < STRICT);
    const repeated = `${round * 10_000 + first},1`;
    writeFileSync(join(folder, 'held.csv'), `${['id,amount', ...lines, repeated, 'none,1'].join('\n')}\n`);
    await run(strict, strict.whole, { full: true });
    rmSync(join(folder, 'held.csv'));
    await asking(look('before it', [STRICT], round));
    const began = performance.now();
    const order = { target: mended.target, job: mended.source, now: NOW, replay: true };
    const disturbed = runApart(target, order, share === null ? null : share * takes);
    await askedMeanwhile(target, disturbed, look('meanwhile', [STRICT, MENDED], round));
    if (share === null) takes = performance.now() - began;
    await asking(look('after it', share === null ? [MENDED] : [STRICT, MENDED], round));
    await run(mended, mended.source, { replay: true });
    await run(mended, mended.after);
    await asking(async (ask) => {
      await look('in the end', [MENDED], round)(ask);
      const [row = []] = await ask('SELECT held, amount FROM marts.after_it');
      const [rows, , amount] = expected(round, MENDED).split(',');
      if (row.map(Number).join() !== `${rows},${amount}`) wrong.push(`${about}: after_it is ${row.map(Number).join()}`);
      wrong.push(...(await leftBehind(ask)).map((name) => `${about}: left behind: ${name}`));
    });
  }
  return wrong;
}
