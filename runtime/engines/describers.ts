/** The engines that say what raw SQL would give: one row each. All of them run inside this process. */
import type { DescribeQuestion, Describer, Description, OpenDescriber } from '../describe.ts';

const engines: Readonly<Record<string, () => Promise<OpenDescriber>>> = {
  duckdb: async () => (await import('./duckdb/describe.ts')).describeDuckDb,
  postgres: async () => (await import('./postgres/describe.ts')).describePostgres,
  clickhouse: async () => (await import('./clickhouse/describe.ts')).describeClickhouse,
};

/** Each is opened when it is first asked, and stays until all questions are answered: PostgreSQL takes seconds to start. */
export class Describers {
  readonly #folder: string;
  readonly #opened = new Map<string, Promise<Describer>>();

  /** @param folder of the project */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws PipecError `package-missing` where the project has not installed the engine */
  async describe(engine: string, question: DescribeQuestion): Promise<Description> {
    const opened = this.#opened.get(engine) ?? this.#open(engine);
    this.#opened.set(engine, opened);
    return await (await opened).describe(question);
  }

  async #open(engine: string): Promise<Describer> {
    const open = await engines[engine]?.();
    if (open === undefined) throw new Error('that engine is not here to be asked');
    return await open(this.#folder);
  }

  async close(): Promise<void> {
    for (const opened of this.#opened.values()) await (await opened.catch(() => null))?.close();
  }
}
