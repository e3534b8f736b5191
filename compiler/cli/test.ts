/** `pipec test`: runs the unit tests of datasets on an empty database of their own, in memory. */
import type { EngineReader } from '../../runtime/engine.ts';
import type { TargetPlan } from '../../runtime/plan.ts';
import { plural } from '../diagnostics/render.ts';
import { harmless, wrap } from '../diagnostics/text-width.ts';
import { dialectOf } from '../plan/plan.ts';
import { optimize } from '../relational/optimize.ts';
import type { Rel } from '../relational/rel.ts';
import type { Program, TestModel } from '../semantics/model.ts';
import { closest } from '../semantics/suggest.ts';
import type { Dialect } from '../sql/dialect.ts';
import { duckdb } from '../sql/duckdb.ts';
import { renderAssertions, renderQuery } from '../sql/select.ts';
import { type CommandError, type CommandModule, EXIT, JSON_OPTION, usageError } from './command.ts';
import { planTarget } from './data.ts';
import type { Environment } from './io.ts';
import type { TestLine } from './machine.ts';
import { askOutside } from './outside.ts';
import { duration } from './progress/lines.ts';
import { checkedProgram, openProject, targetOf } from './project.ts';
import { type DiffRow, diffLines, diffRows } from './row-diff.ts';
import { StepTests } from './step-tests.ts';

export const test: CommandModule<{ readonly json?: boolean; readonly target?: string }> = {
  arguments: [{ name: '[selection...]', help: 'tests by name, or by the dataset they are of', completes: 'dataset' }],
  options: [
    { flags: '-t, --target <target>', help: 'on the engine of this target (default: DuckDB, in memory)' },
    JSON_OPTION,
  ],
  details: 'Exit code 4 where a test fails.',
  examples: [
    { text: 'pipec test', does: 'all of them' },
    { text: 'pipec test daily_revenue', does: 'those of one dataset, or of that name' },
  ],
  run: async (io, words, { json = false, target }) => {
    const began = performance.now();
    const project = openProject(io);
    await askOutside(project, io.environment);
    const program = checkedProgram(io, project);
    const tests = program.tests.filter((one) => words.length === 0 || words.some((word) => isMeant(one, word)));
    for (const word of words) if (!program.tests.some((one) => isMeant(one, word))) throw noSuchTest(word, program);
    let failed = 0;
    const engines = new Set<string>();
    const asked = target === undefined ? null : targetOf(program, target);
    const dialect = asked === null ? duckdb : dialectOf(program, asked);
    const where = asked === null ? IN_MEMORY : planTarget(program, asked);
    await withReader(project.root, where, io.environment, async (reader) => {
      await using steps = new StepTests(project.root, program, tests);
      for (const one of tests) {
        const engine = one.function === null ? dialect.engine : steps.engine;
        engines.add(engine);
        const outcome = await perform(one, { reader, dialect, steps });
        if (outcome.status === 'failed') failed += 1;
        if (json) io.out.json(toLine(one, outcome, engine));
        else for (const line of outcomeLines(one, outcome, engine, io.out.style)) io.out.line(line);
      }
    });
    if (!json) {
      const { paint, glyphs } = io.out.style;
      const verdict = failed > 0 ? `${paint.red(`${failed} failed`)} ${glyphs.dot} ` : '';
      if (tests.length === 0) io.out.line('The project has no test yet: test of <dataset> { given … expect … }');
      else
        io.out.line(
          `${verdict}${paint.green(`${failed > 0 ? `${tests.length - failed} of ` : ''}${plural(tests.length, 'test')} passed`)} on ${[...engines].join(' and ')} ${glyphs.dot} ${duration(performance.now() - began)}`,
        );
    }
    return failed > 0 ? EXIT.check : EXIT.done;
  },
};

/** A test goes by its name and by its dataset's. */
const isMeant = (one: TestModel, word: string): boolean =>
  one.name === word || one.dataset === word || one.dataset.endsWith(`.${word}`);

function noSuchTest(word: string, { tests, datasets }: Program): CommandError {
  const isDataset = datasets.some((one) => one.name === word || one.name.endsWith(`.${word}`));
  const meant = closest(
    word,
    tests.flatMap((one) => [
      ...(one.name === null ? [] : [one.name]),
      one.dataset.slice(one.dataset.lastIndexOf('.') + 1),
    ]),
  );
  return usageError(
    isDataset
      ? `\`${word}\` has no test`
      : `no test is named, or of, \`${word}\`${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
    isDataset ? `write one: test of ${word} { given … expect … }` : 'all tests: pipec test',
  );
}

const IN_MEMORY: Pick<TargetPlan, 'engine' | 'secrets'> = {
  engine: { kind: 'duckdb', path: ':memory:' },
  secrets: { kind: 'env' },
};

interface Outcome {
  readonly status: 'passed' | 'failed';
  readonly columns: readonly { readonly name: string; readonly numeric: boolean }[];
  readonly diff: readonly DiffRow[];
  /** Where the query itself failed: what it said. */
  readonly error: string | null;
  readonly ms: number;
}

interface Where {
  readonly reader: EngineReader;
  readonly dialect: Dialect;
  readonly steps: StepTests;
}

async function perform(one: TestModel, { reader, dialect, steps }: Where): Promise<Outcome> {
  const began = performance.now();
  // Of a step, `actual` is what it is given.
  const compared = one.function === null ? one.actual.columns : one.expected.columns;
  const columns = compared.map(({ name, type }) => ({
    name,
    numeric: type.kind === 'int64' || type.kind === 'float64' || type.kind === 'decimal',
  }));
  const end = (diff: readonly DiffRow[], error: string | null): Outcome => ({
    status: error !== null || diff.some((row) => row.sign !== '=') ? 'failed' : 'passed',
    columns,
    diff,
    error,
    ms: performance.now() - began,
  });
  try {
    for (const { message, sql } of renderAssertions(one.actual, dialect)) {
      if ((await rowsOf(reader, sql)).length > 0) return end([], `the assertion does not hold: ${message}`);
    }
    const expected = await rowsOf(reader, renderQuery(optimize(one.expected), dialect));
    const actual =
      one.function === null ? await rowsOf(reader, renderQuery(optimize(one.actual), dialect)) : await steps.rows(one);
    return end(diffRows(expected, actual, inexactColumns(compared)), null);
  } catch (error) {
    // What the engine refuses is a failed test; a fault of pipec is not.
    if (!(error instanceof Error) || error.name !== 'PipecError') throw error;
    return end([], error.message);
  }
}

function inexactColumns(columns: Rel['columns']): readonly boolean[] {
  return columns.map((column) => column.inexact || column.type.kind === 'float64');
}

async function rowsOf(reader: EngineReader, sql: string): Promise<(readonly unknown[])[]> {
  const rows: (readonly unknown[])[] = [];
  const { batches } = await reader.query(sql, null);
  for await (const batch of batches) rows.push(...batch);
  return rows;
}

/** Tests read what they are given and nothing else: an embedded engine is a new one, in memory. */
async function withReader(
  folder: string,
  { engine, secrets }: Pick<TargetPlan, 'engine' | 'secrets'>,
  environment: Environment,
  work: (reader: EngineReader) => Promise<void>,
): Promise<void> {
  const { engineTexts, inMemory, openReader } = await import('../../runtime/engines/registry.ts');
  const { resolveTexts } = await import('../../runtime/secrets.ts');
  const plan = inMemory(engine);
  const texts = await resolveTexts(await engineTexts(plan), secrets, folder, environment);
  const reader = await openReader({ folder, plan, texts });
  try {
    await work(reader);
  } finally {
    await reader.close();
  }
}

function outcomeLines(
  one: TestModel,
  outcome: Outcome,
  engine: string,
  style: Parameters<typeof diffLines>[2],
): string[] {
  const { paint, glyphs } = style;
  const dataset = one.dataset.slice(one.dataset.lastIndexOf('.') + 1);
  const title = one.name === null ? dataset : `${one.name} of ${dataset}`;
  const where = paint.dim(`(${one.at.file}:${one.at.line})`);
  if (outcome.status === 'passed') return [`${paint.green(glyphs.done)} ${title} ${where}`];
  const head = `${paint.red(glyphs.failed)} ${paint.bold(title)} ${where} on ${engine}`;
  return outcome.error === null
    ? [head, ...diffLines(outcome.columns, outcome.diff, style)]
    : [head, ...wrap(harmless(outcome.error.replaceAll('\n', ' ')), style.width - 4).map((line) => `    ${line}`)];
}

function toLine(one: TestModel, { status, columns, diff, error }: Outcome, engine: string): TestLine {
  const row = (values: readonly unknown[]) =>
    Object.fromEntries(columns.map(({ name }, index) => [name, values[index] ?? null]));
  return {
    test: one.name,
    dataset: one.dataset,
    engine,
    file: one.at.file,
    line: one.at.line,
    status,
    diff: diff.flatMap(({ sign, values }) =>
      sign === '=' ? [] : [{ row: row(values), is: sign === '-' ? 'missing' : 'unexpected' }],
    ),
    error,
  };
}
