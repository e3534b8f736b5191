/** `pipec init`: a small project that runs at once. Nothing that is there is ever overwritten. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { plural } from '../diagnostics/render.ts';
import { snakeCase, unstorable } from '../semantics/symbols.ts';
import { CommandError, type CommandModule, EXIT } from './command.ts';
import { projectRoot, systemWords } from './project-files.ts';
import { VERSION } from './version.ts';

export const init: CommandModule<Record<never, never>> = {
  arguments: [
    { name: '[dir]', help: 'the folder, made where it is not there; this one where none is named', completes: 'file' },
  ],
  options: [],
  details: 'Writes a program, a few rows of data, a test and a README. Nothing that is there is overwritten.',
  examples: [
    { text: 'pipec init shop', does: 'in a new folder' },
    { text: 'pipec init', does: 'here' },
  ],
  run: (io, [dir = '.']) => {
    const root = resolve(io.folder, dir);
    const outer = projectRoot(dirname(root));
    if (outer !== null)
      throw new CommandError(
        'already-there',
        EXIT.usage,
        `\`${outer}\` is a project, and every .pipe file below it belongs to it: another one cannot be made there`,
      );
    const files = starter(projectName(basename(root)));
    const there = new Set([...files.keys()].filter((path) => existsSync(join(root, path))));
    const [first, ...more] = [...there].filter((path) => !BESIDES.includes(path));
    if (first !== undefined)
      throw new CommandError(
        'already-there',
        EXIT.usage,
        `\`${first}\`${more.length === 0 ? '' : ` and ${plural(more.length, 'other file')}`} would be overwritten; nothing was written`,
        ['name another folder: pipec init shop'],
      );
    const { glyphs, paint } = io.out.style;
    for (const [path, text] of files) {
      if (there.has(path)) io.out.line(paint.dim(`${glyphs.waiting} ${path} is there and stays as it is`));
      else {
        write(join(root, path), text);
        io.out.line(`${paint.green(glyphs.done)} ${path}`);
      }
    }
    const enter = relative(io.folder, root);
    io.out.line('');
    io.out.line('Next:');
    if (enter !== '') io.out.line(`  cd ${quoted(enter)}`);
    io.out.line('  pipec test');
    io.out.line('  pipec run');
    io.out.line('  pipec show daily_revenue');
    return EXIT.done;
  },
};

/** What a folder that is to become a project has already: a repository just cloned. */
const BESIDES = ['.gitignore', 'package.json', 'README.md'];

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new CommandError('file-unwritable', EXIT.run, `\`${path}\` cannot be written: ${systemWords(error)}`);
  }
}

/** For a POSIX shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function projectName(folder: string): string {
  const name = snakeCase(folder);
  return unstorable(name) === null && name !== '_' ? name : 'shop';
}

/** Path → text. */
export function starter(name: string): ReadonlyMap<string, string> {
  return new Map([
    [
      'project.pipe',
      `/// A shop in a handful of rows: change anything and run it again.
project ${name} { owner: 'you@example.com', target: local }

target local { engine: duckdb(path: '.pipec/${name}.duckdb') }

store dwh : warehouse {
  owner:     'you@example.com'
  retention: 2y
  layers:    { core: core, marts: mart }
}

job nightly {
  schedule: cron('15 4 * * *', timezone: 'Europe/Berlin')
  builds:   [dwh.core.*, dwh.marts.*]
  retries:  2
}
`,
    ],
    [
      'pipelines/orders.pipe',
      `enum order_status { placed, paid, returned }

type Order {
  order_id:   int64          @key
  country:    string
  status:     order_status
  amount:     decimal(12, 2)
  ordered_at: timestamp
  expect amount >= 0
}

/// One row of the file breaks the contract: it is kept aside, with the reason.
source orders : Order from file('data/orders.csv') { invalid: quarantine }

/// Orders that were not sent back.
table kept_orders in dwh.core { key: [order_id] } =
  from orders
  |> where status <> 'returned'

/// Revenue a day and country.
table daily_revenue in dwh.marts {
  key: [day, country]
  checks {
    expect revenue >= 0
  }
} =
  from kept_orders as o
  |> aggregate sum(o.amount) as revenue, count() as orders
       group by date(o.ordered_at) as day, o.country
`,
    ],
    [
      'tests/orders.pipe',
      `test of daily_revenue {
  given kept_orders = values [
    { order_id: 1, country: 'DE', amount: 10.00, ordered_at: timestamp '2026-01-01 09:00:00Z' },
    { order_id: 2, country: 'DE', amount: 5.50, ordered_at: timestamp '2026-01-01 18:00:00Z' },
  ]
  expect = values [{ day: date '2026-01-01', country: 'DE', revenue: 15.50, orders: 2 }]
}
`,
    ],
    [
      'data/orders.csv',
      `order_id,country,status,amount,ordered_at
1,DE,paid,19.90,2026-01-01 09:12:00
2,DE,placed,5.00,2026-01-01 18:40:00
3,FR,paid,42.00,2026-01-02 07:05:00
4,FR,returned,12.50,2026-01-02 11:30:00
5,PL,paid,-3.00,2026-01-02 12:00:00
6,PL,paid,27.30,2026-01-03 16:45:00
`,
    ],
    ['.gitignore', 'node_modules/\ndist/\n.pipec/\n'],
    [
      'package.json',
      `${JSON.stringify({ name, private: true, type: 'module', scripts: { test: 'pipec test', build: 'pipec build' }, devDependencies: { pipec: `^${VERSION}` } }, null, 2)}\n`,
    ],
    [
      'README.md',
      `# ${name}\n\n- \`pipec check\` finds mistakes before anything runs\n- \`pipec test\` runs the tests\n- \`pipec run\` builds the tables on this machine\n- \`pipec show daily_revenue\` shows the result\n- \`pipec build\` writes the jobs to \`dist/\`\n`,
    ],
  ]);
}
