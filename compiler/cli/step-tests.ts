/** Tests of steps: their functions run over the given rows in a database of their own, in memory, whatever the target is. */
import type { Engine, EngineReader, EngineSession, StepContext } from '../../runtime/engine.ts';
import type { EnginePlan, FunctionStep } from '../../runtime/plan.ts';
import { batchColumn } from '../plan/steps.ts';
import { optimize } from '../relational/optimize.ts';
import type { Program, TestModel } from '../semantics/model.ts';
import { duckdb } from '../sql/duckdb.ts';
import { renderQuery } from '../sql/select.ts';
import { projectFunctions } from './functions.ts';

interface Opened {
  readonly engine: Engine;
  readonly session: EngineSession;
  readonly reader: EngineReader;
  readonly context: StepContext;
}

const PLAN: EnginePlan = { kind: 'duckdb', path: ':memory:' };

export class StepTests {
  readonly #root: string;
  readonly #steps: ReadonlyMap<TestModel, FunctionStep>;
  /** Where they run. */
  readonly engine = PLAN.kind;
  #opened: Opened | null = null;

  /** `root` is the project's folder, absolute. */
  constructor(root: string, program: Program, tests: readonly TestModel[]) {
    this.#root = root;
    this.#steps = new Map(
      tests.flatMap((one, number) => (one.function === null ? [] : [[one, stepOf(one, number, program)] as const])),
    );
  }

  /** What the function makes of the given rows: the columns that the test expects. @throws PipecError */
  async rows(one: TestModel): Promise<(readonly unknown[])[]> {
    const step = this.#steps.get(one);
    if (step === undefined) throw new Error(`${one.dataset} is no step`);
    const { session, reader, context } = await this.#open();
    await session.perform(step, context);
    const columns = one.expected.columns.map(({ name }) => duckdb.quote(name)).join(', ');
    const from = `${duckdb.quote(step.into.schema)}.${duckdb.quote(step.into.name)}`;
    const rows: (readonly unknown[])[] = [];
    for await (const batch of (await reader.query(`SELECT ${columns} FROM ${from}`, null)).batches) rows.push(...batch);
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#opened?.session.close();
    await this.#opened?.reader.close();
    await this.#opened?.engine.close();
  }

  async #open(): Promise<Opened> {
    if (this.#opened !== null) return this.#opened;
    const { openEngine } = await import('../../runtime/engines/registry.ts');
    const { resolveTexts } = await import('../../runtime/secrets.ts');
    const texts = await resolveTexts([], { kind: 'env' }, this.#root);
    const { signal } = new AbortController();
    const engine = await openEngine({
      folder: this.#root,
      plan: PLAN,
      texts,
      run: 'test',
      began: new Date().toISOString(),
      steps: [...this.#steps.values()],
      waitMs: 0,
      nameHolder: () => 'another process',
      waiting: () => undefined,
      signal,
    });
    this.#opened = {
      engine,
      session: await engine.session(),
      reader: await engine.reader(),
      context: {
        run: 'test',
        inputs: null,
        texts,
        functions: projectFunctions(this.#root),
        signal,
        checked: () => undefined,
      },
    };
    return this.#opened;
  }
}

/** The step over the rows of a test, into a place of its own. */
function stepOf(one: TestModel, number: number, program: Program): FunctionStep {
  const dataset = program.datasets.find(({ name }) => name === one.dataset);
  if (dataset === undefined || one.function === null) throw new Error(`${one.dataset} has no function`);
  const { file, name } = one.function;
  return {
    kind: 'function',
    function: { file, name },
    sql: renderQuery(optimize(one.actual), duckdb),
    given: one.actual.columns.map((column) => batchColumn(column, duckdb)),
    into: {
      dataset: one.dataset,
      schema: '_test',
      name: `test_${number}`,
      fingerprint: '0'.repeat(12),
      storage: { kind: 'table' },
    },
    columns: dataset.row.columns.map((column) => batchColumn(column, duckdb)),
    audit: null,
    compute: { mode: 'etl', why: 'a test' },
  };
}
