/** A source's rows: judged by the embedded engine, and moved in. */
import type { StepContext, StepResult } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { Destination, LoadStep } from '../../plan.ts';
import { audit } from '../audit.ts';
import { names, type StoredColumn, storedColumns } from '../columns.ts';
import type { Connection } from '../duckdb/connect.ts';
import { temporary } from '../duckdb/files.ts';
import { writeTable } from '../duckdb/function.ts';
import { type Accepted, type Judging, quarantined } from '../duckdb/judging.ts';
import { basisOf, judgedLoad } from '../duckdb/load.ts';
import { expectNoLog, otherColumns, replaying } from '../duckdb/replay.ts';
import { givenBatches } from '../given.ts';
import { isLog } from '../increments/follow.ts';
import type { Made } from '../increments/growth.ts';
import { greatest } from '../increments/since.ts';
import { judged } from '../judged.ts';
import { moveRows } from '../mover.ts';
import { ident, qualified } from '../quote.ts';
import { newBuild, PIPEC, physicalName, quarantineName } from '../versions.ts';
import { storeMoved } from './moved.ts';
import { fetchRows, withRejected } from './rejected.ts';
import { renewRows } from './renew.ts';
import {
  expectColumns,
  publicationOf,
  QUARANTINE,
  type TypedColumn,
  type Warehouse,
  type WarehouseEngine,
} from './warehouse.ts';

export async function performLoad(
  warehouse: Warehouse,
  embedded: Connection,
  step: LoadStep,
  context: StepContext,
  engine: WarehouseEngine,
  judge: typeof judgedLoad<StepResult> = judgedLoad,
): Promise<StepResult> {
  const { into } = step;
  const typed = step.columns.map((column) => ({ ...column, sqlType: warehouse.typeOf(column.type) }));
  const judging: Judging = {
    published: engine.versions.published(into),
    standing: await standingRows(warehouse, step, typed, context, engine),
    keysIn: (table, keys, made) =>
      keysIn(
        warehouse,
        embedded,
        into,
        typed.filter(({ name }) => step.key.includes(name)),
        { table, keys, made },
      ),
  };
  return await judge(embedded, step, context, engine.folder, judging, async (accepted) => {
    const made: Made = { basis: basisOf(engine.versions, step, context, accepted), ...accepted.made };
    const columns = storedColumns({ into, columns: typed }, warehouse.typeOf({ kind: 'int64' }));
    const { sql, standing, pulled } = accepted;
    if (pulled !== null)
      return await renewRows(
        warehouse,
        embedded,
        step,
        { ...accepted, pulled },
        { columns, typed },
        context,
        engine.folder,
      );
    if (standing !== null)
      return await addRows(warehouse, embedded, step, accepted, { standing, columns, made }, context, engine);
    const moved = { into, columns, shown: typed, key: step.key, sql, plain: accepted.plain, made };
    return await storeMoved(
      warehouse,
      embedded,
      moved,
      context,
      engine,
      async ({ build, table, rows, move, publish }) => {
        const settled = await accepted.settle(rows);
        const warned = await audit(warehouse, into.dataset, qualified(PIPEC, table), step.audit, context.checked);
        const cursor = step.cursor === null ? null : await greatest(warehouse, step.cursor, qualified(PIPEC, table));
        context.signal.throwIfAborted();
        return await withRejected(warehouse, into, build, async (rejected, stored) => {
          if (settled.load.quarantined > 0)
            await move(rejected, stored, quarantined(settled.quarantine, context.run, engine.folder));
          context.signal.throwIfAborted();
          await publish(warned, { table: rejected, build }, cursor);
          return { rows, load: settled.load };
        });
      },
    );
  });
}

/** What is published of a source and what is in its quarantine come into the embedded engine, which alone judges rows. */
export async function performReplay(
  warehouse: Warehouse,
  embedded: Connection,
  step: LoadStep,
  context: StepContext,
  engine: WarehouseEngine,
): Promise<StepResult> {
  expectNoLog(step);
  const { into, columns } = step;
  const stored = columns.map(({ name, type }) => ({ name, sqlType: warehouse.typeOf(type) }));
  await expectColumns(warehouse, into, stored).catch(() => {
    throw otherColumns(step);
  });
  const [rows, quarantine] = [temporary('standing'), temporary('quarantine')];
  try {
    await fetchRows(warehouse, embedded, rows, qualified(into.schema, into.name), columns);
    await fetchRows(
      warehouse,
      embedded,
      quarantine,
      qualified(PIPEC, quarantineName(into)),
      QUARANTINE.map((column) => ({ ...column, nullable: true })),
    );
    const standing = { rows: ident(rows), quarantine: ident(quarantine) };
    return await performLoad(warehouse, embedded, step, context, engine, replaying(standing));
  } finally {
    await embedded.drop(ident(rows), ident(quarantine));
  }
}

/** Where what has come may be added to what stands. */
async function standingRows(
  warehouse: Warehouse,
  { into, cursor }: LoadStep,
  columns: readonly StoredColumn[],
  { full }: StepContext,
  { versions, lakes }: WarehouseEngine,
): Promise<Judging['standing']> {
  const { storage } = into;
  if (full || (!isLog(into) && cursor === null)) return null;
  if (storage.kind === 'lake' && !lakes.has(storage, versions.published(into).build)) return null;
  try {
    await expectColumns(warehouse, into, columns);
    await warehouse.describe(`SELECT * FROM ${qualified(PIPEC, quarantineName(into))}`);
    return versions.current(into);
  } catch {
    return null;
  }
}

/** Keys go there, and those that are there come back. */
async function keysIn(
  warehouse: Warehouse,
  embedded: Connection,
  into: Destination,
  columns: readonly TypedColumn[],
  { table, keys, made }: { readonly table: string; readonly keys: string; readonly made: string },
): Promise<void> {
  const asked = physicalName(into, newBuild());
  try {
    await warehouse.create(asked, columns, []);
    await moveRows(embedded, { sql: keys, columns, wire: warehouse.wire }, (pieces) =>
      warehouse.take(asked, columns, pieces),
    );
    const list = names(columns);
    const rows = await warehouse.read(
      `SELECT ${list} FROM ${qualified(PIPEC, table)} WHERE (${list}) IN (SELECT ${list} FROM ${qualified(PIPEC, asked)})`,
      columns,
    );
    await writeTable(embedded, 'temp', made, columns, givenBatches(rows, columns));
  } finally {
    await warehouse.drop(asked);
  }
}

/** The rows of new files go into a table of their own, and from there, checked with all others, into the one that stands. */
async function addRows(
  warehouse: Warehouse,
  embedded: Connection,
  step: LoadStep,
  { sql, settle }: Accepted,
  {
    standing,
    columns,
    made,
  }: { readonly standing: string; readonly columns: readonly TypedColumn[]; readonly made: Made },
  context: StepContext,
  { versions, lakes, folder }: WarehouseEngine,
): Promise<StepResult> {
  const { into } = step;
  const build = newBuild();
  // A lake's files are those of the version before and one more, and the target has a copy of all their rows.
  const before = versions.published(into).build;
  const lake =
    into.storage.kind === 'lake' && before !== null
      ? await lakes.add(embedded, into.storage, build, before, sql)
      : null;
  const move = (table: string, stored: readonly TypedColumn[], rows: string): Promise<number> =>
    moveRows(embedded, { sql: rows, columns: stored, wire: warehouse.wire }, (pieces) =>
      warehouse.take(table, stored, pieces),
    );
  const source = lake === null || lake.came === 0 ? sql : `SELECT ${names(columns)} FROM ${lake.fresh}`;
  const stage = physicalName(into, newBuild());
  const store = async (): Promise<StepResult> => {
    await warehouse.create(stage, columns, []);
    const added = await move(stage, columns, source);
    const { load, quarantine } = await settle(added);
    return await withRejected(warehouse, into, build, async (rejected, stored) => {
      // The quarantine is that of all files.
      await warehouse.fill(rejected, stored, `SELECT ${names(stored)} FROM ${qualified(PIPEC, quarantineName(into))}`);
      if (load.quarantined > 0) await move(rejected, stored, quarantined(quarantine, context.run, folder));
      const revision = {
        table: standing,
        copy: physicalName(into, build),
        columns,
        gone: 'false',
        sql: `SELECT ${names(columns)} FROM ${qualified(PIPEC, stage)}`,
      };
      const revise = async (): Promise<number | null> => {
        const rows = await warehouse.revise(revision, async (asks, table) => {
          const whole = { ...step, assertions: [], increment: null };
          const version = await judged(asks, whole, { table, build, made }, context);
          return { ...publicationOf(whole, version, table, context), quarantine: { table: rejected, build } };
        });
        if (rows === 'refused') throw runError('null-in-column', { dataset: into.dataset, column: null, rows: null });
        return rows;
      };
      const rows = await (lake === null ? revise() : lake.publish(step.columns, context.run, revise));
      return { rows, load };
    });
  };
  try {
    return await (lake === null ? store() : lake.keptOrRemoved(store));
  } finally {
    await warehouse.drop(stage);
  }
}
