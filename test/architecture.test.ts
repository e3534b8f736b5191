/**
 * The rules of the house, which docs/architecture.md tells: who may import whom, what is loaded when, and that everything
 * in an open table has its fixture.
 */
import { expect, test } from 'vitest';
import { commandCodes } from '../compiler/cli/errors.ts';
import { codes } from '../compiler/diagnostics/codes.ts';
import { runCodes } from '../runtime/errors.ts';
import { cycles, filesIn, type Import, importsOf, loadedWith, textOf } from './support/imports.ts';

/** The folders of `compiler/`: each imports only from those before it. */
const ROOMS = ['diagnostics', 'syntax', 'relational', 'semantics', 'sql', 'plan', 'emit', 'workspace', 'ide', 'cli'];

/** Modules of Node through which a program reaches files, other processes, the network or its environment. */
const IO =
  /^node:(fs|net|http|https|http2|tls|dgram|dns|child_process|cluster|sqlite|worker_threads|readline|process)\b/;

/** Packages that take longer to load than most commands take to run, each behind an import that is only reached by its use. */
const HEAVY = /^(ts-morph|esbuild|@duckdb\/|echarts|elkjs|ajv|typescript|vega-datasets|pino$|pg$|pg-|@clickhouse\/)/;

const files = filesIn(['compiler', 'runtime', 'extension'], '.ts');
const imports = files.flatMap((file) => importsOf(file));

const roomOf = (file: string) => /^compiler\/([^/]+)\//.exec(file)?.[1] ?? null;
const told = (edges: readonly Import[]) => edges.map((edge) => `${edge.from} imports ${edge.to}`);

test('the scan sees imports of every shape', () => {
  const text = [
    "import type { A } from './a.ts';",
    "import { b, type B } from '../b.ts';",
    "import {\n  c,\n} from './c.ts';",
    "export * from './d.ts';",
    "export type { E } from './e.ts';",
    "import './f.ts';",
    "import * as g from 'node:fs';",
    "const h = await import('./h.ts');",
    "let i: typeof import('i');",
    '  "import x from \'./no.ts\'"',
  ].join('\n');
  expect(importsOf('compiler/cli/x.ts', text).map(({ to, kind }) => `${kind} ${to}`)).toEqual([
    'type compiler/cli/a.ts',
    'value compiler/b.ts',
    'value compiler/cli/c.ts',
    'value compiler/cli/d.ts',
    'type compiler/cli/e.ts',
    'value compiler/cli/f.ts',
    'value node:fs',
    'lazy compiler/cli/h.ts',
    'type i',
  ]);
});

test('every folder of the compiler has its place in the order', () => {
  const rooms = new Set(files.flatMap((file) => roomOf(file) ?? []));
  expect([...rooms].filter((room) => !ROOMS.includes(room))).toEqual([]);
  expect(files.filter((file) => file.startsWith('compiler/') && roomOf(file) === null)).toEqual([]);
});

test('a folder of the compiler imports only from the folders before it', () => {
  const upwards = imports.filter(({ from, to }) => {
    const [own, other] = [roomOf(from), roomOf(to)];
    return own !== null && other !== null && ROOMS.indexOf(other) > ROOMS.indexOf(own);
  });
  expect(told(upwards)).toEqual([]);
});

test('no cycles between files', () => {
  const all = [...files, ...filesIn(['test', 'bench', 'scripts'], '.ts')].flatMap((file) => importsOf(file));
  expect(cycles(all)).toEqual([]);
  const edge = (from: string, to: string): Import => ({ from, to, kind: 'type' });
  expect(cycles([edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('c', 'd')])).toEqual([['a', 'b', 'c']]);
});

test('what is published imports nothing of what makes and tests it', () => {
  expect(told(imports.filter(({ to }) => /^(?:test|bench|scripts|docs|examples)\//.test(to)))).toEqual([]);
});

test('the runtime knows nothing of the compiler', () => {
  expect(told(imports.filter(({ from, to }) => from.startsWith('runtime/') && to.startsWith('compiler/')))).toEqual([]);
});

test('of the runtime, the compiler knows the types of its contract; only the command runs it', () => {
  const contract = [
    'runtime/plan.ts',
    'runtime/events.ts',
    'runtime/status.ts',
    'runtime/preview/messages.ts',
    'runtime/web/api.ts',
  ];
  const outside = imports.filter(
    ({ from, to, kind }) =>
      from.startsWith('compiler/') &&
      roomOf(from) !== 'cli' &&
      to.startsWith('runtime/') &&
      !(kind === 'type' && contract.includes(to)),
  );
  expect(told(outside)).toEqual([]);
});

/** What the language server shares with the command: where projects lie on disk, and what is kept of them. */
const SHARED_WITH_SERVER = /^compiler\/cli\/(?:project-files|check-cache|kept-answers|io|version|command)\.ts$/;

test('the language server asks the workspace, and shares with the command what it knows of the disk', () => {
  const own = imports.filter(({ from }) => from.startsWith('extension/server/'));
  const refused = ({ to, kind }: Import) => {
    if (to === 'runtime/preview/messages.ts') return kind !== 'type';
    if (to.startsWith('compiler/cli/')) return !SHARED_WITH_SERVER.test(to);
    if (to.startsWith('extension/')) return !to.startsWith('extension/server/');
    return /^compiler\/emit\/|^runtime\//.test(to);
  };
  expect(told(own.filter(refused))).toEqual([]);
  const into = imports.filter(({ from, to }) => to.startsWith('extension/') && !from.startsWith('extension/'));
  expect(into.map(({ from, to, kind }) => `${from} ${kind} ${to}`)).toEqual([
    'compiler/cli/lsp.ts lazy extension/server/main.ts',
  ]);
});

test('what an editor loads knows of compiler and runtime the shapes of what they print', () => {
  const client = imports.filter(({ from }) => /^extension\/(?:client|views)[./]/.test(from));
  const refused = ({ to, kind }: Import) => {
    if (/^(?:compiler|runtime)\//.test(to))
      return (
        kind !== 'type' || !['compiler/cli/machine.ts', 'runtime/events.ts', 'runtime/preview/messages.ts'].includes(to)
      );
    return to.startsWith('extension/server/') && to !== 'extension/server/protocol.ts';
  };
  expect(told(client.filter(refused))).toEqual([]);
  const pages = client.filter(({ from }) =>
    /^extension\/views\/(?:.+\/)?(?:page(?:\/.+)?|model|messages|answers|words)\.ts$/.test(from),
  );
  expect(pages.length).toBeGreaterThan(3);
  expect(told(pages.filter(({ to }) => /^(?:vscode|node:)/.test(to)))).toEqual([]);
});

test('the packages of the language server protocol are imported by the extension', () => {
  expect(told(imports.filter(({ from, to }) => /^vscode/.test(to) && !from.startsWith('extension/')))).toEqual([]);
});

test('of the server, only its projects and its pages look at the disk', () => {
  const disk = ['extension/server/project.ts', 'extension/server/docs.ts'];
  const server = imports.filter(({ from, to }) => from.startsWith('extension/server/') && IO.test(to));
  expect(told(server.filter(({ from }) => !disk.includes(from)))).toEqual([]);
});

test('files, processes and the network are reached only from cli, emit and runtime', () => {
  const pure = files.filter((file) => !['cli', 'emit', null].includes(roomOf(file)));
  expect(told(imports.filter(({ from, to }) => pure.includes(from) && IO.test(to)))).toEqual([]);
  expect(pure.filter((file) => /(?<![.\w])(?:fetch\(|process\.|WebSocket\b)/.test(textOf(file)))).toEqual([]);
});

test('the package of an engine is imported by its engine', () => {
  const engines = /^(@duckdb\/|pg$|pg-|@electric-sql\/|chdb|@clickhouse\/)/;
  expect(told(imports.filter(({ from, to }) => engines.test(to) && !from.startsWith('runtime/engines/')))).toEqual([]);
});

test('heavy packages are loaded by what needs them, and by nothing else', () => {
  const heavyWith = (file: string) => [...loadedWith(file, imports)].filter((name) => HEAVY.test(name));
  expect(heavyWith('compiler/cli/main.ts')).toEqual([]);
  expect(heavyWith('extension/server/main.ts')).toEqual([]);
  // A job loads its engine when it opens it, and nothing of what wrote it.
  expect(heavyWith('runtime/index.ts')).toEqual([]);
  const commands = imports.filter(({ from, kind }) => from === 'compiler/cli/commands.ts' && kind === 'lazy');
  expect(commands.length).toBeGreaterThan(5);
  // Building writes TypeScript, with ts-morph. The bundler and the engine are behind further lazy imports.
  const allowed: Readonly<Record<string, readonly string[]>> = { 'compiler/cli/build.ts': ['ts-morph'] };
  for (const { to } of commands) expect([to, heavyWith(to)]).toEqual([to, allowed[to] ?? []]);
});

test('`pipec --help` loads no parser', () => {
  const loaded = [...loadedWith('compiler/cli/main.ts', imports)];
  expect(loaded.filter((name) => /^chevrotain|^compiler\/(?!cli|diagnostics)/.test(name))).toEqual([]);
});

test('every diagnostic is reported in a test', () => {
  const all = [...Object.keys(codes), ...Object.keys(runCodes), ...Object.keys(commandCodes)];
  const own = ['test/architecture.test.ts', 'test/docs/examples.test.ts'];
  const texts = ['.ts', '.pipe', '.txt', '.console']
    .flatMap((ending) => filesIn(['test'], ending))
    .filter((file) => !own.includes(file))
    .map(textOf)
    .join('\n');
  const seen = new Set(
    Array.from(texts.matchAll(/\[([a-z][a-z0-9-]*)\]|['"`]([a-z][a-z0-9-]*)['"`]/g), (found) => found[1] ?? found[2]),
  );
  const missing = [...new Set(all)].filter((code) => !seen.has(code));
  expect(missing, 'codes without a fixture').toEqual([]);
});
