/**
 * What it costs to move rows from one database into another: whole runs of `pipec` against the bare statement of the same
 * data, ready in the database's own format, in turns. `MOVE_ROWS=1000000 MOVE_TURNS=1 npm run bench -- move` is shorter.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { type PostgresServer, postgresPrograms, startPostgres } from '../test/support/postgres-server.ts';
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
    const row = (what: string, { ours, bare, peakMb, ratios }: Compared, aim: string): string =>
      bare
        .map(
          ({ name, ms, cpuMs }, i) =>
            `| ${i === 0 ? what : ''} | ${i === 0 ? `${rate(ours.ms)} · ${seconds(ours.cpuMs)}` : ''} | ${name} | ${rate(ms)} · ${seconds(cpuMs)} | ${ratios[i]?.toFixed(2)} · ${(cpuMs / ours.cpuMs).toFixed(2)} | ${aim} | ${i === 0 ? `${peakMb.toFixed(0)} MB` : ''} |`,
        )
        .join('\n');
    return `## Moving rows\n
${ROWS.toLocaleString('en-US')} rows of 10 columns (int64 × 2, decimal, float64, date, timestamp, bool, string × 3), thousands of rows a second and seconds of processors (with those of the server); medians of ${TURNS} turns (\`MOVE_ROWS=${ROWS} MOVE_TURNS=${TURNS} npm run bench -- move\`). \`pipec run\` is a whole process: it reads and checks the program, judges the contract, counts what has arrived, and publishes. The bare statement has its rows ready in a file of the database's own format, or throws them away; the ratio is how much of its speed a run has, and the same of processors: more than two are at work at a time, so that the first says little on a busy machine. PostgreSQL is a server (15) on the same machine; ClickHouse is its engine inside the process, whose own memory counts.

| what | pipec run | beside | it takes | ratio | aim | peak memory of pipec |
|---|---|---|---|---|---|---|
${row('Parquet → PostgreSQL', toPostgres, '0.8')}
${row('Parquet → ClickHouse', toClickhouse, '0.8')}
${row('PostgreSQL → DuckDB', fromPostgres, '0.5')}
`;
  } finally {
    await server.close();
    rmSync(work, { recursive: true, force: true });
  }
}

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
  readonly peakMb: number;
}
type Way = () => Promise<ProcessFigures>;

const middle = (figures: readonly ProcessFigures[]): Cost => ({
  ms: median(figures.map(({ ms }) => ms)),
  cpuMs: median(figures.map(({ cpuMs }) => cpuMs)),
});

async function inTurns(
  server: PostgresServer | null,
  ours: Way,
  bare: Readonly<Record<string, Way>>,
): Promise<Compared> {
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
    peakMb: Math.max(...own.map(({ peakMb }) => peakMb)),
  };
}

/** What the server did for it counts. */
async function done(server: PostgresServer | null, way: Way): Promise<ProcessFigures> {
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
  return runProcess(process.execPath, [pipec, 'run', '--full'], folder, { NO_COLOR: '1', PG: url });
};

const psql = (server: PostgresServer, sql: string): Promise<ProcessFigures> =>
  runProcess('psql', ['-X', '-q', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-d', server.url, '-c', sql], root);

async function intoPostgres(server: PostgresServer, work: string, parquet: string): Promise<Compared> {
  console.log('Parquet → PostgreSQL');
  const folder = project(join(work, 'into-postgres'), "postgres(url: secret('PG'))", `file('${parquet}')`);
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
    "postgres(url: secret('PG'), table: 'bare')",
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
