/** `pipec mcp` by the protocol's own client: what an agent is told, and that it is told when something fails. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { answerOf } from '../../compiler/cli/mcp.ts';
import { bin, newFolder, pipec, plainEnvironment, write } from '../support/command.ts';

const PROGRAM = `
project shop { owner: 'a@b.example', target: local }
target local { engine: duckdb(path: 'shop.duckdb') }
target other { engine: duckdb(path: 'other.duckdb') }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
type Order { id: int64 @key, amount: int64 }
source orders : Order from file('orders.csv') in dwh.raw
table totals in dwh.marts = from orders |> aggregate sum(amount) as total
`;

interface Told {
  readonly failed: boolean;
  readonly answer: {
    readonly results?: readonly Record<string, unknown>[];
    readonly error?: string;
    readonly details?: unknown;
  };
}

async function agent(folder: string): Promise<(name: string, given?: Record<string, unknown>) => Promise<Told>> {
  const client = new Client({ name: 'test', version: '0' });
  const env = plainEnvironment({ XDG_CACHE_HOME: folder });
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [bin, 'mcp'], cwd: folder, env, stderr: 'ignore' }),
  );
  onTestFinished(() => client.close());
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toEqual(['check', 'explain', 'lineage', 'sql', 'status', 'plan', 'diff']);
  expect(tools.every((tool) => tool.annotations?.readOnlyHint === true)).toBe(true);
  return async (name, given = {}) => {
    const { content, isError } = await client.callTool({ name, arguments: given });
    const [{ text } = { text: '' }] = content as readonly { readonly text: string }[];
    return { failed: isError === true, answer: JSON.parse(text) };
  };
}

describe('an agent', { timeout: 120_000 }, () => {
  it('asks about a program', async () => {
    const folder = newFolder();
    write(folder, { 'shop.pipe': PROGRAM, 'orders.csv': 'id,amount\n1,2\n' });
    const ask = await agent(folder);
    expect(await ask('check')).toEqual({ failed: false, answer: { results: [] } });
    expect((await ask('lineage', { name: 'totals.total' })).answer.results).toEqual([
      {
        dataset: 'dwh.marts.totals',
        column: 'total',
        from: [{ dataset: 'dwh.raw.orders', column: 'amount', kind: 'direct' }],
      },
    ]);
    expect(JSON.stringify((await ask('sql', { dataset: 'totals' })).answer.results)).toMatch(/SELECT/);
    expect((await ask('status')).answer.results?.map((line) => line['dataset'])).toEqual([
      'dwh.raw.orders',
      'dwh.marts.totals',
    ]);
    expect((await ask('explain', { code: 'unknown-column' })).failed).toBe(false);
    expect((await ask('plan', { target: 'other' })).answer.results).toMatchObject([
      { target: 'other', changes: [{ dataset: 'dwh.raw.orders', change: 'added' }, { dataset: 'dwh.marts.totals' }] },
    ]);
    for (const target of ['local', 'other']) expect((await pipec(['run', '-t', target], { folder })).code).toBe(0);
    const statuses = async () =>
      (await ask('diff', { from: 'local', to: 'other', dataset: 'orders' })).answer.results?.map(
        (line) => line['status'],
      );
    expect(await statuses()).toEqual(['equal']);
    write(folder, { 'orders.csv': 'id,amount\n1,3\n' });
    expect((await pipec(['run', '-t', 'other'], { folder })).code).toBe(0);
    expect(await statuses()).toEqual(['different']);
    expect((await pipec(['apply', '--env', 'dev'], { folder })).code).toBe(0);
    expect((await ask('diff', { from: 'local', to: 'local/dev' })).answer.results).toMatchObject([
      { dataset: 'dwh.raw.orders', status: 'equal' },
      { dataset: 'dwh.marts.totals', status: 'equal' },
    ]);
    // In the environment, whose views are beside those of production.
    expect((await ask('sql', { dataset: 'totals', env: 'dev' })).answer).toEqual({
      results: [expect.objectContaining({ sql: expect.stringContaining('dev__raw') })],
    });
    const built = async (env?: string) =>
      (await ask('status', { dataset: 'totals', ...(env === undefined ? {} : { env }) })).answer.results?.map(
        (line) => line['built'],
      );
    expect(await built('dev')).toMatchObject([{ rows: 1 }]);
    expect(await built('nobodys')).toEqual([null]);
    write(folder, { 'shop.pipe': PROGRAM.replace('sum(amount)', 'max(amount)') });
    expect((await ask('plan', { env: 'dev' })).answer.results).toMatchObject([
      { target: 'local/dev', changes: [{ dataset: 'dwh.marts.totals', change: 'changed' }] },
    ]);
  });

  it('is told of mistakes as an answer, and of failures as failures', async () => {
    const folder = newFolder();
    write(folder, { 'shop.pipe': PROGRAM.replace('sum(amount)', 'sum(amont)') });
    const ask = await agent(folder);
    const checked = await ask('check');
    expect([checked.failed, checked.answer.results?.map((one) => one['code'])]).toEqual([false, ['unknown-column']]);
    for (const [name, given] of [
      ['sql', { dataset: 'totals' }],
      ['sql', { dataset: '--help' }],
      ['lineage', { name: 'nothing' }],
      ['status', { target: 'nowhere' }],
      ['plan', {}],
      ['plan', { env: '--help' }],
      ['status', { env: 'Dev' }],
      ['diff', { from: 'local', to: '--help' }],
      ['explain', { code: 'no-such-code' }],
    ] as const) {
      const told = await ask(name, given);
      expect([name, told.failed]).toEqual([name, true]);
      expect(JSON.stringify(told.answer.details ?? told.answer.results).length).toBeGreaterThan(10);
    }
    expect((await (await agent(newFolder()))('check')).failed).toBe(true);
  });
});

test('an empty answer is never that of a failed command', () => {
  const of = (code: number | null, out = '', err = '') => answerOf({ code, out, err }, [0, 1]);
  expect(of(0)).not.toHaveProperty('isError');
  expect(of(1, '{"code":"x"}\n')).not.toHaveProperty('isError');
  for (const failed of [of(1), of(null), of(70), of(3, '{"half":1}'), of(1, '\n \n')]) {
    expect(failed.isError).toBe(true);
    expect(JSON.parse(failed.content[0]?.text ?? '').error).not.toBe('');
  }
  expect(of(3, '{"half":1}', 'no JSON').content[0]?.text).toContain('no JSON');
});

test('a long answer says that it was cut, after a whole line', () => {
  const { results } = JSON.parse(
    answerOf({ code: 0, out: '{"a":"bcd"}\n'.repeat(100_000), err: '' }).content[0]?.text ?? '',
  );
  expect(results.at(-1)).toHaveProperty('cut');
  expect(new Set(results.slice(0, -1).map((one: unknown) => JSON.stringify(one)))).toEqual(new Set(['{"a":"bcd"}']));
});
