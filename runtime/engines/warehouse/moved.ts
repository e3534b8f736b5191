/** Rows of the embedded engine become a dataset of the target. */
import type { StepContext } from '../../engine.ts';
import type { Destination } from '../../plan.ts';
import { names, type StoredColumn } from '../columns.ts';
import type { Connection } from '../duckdb/connect.ts';
import type { Accepted } from '../duckdb/judging.ts';
import { lakeRelation } from '../duckdb/lake.ts';
import { type Made, madeAs } from '../increments/growth.ts';
import { moveRows } from '../mover.ts';
import type { Warned } from '../published.ts';
import { qualified } from '../quote.ts';
import { newBuild, PIPEC, physicalName } from '../versions.ts';
import {
  keptOrDropped,
  type Publication,
  type TypedColumn,
  type Warehouse,
  type WarehouseEngine,
} from './warehouse.ts';

/** Rows of the embedded engine, on their way into the target. */
interface Moved {
  readonly into: Destination;
  readonly columns: readonly TypedColumn[];
  /** Those that the public view shows. */
  readonly shown: readonly StoredColumn[];
  readonly key: readonly string[];
  readonly sql: string;
  /** Where the target may read the same rows itself. */
  readonly plain: Accepted['plain'];
  readonly made: Made;
}

/** Rows that are in the target, and not published yet. */
interface Arrived {
  readonly build: string;
  readonly table: string;
  readonly rows: number;
  readonly move: (table: string, columns: readonly TypedColumn[], sql: string) => Promise<number>;
  readonly publish: (
    warned: readonly Warned[],
    quarantine: Publication['quarantine'],
    /** Of a source that is pulled: how far it was read. */
    cursor?: string | null,
  ) => Promise<void>;
}

/** A new build of these rows, and in a lake a new version of its files: `finish` judges and publishes it, or it goes. */
export async function storeMoved<T>(
  warehouse: Warehouse,
  embedded: Connection,
  { into, columns, shown, key, sql, plain, made }: Moved,
  context: StepContext,
  { lakes }: WarehouseEngine,
  finish: (arrived: Arrived) => Promise<T>,
): Promise<T> {
  const build = newBuild();
  const move: Arrived['move'] = (table, stored, rows) =>
    moveRows(embedded, { sql: rows, columns: stored, wire: warehouse.wire }, (pieces) =>
      warehouse.take(table, stored, pieces),
    );
  // A lake's files are written as everywhere, and the target has a copy of its rows to compute with.
  const lake = into.storage.kind === 'lake' ? await lakes.write(embedded, into.storage, build, sql) : null;
  const source = lake === null ? sql : `SELECT ${names(columns)} FROM ${lakeRelation(lake.folder)}`;
  /** Of all rows; gives how many. */
  const make = async (table: string): Promise<number> => {
    const { makeOf, takeFiles } = warehouse;
    if (makeOf !== null)
      return await moveRows(embedded, { sql: source, columns, wire: warehouse.wire }, (pieces) =>
        makeOf(table, columns, pieces),
      );
    await warehouse.create(table, columns, key);
    if (takeFiles !== null && plain !== null && lake === null) {
      if (await takeFiles(table, columns, plain.files, plain.areExpected)) return plain.files.rows;
      context.signal.throwIfAborted();
    }
    return await move(table, columns, source);
  };
  const store = () =>
    keptOrDropped(warehouse, physicalName(into, build), async (table) => {
      const rows = await make(table);
      const publish: Arrived['publish'] = async (warned, quarantine, cursor = null) => {
        const commit = () =>
          warehouse.publish({
            into,
            version: { ...madeAs(made, build), table, rows, run: context.run, warned, cursor },
            select: `SELECT ${names(shown)} FROM ${qualified(PIPEC, table)}`,
            quarantine,
            warn: context.warned,
          });
        await (lake === null ? commit() : lake.publish(shown, context.run, commit));
      };
      return await finish({ build, table, rows, move, publish });
    });
  return await (lake === null ? store() : lake.keptOrRemoved(store));
}
