/**
 * A whole run beside dbt with its DuckDB adapter and SQLMesh: the same models in each one's words over the same files, in turns,
 * each into an empty DuckDB file. Both are installed from PyPI into environments of their own below the cache folder.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { median, type ProcessFigures, runProcess } from './measure.ts';
import { bareModels, MODELS, type Model, modelOf, pipeText, sqlText } from './peers/models.ts';

const pipec = join(import.meta.dirname, '..', 'bin', 'pipec.mjs');
/**
 * Rows of each file. Of few, nearly all of a run is what the tool takes for itself: so are the example projects of all of them
 * (jaffle shop, sushi), whose tables have a hundred rows or so, and so is development over a sample. Of many, the engine works.
 */
const SIZES = [1_000, 50_000];
const TURNS = Number(process.env['PEER_TURNS'] ?? 5);
/** Models at a time, where the tool can. */
const AT_A_TIME = 4;
/** The engine of all three, so that it makes no difference. dbt-core 1.12 has a part that PyPI does not hold. */
const ENGINE = 'duckdb==1.5.5';
const PACKAGES = {
  dbt: ['dbt-core==1.10.23', 'dbt-duckdb==1.11.1', ENGINE],
  sqlmesh: ['sqlmesh==0.236.4', ENGINE],
} as const;

const PHASES = ['start', 'read', 'run'] as const;
type Phase = (typeof PHASES)[number];

interface Tool {
  readonly name: string;
  /** Nothing but its start; reading the project without doing anything; all of it. Null where there is no such thing. */
  readonly start: readonly string[] | null;
  readonly read: readonly string[] | null;
  readonly run: readonly string[];
  readonly program: string;
  readonly folder: string;
  readonly database: string;
  /** What a run leaves besides, that would keep the next one from doing it all. */
  readonly state: readonly string[];
  /** The name of a model's table. */
  readonly relation: (model: Model) => string;
}

const ENVIRONMENT = {
  NO_COLOR: '1',
  DO_NOT_TRACK: '1',
  DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
  SQLMESH__DISABLE_ANONYMIZED_ANALYTICS: '1',
  // Whatever is set here: Python keeps its compiled code, as it does by itself.
  PYTHONDONTWRITEBYTECODE: '',
  PYTHONUNBUFFERED: '',
};

export async function benchPeers(): Promise<string> {
  const installed = await installPeers();
  if (installed === null)
    return '## Beside dbt and SQLMesh\n\nSkipped: there is no `python3` here that makes environments, or PyPI is not reached.\n';
  const work = mkdtempSync(join(tmpdir(), 'pipec-bench-'));
  try {
    const measured: Measured[] = [];
    for (const rows of SIZES) measured.push(await measure(join(work, String(rows)), rows, installed));
    const rows = measured.flatMap((one) => tableRows(one));
    return `## Beside dbt and SQLMesh\n
${MODELS.length} models (\`bench/peers/models.ts\`), all of them tables, over four Parquet files: pipec, dbt (${PACKAGES.dbt.slice(0, 2).join(', ')}) and SQLMesh (${PACKAGES.sqlmesh[0]}) in turns, each into an empty DuckDB file, with ${ENGINE.replace('==', ' ')}, ${AT_A_TIME} models at a time and warm files. Whole processes, median of ${TURNS} ${TURNS === 1 ? 'turn' : 'turns'}; all three have parsed the project before and keep what they keep of that. The rows of every model are the same in all of them. pipec loads the four files as sources, under a contract, which the others read in place. "The bare statements" are the models' \`CREATE TABLE … AS\` through DuckDB's Node API, as many at a time, and nothing else (\`bench/bare-models.ts\`): what the engine takes for them. Of files with few rows, nearly all of a run is what the tool takes for itself, as with the example projects of all three; of files with many, the engine works. Ratios are of time and of processor time; the aims are 10 and 5, whatever the size.

| rows a file | what | whole run | processor time | times pipec | of it: its start | reading the project | doing it | peak memory |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}

"Its start" is \`--help\`, which loads what the tool loads for anything; "reading the project" is \`pipec check\`, \`dbt parse\` and \`sqlmesh render\` of one model, without the start. Processor time is that of the process itself: where a tool starts others, theirs is not in it.
`;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Measured {
  readonly rows: number;
  readonly ours: Tool;
  readonly figures: ReadonlyMap<Tool, Readonly<Record<Phase, readonly ProcessFigures[]>>>;
}

/** All of them over files of so many rows, in turns. */
async function measure(work: string, rows: number, installed: Installed): Promise<Measured> {
  mkdirSync(work);
  await writeData(work, rows);
  const ours = pipecIn(work);
  const tools = [ours, bareIn(work), dbtIn(work, installed.dbt), sqlmeshIn(work, installed.sqlmesh)];
  const figures = new Map(
    tools.map((tool) => [tool, { start: [], read: [], run: [] } as Record<Phase, ProcessFigures[]>]),
  );
  // What each keeps of the program, compiled or parsed, it has from the first turn on.
  for (const tool of tools) await perform(tool, 'run');
  for (let turn = 0; turn < TURNS; turn++)
    for (const [tool, found] of figures)
      for (const phase of PHASES) if (tool[phase] !== null) found[phase].push(await perform(tool, phase));
  await expectSameRows(tools);
  return { rows, ours, figures };
}

function tableRows({ rows, ours, figures }: Measured): readonly string[] {
  const middle = (tool: Tool, phase: Phase, what: 'ms' | 'cpuMs' | 'peakMb'): number =>
    median(figures.get(tool)?.[phase].map((one) => one[what]) ?? []);
  const times = (tool: Tool, what: 'ms' | 'cpuMs'): string =>
    (middle(tool, 'run', what) / middle(ours, 'run', what)).toFixed(1);
  return [...figures.keys()].map((tool) => {
    const [start, read, run] = PHASES.map((phase) => middle(tool, phase, 'ms')) as [number, number, number];
    const parts = tool.read === null ? ['', '', ''] : [start, read - start, run - read].map(seconds);
    const cells = [
      tool === ours ? rows.toLocaleString('en-US') : '',
      tool.name,
      seconds(run),
      seconds(middle(tool, 'run', 'cpuMs')),
      tool === ours ? '' : `${times(tool, 'ms')} · ${times(tool, 'cpuMs')}`,
      ...parts,
      `${middle(tool, 'run', 'peakMb').toFixed(0)} MB`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

async function perform(tool: Tool, phase: Phase): Promise<ProcessFigures> {
  if (phase === 'run')
    for (const path of [tool.database, ...tool.state]) rmSync(path, { recursive: true, force: true });
  const figures = await runProcess(tool.program, tool[phase] ?? [], tool.folder, ENVIRONMENT);
  if (figures.code !== 0)
    throw new Error(`${tool.name} ${phase} ended with ${figures.code}:\n${figures.output.slice(-3000)}`);
  return figures;
}

interface Installed {
  readonly dbt: string;
  readonly sqlmesh: string;
}

/** The programs, installed once; null where that cannot be done here. */
async function installPeers(): Promise<Installed | null> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'pipec-bench');
  mkdirSync(cache, { recursive: true });
  const environment = async (name: keyof typeof PACKAGES): Promise<string | null> => {
    const folder = join(cache, `${name}-${PACKAGES[name].join('-').replaceAll(/[^\w.-]/g, '')}`);
    const program = join(folder, 'bin', name);
    const works = async (): Promise<boolean> =>
      await runProcess(program, ['--version'], cache, ENVIRONMENT).then(
        ({ code }) => code === 0,
        () => false,
      );
    if (await works()) return program;
    for (const [command, args] of [
      ['python3', ['-m', 'venv', '--clear', folder]],
      [join(folder, 'bin', 'pip'), ['install', '--quiet', ...PACKAGES[name]]],
    ] as const) {
      const code = await runProcess(command, args, cache).then(
        (done) => done.code,
        () => null,
      );
      if (code !== 0) return null;
    }
    return (await works()) ? program : null;
  };
  const [dbt, sqlmesh] = [await environment('dbt'), await environment('sqlmesh')];
  return dbt === null || sqlmesh === null ? null : { dbt, sqlmesh };
}

const sourceFile = (work: string, index: number): string => join(work, `src_${index}.parquet`);

async function writeData(work: string, rows: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (let index = 0; index < 4; index++)
    await connection.run(
      `COPY (SELECT i AS id, (i * ${7 + index}) % 5000 AS customer_id, (i * 31 + ${index}) % 1000 AS amount, ['new', 'paid', 'shipped', 'void'][1 + i % 4] AS status, DATE '2024-01-01' + CAST(i % 366 AS INTEGER) AS day FROM range(${rows}) AS r(i)) TO '${sourceFile(work, index).replaceAll("'", "''")}' (FORMAT parquet)`,
    );
  connection.closeSync();
  instance.closeSync();
}

function folderIn(work: string, name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(work, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function pipecIn(work: string): Tool {
  const sources = [0, 1, 2, 3].map(
    (index) => `source src_${index} : Row from file('${sourceFile(work, index)}') in dwh.raw\n`,
  );
  const folder = folderIn(work, 'pipec', {
    'project.pipe': `project peers { owner: 'bench@example.com', target: local }
target local { engine: duckdb(path: '.pipec/peers.duckdb') }
store dwh : warehouse { owner: 'bench@example.com', retention: 1y }
type Row { id: int64, customer_id: int64, amount: int64, status: string, day: date }
${sources.join('')}`,
    ...Object.fromEntries(
      MODELS.map((model) => [`models/${model.name}.pipe`, `table ${model.name} in dwh.core =\n${pipeText(model)}\n`]),
    ),
  });
  return {
    name: 'pipec',
    program: process.execPath,
    start: [pipec, '--help'],
    read: [pipec, 'check'],
    run: [pipec, 'run'],
    folder,
    database: join(folder, '.pipec', 'peers.duckdb'),
    state: [join(folder, '.pipec')],
    relation: ({ name }) => `core.${name}`,
  };
}

function bareIn(work: string): Tool {
  const models = bareModels((index) => sourceFile(work, index));
  const folder = folderIn(work, 'bare', { 'models.json': JSON.stringify(models) });
  const database = join(folder, 'peers.duckdb');
  return {
    name: 'the bare statements',
    program: process.execPath,
    start: null,
    read: null,
    run: [join(import.meta.dirname, 'bare-models.ts'), database, join(folder, 'models.json')],
    folder,
    database,
    state: [],
    relation: ({ name }) => `main.${name}`,
  };
}

function dbtIn(work: string, program: string): Tool {
  const database = join(work, 'dbt', 'peers.duckdb');
  const folder = folderIn(work, 'dbt', {
    'dbt_project.yml':
      "name: peers\nversion: '1.0'\nprofile: peers\nmodel-paths: [models]\nmodels:\n  peers:\n    +materialized: table\n",
    'profiles.yml': `peers:\n  target: local\n  outputs:\n    local: { type: duckdb, path: '${database}', threads: ${AT_A_TIME} }\n`,
    ...Object.fromEntries(
      MODELS.map((model) => [
        `models/${model.name}.sql`,
        `${sqlText(
          model,
          (name) => `{{ ref('${name}') }}`,
          (index) => sourceFile(work, index),
        )}\n`,
      ]),
    ),
  });
  const here = ['--project-dir', folder, '--profiles-dir', folder];
  return {
    name: 'dbt',
    program,
    start: ['--help'],
    read: ['parse', ...here],
    run: ['run', ...here],
    folder,
    database,
    state: [],
    relation: ({ name }) => `main.${name}`,
  };
}

function sqlmeshIn(work: string, program: string): Tool {
  const database = join(work, 'sqlmesh', 'peers.duckdb');
  const folder = folderIn(work, 'sqlmesh', {
    'config.yaml': `gateways:
  local:
    connection: { type: duckdb, database: '${database}', concurrent_tasks: ${AT_A_TIME} }
default_gateway: local
model_defaults: { dialect: duckdb, start: '2024-01-01' }
`,
    ...Object.fromEntries(
      MODELS.map((model) => [
        `models/${model.name}.sql`,
        `MODEL (name core.${model.name}, kind FULL);\n\n${sqlText(
          model,
          (name) => `core.${name}`,
          (index) => sourceFile(work, index),
        )}\n`,
      ]),
    ),
  });
  const here = ['--paths', folder];
  return {
    name: 'SQLMesh',
    program,
    start: ['--help'],
    read: [...here, 'render', `core.${modelOf('fact', 0)}`],
    run: [...here, 'plan', '--auto-apply', '--no-prompts'],
    folder,
    database,
    state: [],
    relation: ({ name }) => `core.${name}`,
  };
}

/** Every model, each row as often as it is there. Views name the file they are in, so that each is opened by itself. */
async function expectSameRows(tools: readonly Tool[]): Promise<void> {
  const answers = await Promise.all(tools.map(rowsOf));
  for (const [index, { name }] of MODELS.entries()) {
    const texts = new Set(answers.map((answer) => answer[index]));
    if (texts.size !== 1) throw new Error(`${name} has other rows: ${[...texts].join(' | ')}`);
  }
  if (answers[0]?.every((text) => text.startsWith('0 '))) throw new Error('the models have no rows');
}

/** Of each model how many there are, and the sum of their digests. */
async function rowsOf({ database, relation }: Tool): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(database, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const texts: string[] = [];
    for (const model of MODELS) {
      const columns = model.columns.map((name) => `CAST(t.${name} AS VARCHAR)`);
      const sql = `SELECT count(*), sum(CAST(hash(${columns.join(', ')}) AS HUGEINT)) FROM ${relation(model)} AS t`;
      texts.push((await connection.runAndReadAll(sql)).getRows()[0]?.map(String).join(' ') ?? '');
    }
    return texts;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
