/** The server in an editor that is not ours: Neovim, from open over edit, fix, layout and completion to rename. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_OPTIONS } from '../../extension/server/options.ts';
import { features } from '../../extension/server/registry.ts';
import { missing } from '../support/server-needed.ts';

const root = join(import.meta.dirname, '..', '..');
const hasNeovim = spawnSync('nvim', ['--version']).status === 0;

const PROJECT = `project shop { owner: 'shop@acme.example', target: local }

target local { engine: duckdb(path: '.pipec/shop.duckdb') }

store dwh : warehouse { owner: 'o@acme.example', retention: 1y, layers: { core: core, marts: mart } }
`;
const ORDERS = `type Order {
  id:     int64 @key
  amount: int64
}

source orders : Order from file('orders.csv')
`;
const BIG = `table big in dwh.core =
  from orders
  |> where amount > 10

job nightly { builds: [big] }
`;

test.skipIf(!hasNeovim && missing('Neovim'))('Neovim works with the server', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-neovim-')));
  try {
    writeFileSync(join(folder, 'project.pipe'), PROJECT);
    writeFileSync(join(folder, 'orders.pipe'), ORDERS);
    writeFileSync(join(folder, 'big.pipe'), BIG);
    const script = join(root, 'test', 'server', 'neovim.lua');
    const { stdout, stderr, status } = spawnSync(
      'nvim',
      ['--headless', '--clean', '-n', '-i', 'NONE', '-c', `luafile ${script}`],
      {
        encoding: 'utf8',
        timeout: 60_000,
        env: {
          ...process.env,
          HOME: folder,
          XDG_CACHE_HOME: join(folder, '.cache'),
          XDG_STATE_HOME: join(folder, '.state'),
          PIPEC_FOLDER: folder,
          PIPEC_NODE: process.execPath,
          PIPEC: join(root, 'bin', 'pipec.mjs'),
        },
      },
    );
    const told = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): { what: string; value: unknown } => JSON.parse(line));
    const of = (what: string) => told.filter((each) => each.what === what).map(({ value }) => value);
    expect([of('failed'), status, stderr.includes('Error')]).toEqual([[], 0, false]);
    expect(of('wrong')).toContain('unknown-column 3:12');
    expect(of('wrong').at(-1)).toBe('');
    expect(of('action')).toEqual(['Replace `amuont` by `amount`']);
    expect(of('symbols')).toEqual([['big', 'nightly']]);
    expect(of('text').slice(0, 2)).toEqual([BIG.trimEnd(), BIG.trimEnd()]);
    expect(of('stopped')).toEqual([true]);
    const completes = features.some(({ capabilities }) => 'completionProvider' in capabilities({}, DEFAULT_OPTIONS));
    expect(of('completed')).toEqual(completes ? [['amount']] : []);
    expect(of('hover')).toEqual([expect.stringContaining('int64')]);
    expect(of('text')[2]).toBe(BIG.trimEnd().replace('amount', 'paid'));
    expect(readFileSync(join(folder, 'orders.pipe'), 'utf8')).toContain('paid');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
