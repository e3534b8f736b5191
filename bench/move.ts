/**
 * What it costs to move rows from one database into another: whole runs of `pipec` against the bare statement of the same
 * data, ready in the database's own format, in turns. `MOVE_ROWS=1000000 MOVE_TURNS=1 npm run bench -- move` is shorter.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { type PostgresServer, postgresPrograms, startPostgres } from '../test/support/postgres-server.ts';
import { CLICKHOUSE_COLUMNS } from './clickhouse-columns.ts';
import { median, type ProcessFigures, runProcess, treeCpuMs } from './measure.ts';

const root = join(import.meta.dirname, '..');
const pipec = join(root, 'bin', 'pipec.mjs');
const ROWS = Number(process.env['MOVE_ROWS'] ?? 10_000_000);
const TURNS = Number(process.env['MOVE_TURNS'] ?? 3);

/** Ten columns: what the language calls them, and how they are made of a row's number. */
const COLUMNS = [
  ['id', 'int64', 'i'],
  ['customer', 'int64', '(hash(i) % 1000000)::BIGINT'],
  ['status', 'string', "['placed', 'paid', 'shipped', 'returned'][1 + i % 4]"],
  ['amount', 'decimal(12, 2)', '((hash(i + 1) % 10000000)::BIGINT / 100)::DECIMAL(12, 2)'],
  ['rate', 'float64', '(hash(i + 2) % 1000000)::DOUBLE / 7'],
  ['city', 'string', "'city ' || (hash(i + 3) % 5000)"],
  ['day', 'date', "DATE '2020-01-01' + (i % 2000)::INT"],
  ['at', 'timestamp', "TIMESTAMPTZ '2020-01-01 00:00:00Z' + to_microseconds((hash(i + 4) % 200000000000000)::BIGINT)"],
  ['flag', 'bool', 'i % 3 = 0'],
  ['note', 'string?', 'CASE WHEN i % 10 = 0 THEN NULL ELSE md5(i::VARCHAR) END'],
] as const;
const list = COLUMNS.map(([name]) => `"${name}"`).join(', ');

export async function benchMove(): Promise<string> {
  const programs = postgresPrograms();
  if (programs === null) throw new Error('PostgreSQL is not installed');
  const work = mkdtempSync(join(tmpdir(), 'pipec-bench-'));
  // The server, which is another user, reads and writes files there.
  chmodSync(work, 0o777);
  const server = await startPostgres(programs);
  try {
    const parquet = join(work, 'rows.parquet');
    await writeParquet(parquet);
    const toPostgres = await intoPostgres(server, work, parquet);
    const fromPostgres = await outOfPostgres(server, work);
    const toClickhouse = await intoClickhouse(work, parquet);
    const overHttp = await intoServer(work, parquet);
    const row = (what: string, { ours, bare, peak, ratios }: Compared, aim: string): string =>
      bare
        .map(
          ({ name, ms, cpuMs }, i) =>
            `| ${i === 0 ? what : ''} | ${i === 0 ? `${rate(ours.ms)} · ${seconds(ours.cpuMs)}` : ''} | ${name} | ${rate(ms)} · ${seconds(cpuMs)} | ${ratios[i]?.toFixed(2)} · ${(cpuMs / ours.cpuMs).toFixed(2)} | ${aim} | ${i === 0 ? memory(peak) : ''} |`,
        )
        .join('\n');
    return `## Moving rows\n
${ROWS.toLocaleString('en-US')} rows of 10 columns (int64 × 2, decimal, float64, date, timestamp, bool, string × 3), thousands of rows a second and seconds of processors (with those of the server); medians of ${TURNS} turns (\`MOVE_ROWS=${ROWS} MOVE_TURNS=${TURNS} npm run bench -- move\`). \`pipec run\` is a whole process: it reads and checks the program, judges the contract, counts what has arrived, and publishes. The bare statement has its rows ready in a file of the database's own format, or throws them away; the ratio is how much of its speed a run has, and the same of processors: more than two are at work at a time, so that the first says little on a busy machine. PostgreSQL is a server (15) on the same machine; ClickHouse is its engine inside the process, whose own memory counts, and then the same engine behind its HTTP interface in a process of its own, which takes a request when it has come whole. Into PostgreSQL, a run makes its table and fills it in one transaction (\`FREEZE\`), and looks at it (\`ANALYZE\`); the bare statement fills a table that was emptied before. Of memory, what is anonymous is the process's alone; what is mapped are the program files of Node and the engines.

| what | pipec run | beside | it takes | ratio | aim | peak memory of pipec |
|---|---|---|---|---|---|---|
${row('Parquet → PostgreSQL', toPostgres, '0.8')}
${row('Parquet → ClickHouse inside the process', toClickhouse, '0.8')}
${row('Parquet → ClickHouse over HTTP', overHttp, '')}
${row('PostgreSQL → DuckDB', fromPostgres, '0.5')}
`;
  } finally {
    await server.close();
    rmSync(work, { recursive: true, force: true });
  }
}

const memory = ({ peakMb, anonymousMb, mappedMb }: Peak): string =>
  `${peakMb.toFixed(0)} MB (anonymous ${anonymousMb.toFixed(0)}, mapped ${mappedMb.toFixed(0)})`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const rate = (ms: number): string => Math.round(ROWS / ms).toLocaleString('en-US');

async function writeParquet(path: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone = 'UTC'");
  const cells = COLUMNS.map(([name, , sql]) => `${sql} AS "${name}"`).join(', ');
  await connection.run(`COPY (SELECT ${cells} FROM range(${ROWS}) AS r(i)) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
}

function project(folder: string, engine: string, from: string): string {
  mkdirSync(folder, { recursive: true });
  const fields = COLUMNS.map(([name, type]) => `  ${name}: ${type}`).join('\n');
  writeFileSync(
    join(folder, 'move.pipe'),
    `project move { owner: 'bench@example.com', target: t }\ntarget t { engine: ${engine} }\ntype Row {\n${fields}\n}\nsource rows : Row from ${from}\njob all { builds: [rows] }\n`,
  );
  return folder;
}

interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}
interface Compared {
  readonly ours: Cost;
  readonly bare: readonly (Cost & { readonly name: string })[];
  /** Medians of the turns' own ratios. */
  readonly ratios: readonly number[];
  readonly peak: Peak;
}
type Peak = Pick<ProcessFigures, 'peakMb' | 'anonymousMb' | 'mappedMb'>;
/** What takes the rows, if it is a process of its own. */
type Taker = { readonly pid: () => number | undefined } | null;
type Way = () => Promise<ProcessFigures>;

const middle = (figures: readonly ProcessFigures[]): Cost => ({
  ms: median(figures.map(({ ms }) => ms)),
  cpuMs: median(figures.map(({ cpuMs }) => cpuMs)),
});

async function inTurns(server: Taker, ours: Way, bare: Readonly<Record<string, Way>>): Promise<Compared> {
  const own: ProcessFigures[] = [];
  const others = Object.entries(bare).map(([name, way]) => ({ name, way, figures: [] as ProcessFigures[] }));
  for (let turn = 0; turn < TURNS; turn += 1) {
    own.push(await done(server, ours));
    for (const { way, figures } of others) figures.push(await done(server, way));
  }
  return {
    ours: middle(own),
    bare: others.map(({ name, figures }) => ({ name, ...middle(figures) })),
    ratios: others.map(({ figures }) => median(figures.map(({ ms }, turn) => ms / (own[turn]?.ms ?? 1)))),
    peak: own.reduce((most, one) => (one.peakMb > most.peakMb ? one : most)),
  };
}

/** What the server did for it counts. */
async function done(server: Taker, way: Way): Promise<ProcessFigures> {
  const pid = server?.pid();
  const before = pid === undefined ? 0 : treeCpuMs(pid);
  const figures = await way();
  if (figures.code !== 0) throw new Error(`exit code ${figures.code}:\n${figures.output.slice(0, 2_000)}`);
  // What a process of the server took is counted when it has ended, which is after its client has.
  if (pid !== undefined) await sleep(500);
  const cpuMs = figures.cpuMs + (pid === undefined ? 0 : treeCpuMs(pid) - before);
  console.log(
    `  ${Math.round(figures.ms)} ms, ${Math.round(cpuMs)} ms of processors, ${Math.round(figures.peakMb)} MB`,
  );
  return { ...figures, cpuMs };
}

const run = (folder: string, url: string): Promise<ProcessFigures> => {
  rmSync(join(folder, '.pipec'), { recursive: true, force: true });
  return runProcess(process.execPath, [pipec, 'run', '--full'], folder, { NO_COLOR: '1', URL: url });
};

const psql = (server: PostgresServer, sql: string): Promise<ProcessFigures> =>
  runProcess('psql', ['-X', '-q', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-d', server.url, '-c', sql], root);

async function intoPostgres(server: PostgresServer, work: string, parquet: string): Promise<Compared> {
  console.log('Parquet → PostgreSQL');
  const folder = project(join(work, 'into-postgres'), "postgres(url: secret('URL'))", `file('${parquet}')`);
  await done(server, () => run(folder, server.url));
  const table = server.sql("SELECT quote_ident(relname) FROM pg_class WHERE relname LIKE 'rows\\_\\_%'");
  server.sql(`CREATE TABLE bare (LIKE _pipec.${table} INCLUDING ALL)`);
  for (const [name, format] of [
    ['csv', 'csv'],
    ['binary', 'binary'],
  ] as const)
    server.sql(`COPY _pipec.${table} TO '${join(work, name)}' (FORMAT ${format})`);
  const bare = (format: string): Way => {
    return () => {
      server.sql('TRUNCATE bare');
      return psql(server, `\\copy bare FROM '${join(work, format)}' (FORMAT ${format})`);
    };
  };
  return await inTurns(server, () => run(folder, server.url), {
    'COPY, binary': bare('binary'),
    'COPY, CSV': bare('csv'),
  });
}

async function outOfPostgres(server: PostgresServer, work: string): Promise<Compared> {
  console.log('PostgreSQL → DuckDB');
  const folder = project(
    join(work, 'out'),
    "duckdb(path: '.pipec/move.duckdb')",
    "postgres(url: secret('URL'), table: 'bare')",
  );
  const bare =
    (format: string): Way =>
    () =>
      psql(server, `COPY (SELECT ${list} FROM bare) TO STDOUT (FORMAT ${format})`);
  return await inTurns(server, () => run(folder, server.url), {
    'COPY, CSV': bare('csv'),
    'COPY, binary': bare('binary'),
  });
}

async function intoClickhouse(work: string, parquet: string): Promise<Compared> {
  console.log('Parquet → ClickHouse');
  const folder = project(join(work, 'into-clickhouse'), 'clickhouse(embedded: true)', `file('${parquet}')`);
  symlinkSync(join(root, 'test', 'engines', 'node_modules'), join(folder, 'node_modules'));
  const script = join(import.meta.dirname, 'clickhouse-insert.ts');
  const native = join(work, 'rows.native');
  const way =
    (...args: readonly string[]): Way =>
    () =>
      runProcess(process.execPath, [script, join(work, 'chdb'), ...args], root, {});
  await done(null, way('write', parquet, native));
  return await inTurns(null, () => run(folder, ''), {
    'INSERT, Native': way('insert', native, 'Native'),
    'INSERT, Parquet': way('insert', parquet, 'Parquet'),
  });
}

async function intoServer(work: string, parquet: string): Promise<Compared> {
  console.log('Parquet → ClickHouse over HTTP');
  const server = await startServer(join(import.meta.dirname, 'clickhouse-server.ts'));
  try {
    const folder = project(join(work, 'into-server'), "clickhouse(url: secret('URL'))", `file('${parquet}')`);
    const send = (...args: readonly string[]): Way => {
      return () =>
        runProcess(process.execPath, [join(import.meta.dirname, 'clickhouse-send.ts'), server.url, ...args], root);
    };
    await done(server, send('CREATE DATABASE IF NOT EXISTS bench'));
    const native = join(work, 'rows.native');
    return await inTurns(server, () => run(folder, server.url), {
      'INSERT, Native': send(
        `CREATE OR REPLACE TABLE bench.rows (${CLICKHOUSE_COLUMNS}) ENGINE = MergeTree ORDER BY tuple()`,
        `INSERT INTO bench.rows (${list}) FORMAT Native`,
        native,
      ),
    });
  } finally {
    await server.close();
  }
}

/** A process that says its address first, and ends when nothing more can be said to it. */
async function startServer(script: string) {
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [url] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: url.toString().trim(),
    pid: () => child.pid,
    async close() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
