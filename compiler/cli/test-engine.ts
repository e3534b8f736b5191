/** An engine as unit tests have it: inside this process, in memory, with nothing in it. Tests read what they are given. */

import type { EngineReader, EngineSession, StepContext } from '../../runtime/engine.ts';
import { traceparentOf } from '../../runtime/observe/trace.ts';
import type { FunctionStep } from '../../runtime/plan.ts';
import { batchColumn } from '../plan/steps.ts';
import { optimize } from '../relational/optimize.ts';
import type { Program, TestModel } from '../semantics/model.ts';
import { rawEngines } from '../semantics/raw-sql.ts';
import type { Dialect } from '../sql/dialect.ts';
import { renderQuery } from '../sql/select.ts';
import { projectFunctions } from './functions.ts';

export interface TestEngine {
  readonly dialect: Dialect;
  /** All rows of a query. @throws PipecError */
  readonly ask: (sql: string) => Promise<(readonly unknown[])[]>;
  /** What the function of a tested step makes of the given rows: the columns that the test expects. @throws PipecError */
  readonly compute: (one: TestModel) => Promise<(readonly unknown[])[]>;
  readonly close: () => Promise<void>;
}

/** Raw SQL runs on the engines that it is given for. */
export function runsOn(one: TestModel, { engine }: Dialect): boolean {
  const engines = rawEngines(one.actual);
  return engines.length === 0 || engines.includes(engine);
}

/**
 * @param root the project's folder, absolute
 * @param tests all that will be run
 * @throws PipecError `package-missing`
 */
export async function openTestEngine(
  dialect: Dialect,
  root: string,
  program: Program,
  tests: readonly TestModel[],
): Promise<TestEngine> {
  const { inMemory, openEngine } = await import('../../runtime/engines/registry.ts');
  const { resolveTexts } = await import('../../runtime/secrets.ts');
  const steps = new Map(
    tests.flatMap((one, number) =>
      one.function === null ? [] : [[one, stepOf(one, number, program, dialect)] as const],
    ),
  );
  const plan = inMemory(dialect.engine);
  const texts = await resolveTexts([], { kind: 'env' }, root);
  const { signal } = new AbortController();
  const engine = await openEngine({
    folder: root,
    plan,
    texts,
    run: 'test',
    began: new Date().toISOString(),
    steps: [...steps.values()],
    scope: { environment: null, applies: false, keep: 0 },
    waitMs: 0,
    nameHolder: () => 'another process',
    waiting: () => undefined,
    warned: () => undefined,
    signal,
  });
  const reader = await engine.reader();
  const context: StepContext = {
    run: 'test',
    inputs: null,
    texts,
    traceparent: traceparentOf('test', {}),
    functions: projectFunctions(root),
    signal,
    checked: () => undefined,
    began: new Date().toISOString(),
    again: null,
    full: false,
    warned: () => undefined,
  };
  let session: EngineSession | null = null;
  return {
    dialect,
    ask: (sql) => rowsOf(reader, sql),
    async compute(one) {
      const step = steps.get(one);
      if (step === undefined) throw new Error(`${one.dataset} is no step`);
      session ??= await engine.session();
      await session.perform(step, context);
      const columns = one.expected.columns.map(({ name }) => dialect.quote(name)).join(', ');
      const from = `${dialect.quote(step.into.schema)}.${dialect.quote(step.into.name)}`;
      return await rowsOf(reader, `SELECT ${columns} FROM ${from}`);
    },
    async close() {
      session?.close();
      await reader.close();
      await engine.close();
    },
  };
}

async function rowsOf(reader: EngineReader, sql: string): Promise<(readonly unknown[])[]> {
  const rows: (readonly unknown[])[] = [];
  const { batches } = await reader.query(sql, null);
  for await (const batch of batches) rows.push(...batch);
  return rows;
}

/** The step over the rows of a test, into a place of its own. */
function stepOf(one: TestModel, number: number, program: Program, dialect: Dialect): FunctionStep {
  const dataset = program.datasets.find(({ name }) => name === one.dataset);
  if (dataset === undefined || one.function === null) throw new Error(`${one.dataset} has no function`);
  const { file, name } = one.function;
  return {
    kind: 'function',
    function: { file, name },
    sql: renderQuery(optimize(one.actual), dialect),
    given: one.actual.columns.map((column) => batchColumn(column, dialect)),
    into: {
      dataset: one.dataset,
      schema: '_test',
      name: `test_${number}`,
      fingerprint: '0'.repeat(12),
      storage: { kind: 'table' },
    },
    columns: dataset.row.columns.map((column) => batchColumn(column, dialect)),
    audit: null,
    compute: { mode: 'etl', why: 'a test' },
  };
}
