/** What an engine that keeps its rows itself can do, PostgreSQL or ClickHouse, and what its steps have in common. */

import type { QueryRows, StepContext } from '../../engine.ts';
import type { BatchColumn, Destination, IncrementPlan, LoadType, Removed } from '../../plan.ts';
import type { Asks } from '../audit.ts';
import { expectTypes, type StoredColumn } from '../columns.ts';
import type { Lakes } from '../duckdb/lake.ts';
import type { PlainFiles } from '../duckdb/plain.ts';
import { shown } from '../increments/follow.ts';
import type { MovedColumn, Mover, Pieces, Wire } from '../mover.ts';
import type { ApplyLine, Move, Published } from '../published.ts';
import { qualified } from '../quote.ts';
import type { Version, Versions } from '../versions.ts';

/** What one connection to such an engine can do. Tables are named in `_pipec`. */
export interface Warehouse extends Asks {
  /** How rows go there. */
  readonly wire: Wire;
  /** The engine's name of a contract's type. */
  readonly typeOf: (type: LoadType) => string;
  /** Makes an empty table. `key` orders its rows where the engine keeps them in order, `increment` says how it grows. */
  readonly create: (
    table: string,
    columns: readonly StoredColumn[],
    key: readonly string[],
    increment?: IncrementPlan | null,
  ) => Promise<void>;
  /** Fills it by a query; gives the rows written, null where a column that may not be null would be, or a float64 not finite. */
  readonly fill: (table: string, columns: readonly StoredColumn[], sql: string) => Promise<number | null>;
  /**
   * Changes a table that readers see: with all of it or nothing. `judge` looks at the table with the change in it, and what it
   * gives is published. Gives the rows of the table.
   */
  readonly revise: (
    revision: Revision,
    judge: (asks: Asks, table: string) => Promise<Publication>,
  ) => Promise<number | null | 'refused'>;
  /** Takes rows as its wire gives them; gives how many the engine has put there. */
  readonly take: (table: string, columns: readonly StoredColumn[], pieces: Pieces) => Promise<number>;
  /** Makes a table of rows as its wire gives them, in one transaction; gives how many there are. Null where there is no such thing. */
  readonly makeOf: ((table: string, columns: readonly StoredColumn[], pieces: Pieces) => Promise<number>) | null;
  /**
   * Takes the rows of files of this machine into an empty table by reading them itself, and sees to it that each value is one of
   * its type, while `areExpected` asks what else the contract says. Where a row is not let in, or it cannot read them, gives
   * false, and the table is empty. Null where it sees no files of this machine.
   */
  readonly takeFiles:
    | ((
        table: string,
        columns: readonly TypedColumn[],
        files: PlainFiles,
        areExpected: () => Promise<boolean>,
      ) => Promise<boolean>)
    | null;
  /** Never throws: what cannot be dropped is an orphan that the next run sweeps. */
  readonly drop: (table: string) => Promise<void>;
  /** The rows of a query, which are these columns. Nothing else is asked until they are read. */
  readonly read: (sql: string, columns: readonly BatchColumn[]) => Promise<QueryRows>;
  /** Names and types of what a query gives. */
  readonly describe: (sql: string) => Promise<readonly { readonly name: string; readonly type: string }[]>;
  /** Whether a column of this type may be stored as that one: precision and nullability are the table's. */
  readonly isType: (found: string, expected: string) => boolean;
  /** Moves the public view; what was quarantined becomes visible with it. */
  readonly publish: (publication: Publication) => Promise<void>;
  /** The public view, then the tables behind it that are not kept. @throws PipecError `view-in-use` */
  readonly remove: (removed: Removed, by: string, held: boolean) => Promise<void>;
  /** What was kept of a dataset that was removed goes too. */
  readonly forget: (removed: Removed) => Promise<void>;
  readonly note: (line: ApplyLine) => Promise<void>;
  /** Drops a schema in which nothing is left. Never throws: what somebody else has in it keeps it. */
  readonly leave: (schema: string) => Promise<void>;
  /** Moves the public view to a version that is there already. */
  readonly place: (move: Move, by: string, warn: Publication['warn']) => Promise<void>;
  /** In an environment: moves the public view to production's version. */
  readonly share: (into: Destination, published: Published, warn: Publication['warn']) => Promise<void>;
  /** Says of a version that stands what is known of it by now. */
  readonly tell: (into: Destination, published: Published) => Promise<void>;
  readonly interrupt: () => void;
  readonly close: () => void;
}

export interface Revision {
  readonly table: string;
  /** A name for a table of its own, where the engine cannot change one for nobody to see. */
  readonly copy: string;
  readonly columns: readonly StoredColumn[];
  /** A condition: these rows go. */
  readonly gone: string;
  /** These come. */
  readonly sql: string;
}

export interface Publication {
  readonly into: Destination;
  readonly version: Version;
  /** What the view reads. */
  readonly select: string;
  /** Of a load: the table with its rejected rows, which replaces the one before. */
  readonly quarantine: { readonly table: string; readonly build: string } | null;
  /** Told what is not as it should be once it is published. */
  readonly warn: (message: string) => void;
}

/** A version of a step's table, as readers will see it. */
export function publicationOf(
  step: Parameters<typeof shown>[0] & { readonly into: Destination },
  version: Version,
  table: string,
  { warned }: Pick<StepContext, 'warned'>,
): Publication {
  return { into: step.into, version, select: shown(step, table), quarantine: null, warn: warned };
}

/** Columns of a table of rejected rows, by the kinds of the language. */
export const QUARANTINE = [
  { name: 'reason', type: { kind: 'string' } },
  { name: 'file', type: { kind: 'string' } },
  { name: 'row', type: { kind: 'int64' } },
  { name: 'line', type: { kind: 'int64' } },
  { name: 'content', type: { kind: 'string' } },
  { name: 'run', type: { kind: 'string' } },
  { name: 'at', type: { kind: 'timestamp' } },
] as const satisfies readonly { readonly name: string; readonly type: LoadType }[];

export interface WarehouseEngine {
  readonly versions: Versions;
  readonly mover: Mover;
  readonly lakes: Lakes;
  /** Of the project. */
  readonly folder: string;
}

export type TypedColumn = StoredColumn & MovedColumn;

/** Somebody may have altered it by hand. @throws PipecError */
export async function expectColumns(
  warehouse: Warehouse,
  into: Destination,
  columns: readonly Pick<StoredColumn, 'name' | 'sqlType'>[],
): Promise<void> {
  const found = await warehouse.describe(`SELECT * FROM ${qualified(into.schema, into.name)}`);
  expectTypes(into.dataset, columns, found, warehouse.isType);
}

/** Runs the work; when it throws, the new table goes. */
export async function keptOrDropped<T>(
  warehouse: Warehouse,
  table: string,
  work: (table: string) => Promise<T>,
): Promise<T> {
  try {
    return await work(table);
  } catch (failure) {
    await warehouse.drop(table);
    throw failure;
  }
}
