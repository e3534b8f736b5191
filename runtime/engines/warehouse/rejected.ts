/** Rows on their way into the quarantine of a target, and out of it into the embedded engine, which alone judges rows. */
import type { Destination, LoadType } from '../../plan.ts';
import { names } from '../columns.ts';
import type { Connection } from '../duckdb/connect.ts';
import { writeTable } from '../duckdb/function.ts';
import { givenBatches } from '../given.ts';
import { keptOrDropped, QUARANTINE, type TypedColumn, type Warehouse } from './warehouse.ts';

/** A table for the rejected rows of a load: as its name is that of a build, the next run sweeps it where this one is killed. */
export async function withRejected<T>(
  warehouse: Warehouse,
  into: Destination,
  build: string,
  work: (table: string, columns: readonly TypedColumn[]) => Promise<T>,
): Promise<T> {
  return await keptOrDropped(warehouse, `quarantine__${into.fingerprint}_${build}`, async (table) => {
    const stored = QUARANTINE.map(({ name, type }) => ({
      name,
      type,
      sqlType: warehouse.typeOf(type),
      nullable: true,
    }));
    await warehouse.create(table, stored, []);
    return await work(table, stored);
  });
}

/** Rows of the target in a table of the embedded engine. */
export async function fetchRows(
  warehouse: Warehouse,
  embedded: Connection,
  table: string,
  from: string,
  wanted: readonly Omit<TypedColumn, 'sqlType'>[],
): Promise<void> {
  const typed = wanted.map((column) => ({ ...column, sqlType: warehouse.typeOf(column.type as LoadType) }));
  const found = await warehouse.read(`SELECT ${names(typed)} FROM ${from}`, typed);
  await writeTable(embedded, 'memory', table, typed, givenBatches(found, typed));
}
