/**
 * The SQL that is made for the 22 queries of TPC-H beside SQL written by hand for them (`test/engines/tpch.sql`): the same
 * tables, engine and session, in turns. `TPCH_SCALE` is a scale for all engines in place of their own, `TPCH_ENGINES` names
 * the engines, `TPCH_TURNS` says how often each query is run.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { optimize } from '../compiler/relational/optimize.ts';
import type { Column } from '../compiler/relational/types.ts';
import type { EngineName } from '../compiler/semantics/functions/table.ts';
import type { Dialect } from '../compiler/sql/dialect.ts';
import { postgres } from '../compiler/sql/postgres.ts';
import { renderQuery } from '../compiler/sql/select.ts';
import { Workspace } from '../compiler/workspace/workspace.ts';
import { openClickhouse, openDuckdb } from '../test/engines/engines.ts';
import { postgresPrograms, startPostgres } from '../test/support/postgres-server.ts';
import { type TpchTable, tpchRows } from '../test/support/tpch-data.ts';

const root = join(import.meta.dirname, '..');
const SCHEMA = '_landing';

/** What is needed of an engine here. */
interface Bench {
  readonly dialect: Dialect;
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<readonly (readonly unknown[])[]>;
  /** Milliseconds: of the process's processors where the engine is inside of it, which other processes do not change much. */
  clock(): number;
  close(): Promise<void>;
}

interface Plan {
  readonly engine: EngineName;
  readonly label: string;
  /** The greatest ratio (geometric mean) that is promised. */
  readonly aim: number;
  readonly scale: number;
  readonly turns: number;
  readonly open: () => Promise<Bench>;
}

const PLANS: readonly Plan[] = [
  {
    engine: 'duckdb',
    label: 'DuckDB',
    aim: 1.05,
    scale: 1,
    turns: 5,
    open: async () => ({ ...(await openDuckdb()), clock: processorMs }),
  },
  { engine: 'postgres', label: 'PostgreSQL', aim: 1.1, scale: 1, turns: 3, open: openServer },
  {
    engine: 'clickhouse',
    label: 'ClickHouse',
    aim: 1.25,
    scale: 1,
    turns: 5,
    open: () => Promise.resolve({ ...openClickhouse(), clock: processorMs }),
  },
];

/** Keys of the tables: what a table is ordered by on ClickHouse, and what PostgreSQL has an index on. */
const KEYS: Readonly<Record<TpchTable, readonly string[]>> = {
  region: ['r_regionkey'],
  nation: ['n_nationkey'],
  part: ['p_partkey'],
  supplier: ['s_suppkey'],
  partsupp: ['ps_partkey', 'ps_suppkey'],
  customer: ['c_custkey'],
  orders: ['o_orderkey'],
  lineitem: ['l_orderkey', 'l_linenumber'],
};
/** Without these, queries 17 and 20 written by hand read the whole of lineitem once a part. */
const POSTGRES_INDEXES = [
  'CREATE INDEX ON _landing.lineitem (l_partkey, l_suppkey)',
  'CREATE INDEX ON _landing.orders (o_custkey)',
  'CREATE INDEX ON _landing.partsupp (ps_suppkey)',
];

interface Query {
  readonly name: string;
  readonly byHand: string;
  readonly generated: string;
}

interface Figure {
  readonly name: string;
  readonly byHandMs: number;
  readonly generatedMs: number;
  readonly ratio: number;
}

export async function benchTpch(): Promise<string> {
  const wanted = (process.env['TPCH_ENGINES'] ?? 'duckdb,postgres,clickhouse').split(',');
  const measured: { readonly plan: Plan; readonly figures: readonly Figure[] }[] = [];
  for (const given of PLANS) {
    if (!wanted.includes(given.engine)) continue;
    const plan = {
      ...given,
      scale: Number(process.env['TPCH_SCALE'] ?? given.scale),
      turns: Number(process.env['TPCH_TURNS'] ?? given.turns),
    };
    console.log(`${plan.label}: making the tables at scale ${plan.scale}`);
    const bench = await plan.open();
    try {
      await loadTpch(bench, plan.scale);
      const figures: Figure[] = [];
      for (const query of tpchQueries(bench.dialect)) figures.push(await compare(bench, query, plan.turns));
      measured.push({ plan, figures });
    } finally {
      await bench.close();
    }
  }
  return markdown(measured);
}

/** Both in turns; the order changes from turn to turn, as the second finds warm caches. */
async function compare(bench: Bench, query: Query, turns: number): Promise<Figure> {
  const times = { byHand: [] as number[], generated: [] as number[] };
  const both = ['byHand', 'generated'] as const;
  const [first, second] = [await bench.rows(query.byHand), await bench.rows(query.generated)];
  if (JSON.stringify(first.map(comparable)) !== JSON.stringify(second.map(comparable)))
    throw new Error(`${query.name}: other rows than by hand on ${bench.dialect.engine}`);
  for (let turn = 0; turn < turns; turn++)
    for (const one of turn % 2 === 0 ? both : both.toReversed()) {
      const began = bench.clock();
      await bench.rows(query[one]);
      times[one].push(bench.clock() - began);
    }
  // What else the machine does only adds to it.
  const [byHandMs, generatedMs] = [Math.min(...times.byHand), Math.min(...times.generated)];
  const figure = { name: query.name, byHandMs, generatedMs, ratio: generatedMs / byHandMs };
  console.log(
    `${bench.dialect.engine} ${query.name}: ${byHandMs.toFixed(0)} ms, ${generatedMs.toFixed(0)} ms, ${figure.ratio.toFixed(2)}`,
  );
  return figure;
}

/** A row by hand has floats where the other has exact decimals, or fewer digits. */
const comparable = (row: readonly unknown[]): readonly string[] =>
  row.map((value) => {
    const text = value instanceof Date ? value.toISOString() : String(value);
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text).toPrecision(9) : text;
  });

const geometricMean = (figures: readonly Figure[]): number =>
  Math.exp(figures.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / figures.length);

function markdown(measured: readonly { readonly plan: Plan; readonly figures: readonly Figure[] }[]): string {
  const summary = measured.map(({ plan, figures }) => {
    const sum = (of: 'byHandMs' | 'generatedMs') => figures.reduce((total, figure) => total + figure[of], 0) / 1000;
    return `| ${plan.label} | ${plan.scale} | ${plan.turns} | ${sum('byHandMs').toFixed(1)} s | ${sum('generatedMs').toFixed(1)} s | ${geometricMean(figures).toFixed(2)} | ${plan.aim.toFixed(2)} |`;
  });
  const names = measured[0]?.figures.map(({ name }) => name) ?? [];
  const queries = names.map((name) => {
    const cells = measured.flatMap(({ figures }) => {
      const figure = figures.find((each) => each.name === name);
      return figure === undefined ? ['', ''] : [`${figure.byHandMs.toFixed(0)} ms`, figure.ratio.toFixed(2)];
    });
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  return `## Generated SQL against SQL by hand

The 22 queries of TPC-H: the SQL that is made of the pipe queries (\`test/fixtures/check/tpch/queries.pipe\`) beside the specification's SQL (\`test/engines/tpch.sql\`, with what one would write otherwise for an engine in \`bench/tpch\`), over the same generated tables, in the same session, in turns. The least of the turns, as what else the machine does only adds to it: time on the processors for the engines that run inside the process, from asking to the last row for the server. The ratio is generated to by hand, its mean over the queries geometric. PostgreSQL is a server with its default settings, an index on each key and three on foreign keys; the other two run inside the process, on ${availableParallelism()} processors.

| engine | scale | turns | by hand, all | generated, all | mean ratio | aim |
|---|---|---|---|---|---|---|
${summary.join('\n')}

| query |${measured.map(({ plan }) => ` ${plan.label} by hand | ratio |`).join('')}
|---|${measured.map(() => '---|---|').join('')}
${queries.join('\n')}
`;
}

/** The queries in the engine's SQL, made and by hand, in the order of their names. */
function tpchQueries(dialect: Dialect): readonly Query[] {
  const byHand = new Map([
    ...handWritten('test', 'engines', 'tpch.sql'),
    ...handWritten('bench', 'tpch', `${dialect.engine}.sql`),
  ]);
  return tpchProgram().flatMap(({ table, rel }) => {
    const sql = byHand.get(table);
    return rel === null || sql === undefined
      ? []
      : [{ name: table, byHand: sql, generated: renderQuery(optimize(rel), dialect) }];
  });
}

/** The queries of a file in the repository, if it is there, by the names in the comments above them. */
function handWritten(...path: readonly string[]): readonly (readonly [string, string])[] {
  const file = join(root, ...path);
  if (!existsSync(file)) return [];
  const [, ...queries] = readFileSync(file, 'utf8').split(/^-- (?=q\d\d(?::|$))/m);
  return queries.map((text) => [text.slice(0, 3), text.slice(text.indexOf('\n')).trim().replace(/;$/, '')]);
}

function tpchProgram() {
  const fixtures = join(root, 'test', 'fixtures', 'check');
  const workspace = new Workspace();
  for (const path of ['tpch.pipe', 'tpch/queries.pipe'])
    workspace.setFile(path, readFileSync(join(fixtures, path), 'utf8'));
  return workspace.program()?.datasets ?? [];
}

/** Makes the tables and makes them those of a name without a schema. */
export async function loadTpch(bench: Bench, scale: number): Promise<void> {
  const folder = tpchFiles(scale);
  const { dialect } = bench;
  const { engine } = dialect;
  await bench.run(`CREATE ${engine === 'clickhouse' ? 'DATABASE' : 'SCHEMA'} ${SCHEMA}`);
  for (const [table, keys] of Object.entries(KEYS)) {
    const columns: readonly Column[] = tpchProgram().find((dataset) => dataset.table === table)?.row.columns ?? [];
    const [name, key] = [`${SCHEMA}.${table}`, keys.join(', ')];
    const fields = columns.map((column) => `${column.name} ${dialect.type(column.type)}`);
    const file = dialect.text(join(folder, `${table}.csv`));
    switch (engine) {
      case 'duckdb':
        await bench.run(`CREATE TABLE ${name} (${fields.map((field) => `${field} NOT NULL`).join(', ')})`);
        await bench.run(`COPY ${name} FROM ${file} (FORMAT csv, HEADER false)`);
        break;
      case 'postgres':
        await bench.run(`CREATE TABLE ${name} (${fields.map((field) => `${field} NOT NULL`).join(', ')})`);
        await bench.run(`COPY ${name} FROM ${file} (FORMAT csv)`);
        await bench.run(`ALTER TABLE ${name} ADD PRIMARY KEY (${key})`);
        break;
      case 'clickhouse':
        await bench.run(`CREATE TABLE ${name} (${fields.join(', ')}) ENGINE = MergeTree ORDER BY (${key})`);
        await bench.run(`INSERT INTO ${name} SELECT * FROM file(${file}, 'CSV', ${dialect.text(fields.join(', '))})`);
        await bench.run(`OPTIMIZE TABLE ${name} FINAL`);
        break;
    }
  }
  if (engine === 'postgres') for (const index of POSTGRES_INDEXES) await bench.run(index);
  if (engine === 'postgres') await bench.run('VACUUM ANALYZE');
  await bench.run(engine === 'postgres' ? `SET search_path = ${SCHEMA}` : `USE ${SCHEMA}`);
}

/** The tables as CSV, which all engines read, in a folder of the system's for temporary files: at scale 1 it takes a minute to make. */
function tpchFiles(scale: number): string {
  const folder = join(tmpdir(), `pipec-tpch-${scale}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making);
  for (const [table, rows] of Object.entries(tpchRows({ scale, seed: 1 }))) {
    const file = openSync(join(making, `${table}.csv`), 'w');
    let text = '';
    for (const row of rows()) {
      const line = row.join(',');
      if (line.includes('"') || line.split(',').length !== row.length)
        throw new Error(`${table}: to be quoted: ${line}`);
      text += `${line}\n`;
      if (text.length > 1 << 20) {
        writeSync(file, text);
        text = '';
      }
    }
    writeSync(file, text);
    closeSync(file);
  }
  renameSync(making, folder);
  return folder;
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A PostgreSQL server of the bench's own. */
async function openServer(): Promise<Bench> {
  const programs = postgresPrograms();
  if (programs === null) throw new Error('PostgreSQL is not installed');
  const server = await startPostgres(programs);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  for (const statement of postgres.session) await client.query(statement);
  return {
    dialect: postgres,
    clock: () => performance.now(),
    run: async (sql) => {
      await client.query(sql);
    },
    rows: async (sql) => (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows,
    async close() {
      await client.end();
      await server.close();
    },
  };
}
