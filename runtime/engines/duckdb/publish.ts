/**
 * Publication by view (docs/decisions/0001-publication-by-view.md). A build is an ordinary table of `_pipec` that nobody
 * reads; after its audit one short transaction writes the state row and moves the public view:
 *
 *   CREATE TABLE _pipec.<name>__<fingerprint>_<build> AS …     autocommit, on the task's own connection
 *   the checks
 *   BEGIN; UPDATE _pipec.state …; CREATE OR REPLACE VIEW …; DROP the build before the last; COMMIT     one at a time
 *
 * A kill leaves the old version or the new one, and at most an orphan, which `recover` drops. The build before is kept.
 */
import { randomBytes } from 'node:crypto';
import { runError } from '../../errors.ts';
import type { Destination, Step } from '../../plan.ts';
import type { Connection } from './connect.ts';
import { ident, literal, qualified } from './quote.ts';

export const PIPEC = '_pipec';

/** Where the rows of one dataset that broke its contract are: those of the published version. */
export function quarantineTable(into: Destination): string {
  return qualified(PIPEC, quarantineName(into));
}
function quarantineName(into: Destination): string {
  return `quarantine__${into.schema}__${into.name}`;
}

/** A build's id: 8 characters of base 32, never used twice. */
export function newBuild(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return Array.from(randomBytes(8), (byte) => alphabet[byte & 31]).join('');
}

export function physicalName(into: Destination, build: string): string {
  return `${into.name.slice(0, 30).toLowerCase()}__${into.fingerprint}_${build}`;
}
const physicalPattern = /__[0-9a-z]{12}_[a-z2-7]{8}$/;

/** What is published under one public name. A lake's `build` is a folder, a table's a physical table, a view's neither. */
export interface Published {
  readonly build: string | null;
  readonly table: string | null;
  readonly previous: string | null;
}

/** The commit state of one opened database: read once, then kept beside the rows it mirrors. */
export class Publisher {
  readonly #published = new Map<string, Published>();
  #epoch = 0;
  /** Publications queue here: two at once gain nothing, and one at a time never conflicts. */
  #last: Promise<unknown> = Promise.resolve();

  /** Makes the schemas, takes a new epoch, drops orphans: once, before the first task. */
  async open(connection: Connection, steps: readonly Step[]): Promise<void> {
    const schemas = new Set([PIPEC, ...steps.map((step) => step.into.schema)]);
    for (const schema of schemas) await connection.run(`CREATE SCHEMA IF NOT EXISTS ${ident(schema)}`);
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${STATE} ("dataset" VARCHAR NOT NULL, "schema" VARCHAR NOT NULL, "name" VARCHAR NOT NULL, "storage" VARCHAR NOT NULL, "fingerprint" VARCHAR NOT NULL, "build" VARCHAR, "table" VARCHAR, "previous" VARCHAR, "rows" BIGINT, "run" VARCHAR, "at" TIMESTAMPTZ, "epoch" BIGINT NOT NULL)`,
    );
    await connection.transaction(async () => {
      this.#epoch = 1 + ((await connection.numbers(`SELECT max("epoch") AS "epoch" FROM ${STATE}`))['epoch'] ?? 0);
      await connection.run(`UPDATE ${STATE} SET "epoch" = ${this.#epoch}`);
      for (const row of await connection.rows(`SELECT "schema", "name", "build", "table", "previous" FROM ${STATE}`)) {
        this.#published.set(`${row['schema']}.${row['name']}`, row as unknown as Published);
      }
      const fresh = steps.filter(({ into }) => !this.#published.has(key(into)));
      if (fresh.length === 0) return;
      const values = fresh.map(
        ({ into }) =>
          `(${[into.dataset, into.schema, into.name, into.storage.kind, into.fingerprint].map(literal).join(', ')}, ${this.#epoch})`,
      );
      await connection.run(
        `INSERT INTO ${STATE} ("dataset", "schema", "name", "storage", "fingerprint", "epoch") VALUES ${values.join(', ')}`,
      );
      for (const { into } of fresh) this.#published.set(key(into), { build: null, table: null, previous: null });
    });
    await this.#sweep(connection);
  }

  published(into: Destination): Published {
    return this.#published.get(key(into)) ?? { build: null, table: null, previous: null };
  }

  /**
   * Moves the public view, with what else must be seen at the same time.
   * @param select what the view reads
   * @param also statements of the same transaction
   */
  async publish(
    connection: Connection,
    into: Destination,
    version: {
      readonly build: string | null;
      readonly table: string | null;
      readonly rows: number | null;
      readonly run: string;
    },
    select: string,
    also: readonly string[] = [],
  ): Promise<void> {
    const turn = this.#last.then(() => this.#move(connection, into, version, select, also));
    this.#last = turn.catch(() => undefined);
    await turn;
  }

  async #move(
    connection: Connection,
    into: Destination,
    version: {
      readonly build: string | null;
      readonly table: string | null;
      readonly rows: number | null;
      readonly run: string;
    },
    select: string,
    also: readonly string[],
  ): Promise<void> {
    const before = this.published(into);
    const previous = before.table;
    await connection.transaction(async () => {
      // The epoch is written, not only read: a writer that another one has replaced fails here.
      const changed = await connection.run(
        `UPDATE ${STATE} SET "dataset" = ${literal(into.dataset)}, "storage" = ${literal(into.storage.kind)}, "fingerprint" = ${literal(into.fingerprint)}, "build" = ${nullable(version.build)}, "table" = ${nullable(version.table)}, "previous" = ${nullable(previous)}, "rows" = ${version.rows ?? 'NULL'}, "run" = ${literal(version.run)}, "at" = now(), "epoch" = "epoch" WHERE "schema" = ${literal(into.schema)} AND "name" = ${literal(into.name)} AND "epoch" = ${this.#epoch}`,
      );
      if (changed !== 1) throw runError('write-conflict', { why: 'another run has taken over this database' });
      for (const statement of also) await connection.run(statement);
      await connection.run(`CREATE OR REPLACE VIEW ${qualified(into.schema, into.name)} AS ${select}`);
      if (before.previous !== null) await connection.run(`DROP TABLE IF EXISTS ${qualified(PIPEC, before.previous)}`);
    });
    this.#published.set(key(into), { build: version.build, table: version.table, previous });
  }

  /** Drops builds that no state row names: what a killed run left. */
  async #sweep(connection: Connection): Promise<void> {
    const kept = new Set([...this.#published.values()].flatMap(({ table, previous }) => [table, previous]));
    const rows = await connection.rows(`SELECT table_name FROM duckdb_tables() WHERE schema_name = ${literal(PIPEC)}`);
    for (const name of rows.map((row) => String(row['table_name']))) {
      if (physicalPattern.test(name) && !kept.has(name)) await connection.run(`DROP TABLE ${qualified(PIPEC, name)}`);
    }
  }
}

const STATE = qualified(PIPEC, 'state');
const key = (into: Destination): string => `${into.schema}.${into.name}`;
const nullable = (text: string | null): string => (text === null ? 'NULL' : literal(text));
