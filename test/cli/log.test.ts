/** `--log-format json` and PIPEC_LOG_FORMAT of the commands that move, remove or judge again, as a platform reads them. */
import { expect, test } from 'vitest';
import { newFolder, pipec, write } from '../support/command.ts';

const shop = (least: number, most = 10): string => `
project shop { owner: 'a@b.example', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
type Order {
  id: int64 @key, amount: int64
  expect amount < ${most}
}
source orders : Order from file('orders.csv') in dwh.raw { invalid: quarantine }
table clean in dwh.core = from values [{ x: 1 }, { x: 2 }] |> where x > ${least}
`;

test('what is promoted, rolled back, dropped and replayed is told as a log, and what is wrong too', async () => {
  const folder = newFolder();
  write(folder, { 'shop.pipe': shop(0), 'orders.csv': 'id,amount\n1,2\n2,30\n' });
  /** The events of a command that does something, of which each is a line. */
  const told = async (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { code, out, err } = await pipec(words, { folder, env });
    expect([words, code, err]).toEqual([words, 0, '']);
    return out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  };
  const json = ['--log-format', 'json'];
  const [asLog, events] = [{ PIPEC_LOG_FORMAT: 'json' }, ['run.started', 'dataset.moved', 'run.finished']];
  await told(['apply', ...json]);
  write(folder, { 'shop.pipe': shop(1) });
  await told(['apply', '--env', 'dev'], asLog);
  const promoted = await told(['promote', 'dev', ...json]);
  expect(promoted.map(({ event }) => event)).toEqual(events);
  expect(promoted.at(-1)).toMatchObject({ level: 'info', project: 'shop', target: 'local', status: 'succeeded' });
  expect((await told(['rollback'], asLog)).map(({ event }) => event)).toEqual(events);
  // What lists is the same for everybody.
  const list = await pipec(['env', 'list'], { folder, env: asLog });
  expect([list.code, list.out]).toEqual([0, expect.stringContaining('  dev ')]);
  expect(await pipec(['env', 'list', ...json], { folder })).toMatchObject({
    code: 2,
    err: expect.stringContaining('`pipec env list` runs nothing'),
  });
  const dropped = await told(['env', 'drop', 'dev'], asLog);
  expect(dropped.flatMap(({ event, dataset }) => (event === 'dataset.removed' ? [dataset] : [])).sort()).toEqual([
    'dwh.core.clean',
    'dwh.raw.orders',
  ]);
  write(folder, { 'shop.pipe': shop(0, 100) });
  const replayed = await told(['quarantine', 'replay', 'orders'], asLog);
  expect(replayed.find(({ event }) => event === 'task.finished')).toMatchObject({ task: 'dwh.raw.orders', rows: 2 });

  const unknown = await pipec(['promote', 'dev'], { folder, env: asLog });
  expect([unknown.code, unknown.out]).toEqual([2, '']);
  expect(JSON.parse(unknown.err)).toMatchObject({ level: 'error', error: { code: 'command-line' } });
}, 60_000);
