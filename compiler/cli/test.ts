/** `pipec test`: runs the unit tests of datasets on each engine of the project's targets, inside this process and in memory. */
import { plural } from '../diagnostics/render.ts';
import { harmless, wrap } from '../diagnostics/text-width.ts';
import { dialectOf } from '../plan/plan.ts';
import { optimize } from '../relational/optimize.ts';
import type { Rel } from '../relational/rel.ts';
import type { Program, TestModel } from '../semantics/model.ts';
import { closest } from '../semantics/suggest.ts';
import { duckdb } from '../sql/duckdb.ts';
import { dialects, engineNamed } from '../sql/registry.ts';
import { renderAssertions, renderQuery } from '../sql/select.ts';
import { type CommandError, type CommandModule, EXIT, JSON_OPTION, usageError } from './command.ts';
import type { TestLine } from './machine.ts';
import { askOutside } from './outside.ts';
import { duration } from './progress/lines.ts';
import { checkedProgram, openProject, targetOf } from './project.ts';
import { type DiffRow, diffLines, diffRows } from './row-diff.ts';
import { openTestEngine, runsOn, type TestEngine } from './test-engine.ts';

export const test: CommandModule<{ readonly json?: boolean; readonly target?: string }> = {
  arguments: [{ name: '[selection...]', help: 'tests by name, or by the dataset they are of', completes: 'dataset' }],
  options: [
    { flags: '-t, --target <target>', help: "on the engine of this target (default: each of the targets' engines)" },
    JSON_OPTION,
  ],
  details:
    "Each test runs on every engine of the project's targets, inside the process and on nothing but the rows that it is given: never on a server. An engine whose package the project has not installed is left out, and said. Exit code 4 where a test fails.",
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
    if (tests.length === 0) {
      if (!json) io.out.line('The project has no test yet: test of <dataset> { given … expect … }');
      return EXIT.done;
    }
    const { engines, missing } =
      target === undefined
        ? await ownEngines(project.root, program, tests)
        : {
            engines: [
              await openTestEngine(dialectOf(program, targetOf(program, target)), project.root, program, tests),
            ],
            missing: [],
          };
    const told = { failed: 0, passed: 0, skipped: 0 };
    try {
      for (const one of tests) {
        const outcomes: Outcome[] = [];
        for (const engine of engines) outcomes.push(await perform(one, engine));
        told[verdictOf(outcomes)] += 1;
        const absent = missing.map(({ engine, why }) => skipped(engine, why));
        if (json) for (const outcome of [...outcomes, ...absent]) io.out.json(toLine(one, outcome));
        else for (const line of testLines(one, outcomes, io.out.style)) io.out.line(line);
      }
    } finally {
      for (const engine of engines) await engine.close();
    }
    if (!json) {
      const { paint, glyphs } = io.out.style;
      const on = listed(engines.map(({ dialect }) => dialect.engine));
      const all = told.failed + told.skipped > 0 ? `${told.passed} of ` : '';
      const parts = [
        ...(told.failed > 0 ? [paint.red(`${told.failed} failed`)] : []),
        `${paint.green(`${all}${plural(tests.length, 'test')} passed`)} on ${on}`,
        ...missing.map(({ engine, hint }) => paint.yellow(`not on ${engine} (${hint})`)),
        duration(performance.now() - began),
      ];
      io.out.line(parts.join(` ${glyphs.dot} `));
    }
    return told.failed > 0 ? EXIT.check : EXIT.done;
  },
};

interface Missing {
  readonly engine: string;
  readonly why: string;
  readonly hint: string;
}

/** Those of the project's targets that are here; DuckDB, which always is, where none of them are. */
async function ownEngines(
  root: string,
  program: Program,
  tests: readonly TestModel[],
): Promise<{ readonly engines: readonly TestEngine[]; readonly missing: readonly Missing[] }> {
  const engines: TestEngine[] = [];
  const missing: Missing[] = [];
  const own = new Set(program.targets.flatMap(({ engine }) => engineNamed(engine.connector) ?? []));
  for (const name of own) {
    try {
      engines.push(await openTestEngine(dialects[name], root, program, tests));
    } catch (error) {
      const { PipecError } = await import('../../runtime/errors.ts');
      if (!(error instanceof PipecError) || error.code !== 'package-missing') throw error;
      missing.push({ engine: name, why: error.message, hint: error.hint ?? '' });
    }
  }
  if (engines.length === 0) engines.push(await openTestEngine(duckdb, root, program, tests));
  return { engines, missing };
}

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

interface Outcome {
  readonly engine: string;
  readonly status: TestLine['status'];
  readonly columns: readonly { readonly name: string; readonly numeric: boolean }[];
  readonly diff: readonly DiffRow[];
  /** Where the query itself failed, what it said; why it was skipped. */
  readonly error: string | null;
}

const skipped = (engine: string, why: string): Outcome => ({
  engine,
  status: 'skipped',
  columns: [],
  diff: [],
  error: why,
});

async function perform(one: TestModel, { dialect, ask, compute }: TestEngine): Promise<Outcome> {
  const { engine } = dialect;
  if (!runsOn(one, dialect)) return skipped(engine, `\`${one.dataset}\` has no SQL for ${engine}`);
  // Of a step, `actual` is what it is given.
  const compared = one.function === null ? one.actual.columns : one.expected.columns;
  const columns = compared.map(({ name, type }) => ({
    name,
    numeric: type.kind === 'int64' || type.kind === 'float64' || type.kind === 'decimal',
  }));
  const end = (diff: readonly DiffRow[], error: string | null): Outcome => ({
    engine,
    status: error !== null || diff.some((row) => row.sign !== '=') ? 'failed' : 'passed',
    columns,
    diff,
    error,
  });
  try {
    for (const { message, sql } of renderAssertions(one.actual, dialect)) {
      if ((await ask(sql)).length > 0) return end([], `the assertion does not hold: ${message}`);
    }
    const expected = await ask(renderQuery(optimize(one.expected), dialect));
    const actual = one.function === null ? await ask(renderQuery(optimize(one.actual), dialect)) : await compute(one);
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

/** A test that ran nowhere is none that passed. */
function verdictOf(outcomes: readonly Outcome[]): TestLine['status'] {
  if (outcomes.some(({ status }) => status === 'failed')) return 'failed';
  return outcomes.some(({ status }) => status === 'passed') ? 'passed' : 'skipped';
}

/** One line where it went as it should everywhere; else what went wrong, once for all engines that say the same. */
function testLines(one: TestModel, outcomes: readonly Outcome[], style: Parameters<typeof diffLines>[2]): string[] {
  const { paint, glyphs } = style;
  const dataset = one.dataset.slice(one.dataset.lastIndexOf('.') + 1);
  const title = one.name === null ? dataset : `${one.name} of ${dataset}`;
  const where = paint.dim(`(${one.at.file}:${one.at.line})`);
  const passed = outcomes.flatMap(({ status, engine }) => (status === 'passed' ? [engine] : []));
  const failures = new Map<string, { readonly on: string[]; readonly lines: readonly string[] }>();
  for (const outcome of outcomes) {
    if (outcome.status !== 'failed') continue;
    const lines = outcomeLines(outcome, style);
    const same = failures.get(lines.join('\n'));
    if (same === undefined) failures.set(lines.join('\n'), { on: [outcome.engine], lines });
    else same.on.push(outcome.engine);
  }
  const own = outcomes.find(({ status, error }) => status === 'skipped' && error !== null);
  const only = passed.length < outcomes.length ? ` on ${listed(passed)}` : '';
  return [
    ...(passed.length === 0 ? [] : [`${paint.green(glyphs.done)} ${title} ${where}${only}`]),
    ...[...failures.values()].flatMap(({ on, lines }) => [
      `${paint.red(glyphs.failed)} ${paint.bold(title)} ${where} on ${listed(on)}`,
      ...lines,
    ]),
    ...(passed.length > 0 || failures.size > 0 || own === undefined
      ? []
      : [`${paint.yellow(glyphs.skipped)} ${title} ${where} not run: ${own.error}`]),
  ];
}

function outcomeLines({ columns, diff, error }: Outcome, style: Parameters<typeof diffLines>[2]): string[] {
  if (error === null) return [...diffLines(columns, diff, style)];
  return wrap(harmless(error.replaceAll('\n', ' ')), style.width - 4).map((line) => `    ${line}`);
}

/** `a, b and c`. */
const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

function toLine(one: TestModel, { engine, status, columns, diff, error }: Outcome): TestLine {
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
