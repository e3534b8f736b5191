/**
 * The steps of a run on an engine that keeps its rows itself, PostgreSQL or ClickHouse: written once, over what such an
 * engine can do. Write, audit, publish: a build is a table that nobody reads until the public view moves to it.
 *
 * A source's rows are judged by the embedded engine and moved in, and so is what a function of the project computes;
 * everything else is computed where its inputs are.
 */
import type { EngineSession, QueryRows, StandingVersion, StepContext, StepResult } from '../engine.ts';
import { runError } from '../errors.ts';
import type {
  BatchColumn,
  BuildStep,
  Destination,
  FunctionStep,
  IncrementPlan,
  LoadStep,
  LoadType,
  Step,
  ViewStep,
} from '../plan.ts';
import { filePattern } from '../sources/file.ts';
import { type Asks, assertAll, audit } from './audit.ts';
import type { Connection } from './duckdb/connect.ts';
import { fileVersions, findFiles, temporary } from './duckdb/files.ts';
import { compute, writeTable } from './duckdb/function.ts';
import { type Lakes, lakeRelation } from './duckdb/lake.ts';
import { type Accepted, basisOf, type Judging, judgedLoad, quarantined } from './duckdb/load.ts';
import { expectNoLog, otherColumns, replaying } from './duckdb/replay.ts';
import { isLog, POSITION, shown, shownRows, upsertKey } from './follow.ts';
import { givenBatches } from './given.ts';
import { dueText, type Made, madeAs, type SpanStep } from './grow.ts';
import { grows, performIncrement } from './increments.ts';
import { type MovedColumn, type Mover, moveRows, type Pieces, type Wire } from './mover.ts';
import { finite, isFloat, namingOverflow, notFinite } from './overflow.ts';
import { ident, qualified, subquery } from './quote.ts';
import { newBuild, PIPEC, physicalName, quarantineName, type Version, type Versions, type Warned } from './versions.ts';

export interface StoredColumn {
  readonly name: string;
  readonly sqlType: string;
  readonly nullable: boolean;
}

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
  /** Takes rows as its wire gives them. */
  readonly take: (table: string, columns: readonly StoredColumn[], pieces: Pieces) => Promise<void>;
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

/** A session of a run over one connection. */
export function warehouseSession(warehouse: Warehouse, engine: WarehouseEngine): EngineSession {
  let embedded: Connection | null = null;
  const moving = async (): Promise<Connection> => {
    embedded ??= await engine.mover.connect();
    return embedded;
  };
  return {
    async perform(step, context) {
      switch (step.kind) {
        case 'load':
          return context.replay === true
            ? await performReplay(warehouse, await moving(), step, context, engine)
            : await performLoad(warehouse, await moving(), step, context, engine);
        case 'build':
          return await performBuild(warehouse, step, context, engine.versions);
        case 'view':
          return await performView(warehouse, step, context, engine.versions);
        case 'function':
          return await performFunction(warehouse, await moving(), step, context, engine);
      }
    },
    async unchanged(step, context) {
      return await unchanged(warehouse, step, context, engine, moving);
    },
    interrupt() {
      embedded?.interrupt();
      warehouse.interrupt();
    },
    progress: () => null,
    close() {
      embedded?.close();
      warehouse.close();
    },
  };
}

async function unchanged(
  warehouse: Warehouse,
  step: Step,
  { inputs, texts, began }: Pick<StepContext, 'inputs' | 'texts' | 'began'>,
  { versions, lakes, folder }: WarehouseEngine,
  moving: () => Promise<Connection>,
): Promise<StandingVersion | null> {
  // A view costs nothing to do.
  if (step.kind === 'view' || inputs === null) return null;
  try {
    const files =
      step.kind === 'load' && step.from.kind === 'file'
        ? await findFiles(await moving(), filePattern(step.from, folder, texts))
        : [];
    const due = step.kind === 'build' ? dueText(step, began) : [];
    const basis = versions.basis(step, inputs, [...(await fileVersions(files)), ...due]);
    const { build } = versions.published(step.into);
    const { storage } = step.into;
    const whole = versions.stands(step.into, basis) && (storage.kind === 'table' || lakes.has(storage, build));
    if (!whole) return null;
    const columns = step.columns.map((column) => ({
      name: column.name,
      sqlType: 'sqlType' in column ? column.sqlType : warehouse.typeOf(column.type),
    }));
    await expectColumns(warehouse, step.into, columns);
    return versions.standing(step);
  } catch {
    // Whatever is wrong is told when the step is done.
    return null;
  }
}

/** Somebody may have altered it by hand. @throws PipecError */
async function expectColumns(
  warehouse: Warehouse,
  into: Destination,
  columns: readonly Pick<StoredColumn, 'name' | 'sqlType'>[],
): Promise<void> {
  const found = await warehouse.describe(`SELECT * FROM ${qualified(into.schema, into.name)}`);
  checkTypes(warehouse, into, columns, found);
}

async function performLoad(
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
    standing: await standingLog(warehouse, step, typed, context, engine.versions),
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
    const columns = storedColumns(warehouse, { into, columns: typed });
    const { sql, standing } = accepted;
    if (standing !== null)
      return await addRows(warehouse, embedded, step, accepted, { standing, columns, made }, context, engine.folder);
    const moved = { into, columns, shown: typed, key: step.key, sql, made };
    return await storeMoved(
      warehouse,
      embedded,
      moved,
      context,
      engine,
      async ({ build, table, rows, move, publish }) => {
        const settled = await accepted.settle(rows);
        const warned = await audit(warehouse, into.dataset, qualified(PIPEC, table), step.audit, context.checked);
        context.signal.throwIfAborted();
        return await withRejected(warehouse, into, build, async (rejected, stored) => {
          if (settled.load.quarantined > 0)
            await move(rejected, stored, quarantined(settled.quarantine, context.run, engine.folder));
          context.signal.throwIfAborted();
          await publish(warned, { table: rejected, build });
          return { rows, load: settled.load };
        });
      },
    );
  });
}

/** What is published of a source and what is in its quarantine come into the embedded engine, which alone judges rows. */
async function performReplay(
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
  const fetch = async (table: string, from: string, wanted: readonly Omit<TypedColumn, 'sqlType'>[]): Promise<void> => {
    const typed = wanted.map((column) => ({ ...column, sqlType: warehouse.typeOf(column.type as LoadType) }));
    const found = await warehouse.read(`SELECT ${names(typed)} FROM ${from}`, typed);
    await writeTable(embedded, 'memory', table, typed, givenBatches(found, typed));
  };
  try {
    await fetch(rows, qualified(into.schema, into.name), columns);
    await fetch(
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

/** A table for the rejected rows of a load: as its name is that of a build, the next run sweeps it where this one is killed. */
async function withRejected<T>(
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

/** Where the rows of new files may be added to what stands. */
async function standingLog(
  warehouse: Warehouse,
  { into }: LoadStep,
  columns: readonly StoredColumn[],
  { full }: StepContext,
  versions: Versions,
): Promise<Judging['standing']> {
  if (full || !isLog(into)) return null;
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
  folder: string,
): Promise<StepResult> {
  const { into } = step;
  const build = newBuild();
  const move = (table: string, stored: readonly TypedColumn[], rows: string): Promise<number> =>
    moveRows(embedded, { sql: rows, columns: stored, wire: warehouse.wire }, (pieces) =>
      warehouse.take(table, stored, pieces),
    );
  const stage = physicalName(into, newBuild());
  try {
    await warehouse.create(stage, columns, []);
    const added = await move(stage, columns, sql);
    await expectRows(warehouse, into, stage, added);
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
      const rows = await warehouse.revise(revision, async (asks, table) => {
        const publication = await judged(
          asks,
          { ...step, assertions: [], increment: null },
          table,
          build,
          made,
          context,
        );
        return { ...publication, quarantine: { table: rejected, build } };
      });
      if (rows === 'refused') throw runError('null-in-column', { dataset: into.dataset, column: null, rows: null });
      return { rows, load };
    });
  } finally {
    await warehouse.drop(stage);
  }
}

/**
 * The function runs in this process. Its rows are fetched from the target before it begins, as no server keeps a statement
 * open for one who takes his time; what it makes of them is moved in again.
 */
async function performFunction(
  warehouse: Warehouse,
  embedded: Connection,
  step: FunctionStep,
  context: StepContext,
  engine: WarehouseEngine,
): Promise<StepResult> {
  const { into, columns } = step;
  const basis = engine.versions.basis(step, context.inputs, []);
  const [given, made] = [temporary('given'), temporary('function')];
  try {
    const rows = await warehouse.read(step.sql, step.given);
    await writeTable(embedded, 'memory', given, step.given, givenBatches(rows, step.given));
    context.signal.throwIfAborted();
    const fetched = { ...step, sql: `SELECT * FROM ${ident(given)}` };
    await compute(embedded, () => engine.mover.connect(), fetched, made, { ...context, folder: engine.folder });
    await embedded.drop(ident(given));
    context.signal.throwIfAborted();
    const moved = { into, columns, shown: columns, key: [], sql: `SELECT * FROM ${ident(made)}`, made: { basis } };
    return await storeMoved(warehouse, embedded, moved, context, engine, async ({ table, rows, publish }) => {
      const warned = await audit(warehouse, into.dataset, qualified(PIPEC, table), step.audit, context.checked);
      context.signal.throwIfAborted();
      await publish(warned, null);
      return { rows, load: null };
    });
  } finally {
    await embedded.drop(ident(given));
    await embedded.drop(ident(made));
  }
}

type TypedColumn = StoredColumn & MovedColumn;

/** Rows of the embedded engine, on their way into the target. */
interface Moved {
  readonly into: Destination;
  readonly columns: readonly TypedColumn[];
  /** Those that the public view shows. */
  readonly shown: readonly StoredColumn[];
  readonly key: readonly string[];
  readonly sql: string;
  readonly made: Made;
}

/** Rows that are in the target, and not published yet. */
interface Arrived {
  readonly build: string;
  readonly table: string;
  readonly rows: number;
  readonly move: (table: string, columns: readonly TypedColumn[], sql: string) => Promise<number>;
  readonly publish: (warned: readonly Warned[], quarantine: Publication['quarantine']) => Promise<void>;
}

/** A new build of these rows, and in a lake a new version of its files: `finish` judges and publishes it, or it goes. */
async function storeMoved<T>(
  warehouse: Warehouse,
  embedded: Connection,
  { into, columns, shown, key, sql, made }: Moved,
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
  const store = () =>
    keptOrDropped(warehouse, physicalName(into, build), async (table) => {
      await warehouse.create(table, columns, key);
      const rows = await move(table, columns, source);
      await expectRows(warehouse, into, table, rows);
      const publish: Arrived['publish'] = async (warned, quarantine) => {
        const commit = () =>
          warehouse.publish({
            into,
            version: { ...madeAs(made, build), table, rows, run: context.run, warned },
            select: `SELECT ${names(shown)} FROM ${qualified(PIPEC, table)}`,
            quarantine,
            warn: context.warned,
          });
        await (lake === null ? commit() : lake.publish(columns, context.run, commit));
      };
      return await finish({ build, table, rows, move, publish });
    });
  return await (lake === null ? store() : lake.keptOrRemoved(store));
}

/** What was sent is what is there: a row that a driver lost must not go unnoticed. */
async function expectRows(warehouse: Warehouse, into: Destination, table: string, sent: number): Promise<void> {
  const { rows } = await warehouse.numbers(`SELECT count(*) AS "rows" FROM ${qualified(PIPEC, table)}`);
  if (rows !== sent)
    throw runError('internal', { why: `${sent} rows of ${into.dataset} were sent to the target and ${rows} arrived` });
}

/** Assertions, types, the build, its audit, publication. */
async function performBuild(
  warehouse: Warehouse,
  step: BuildStep,
  context: StepContext,
  versions: Versions,
): Promise<StepResult> {
  const { into, columns } = step;
  if (into.storage.kind === 'lake')
    throw runError('not-supported', {
      what: `a table of a lake that a server computes (${into.dataset})`,
    });
  const asserted = async (own: SpanStep): Promise<BuildStep> => {
    const part = { ...step, ...own };
    await namingOverflow(warehouse, part, context.signal, () => assertAll(warehouse, part.assertions));
    context.signal.throwIfAborted();
    return part;
  };
  if (!grows(step))
    return await buildTable(
      warehouse,
      await asserted(step),
      { basis: versions.basis(step, context.inputs, []) },
      context,
    );
  return await performIncrement(step, context, versions, {
    fits: () =>
      expectColumns(warehouse, into, columns).then(
        () => true,
        () => false,
      ),
    build: async (own, made) => await buildTable(warehouse, await asserted(own), made, context),
    revise: async (table, { gone, came: _, ...own }, made, telling) =>
      await reviseTable(warehouse, await asserted(own), table, gone, made, telling),
    staged: async (own, work) => await stageRows(warehouse, await asserted(own), context, work),
  });
}

const POSITION_COLUMN = { name: POSITION, type: { kind: 'int64' }, nullable: false } as const;

/** The columns of its table: those that are shown, and of a log the position. */
function storedColumns<C extends StoredColumn>(
  warehouse: Pick<Warehouse, 'typeOf'>,
  { into, columns }: { readonly into: Destination; readonly columns: readonly C[] },
): readonly (C | (StoredColumn & MovedColumn))[] {
  const position = { ...POSITION_COLUMN, sqlType: warehouse.typeOf(POSITION_COLUMN.type) };
  return isLog(into) ? [...columns, position] : columns;
}

/** Rows of a query in a table of their own, for as long as the work takes. */
async function stageRows<T>(
  warehouse: Warehouse,
  step: BuildStep,
  context: StepContext,
  work: (stage: string) => Promise<T>,
): Promise<T> {
  const stage = physicalName(step.into, newBuild());
  try {
    await warehouse.create(stage, step.columns, upsertKey(step.increment));
    const rows = await namingOverflow(warehouse, step, context.signal, () =>
      warehouse.fill(stage, step.columns, step.sql),
    );
    if (rows === null) throw await refusedValue(warehouse, step);
    context.signal.throwIfAborted();
    return await work(stage);
  } finally {
    await warehouse.drop(stage);
  }
}

/** A new table, and the view moves to it. */
async function buildTable(
  warehouse: Warehouse,
  step: BuildStep,
  made: Made,
  context: StepContext,
): Promise<StepResult> {
  const { into, increment } = step;
  const columns = storedColumns(warehouse, step);
  const filling = <T>(work: () => Promise<T>): Promise<T> => namingOverflow(warehouse, step, context.signal, work);
  checkTypes(warehouse, into, columns, await filling(() => warehouse.describe(step.sql)));
  const build = newBuild();
  return await keptOrDropped(warehouse, physicalName(into, build), async (table) => {
    await warehouse.create(table, columns, upsertKey(increment), increment);
    context.signal.throwIfAborted();
    const filled = await filling(() => warehouse.fill(table, columns, step.sql));
    if (filled === null) throw await refusedValue(warehouse, step);
    const publication = await judged(warehouse, step, table, build, made, context);
    await warehouse.publish(publication);
    return { rows: publication.version.rows, load: null };
  });
}

/** Rows go, rows come, the checks look at what that makes, and it is published: all of it, or nothing. */
async function reviseTable(
  warehouse: Warehouse,
  step: BuildStep,
  standing: string,
  gone: string,
  made: Made,
  context: StepContext,
): Promise<StepResult> {
  const { into } = step;
  const columns = storedColumns(warehouse, step);
  checkTypes(warehouse, into, columns, await warehouse.describe(step.sql));
  const build = newBuild();
  const rows = await namingOverflow(warehouse, step, context.signal, () =>
    warehouse.revise(
      { table: standing, copy: physicalName(into, build), columns, gone, sql: step.sql },
      (asks, table) => judged(asks, step, table, build, made, context),
    ),
  );
  if (rows === 'refused') throw await refusedValue(warehouse, step);
  return { rows, load: null };
}

/** Assertions and checks over what readers will see; what is published where they hold. */
async function judged(
  asks: Asks,
  step: Pick<BuildStep, 'into' | 'assertions' | 'increment' | 'audit'> & {
    readonly columns: readonly { readonly name: string }[];
  },
  table: string,
  build: string,
  made: Made,
  context: StepContext,
): Promise<Publication> {
  const { into } = step;
  const relation = shownRows(step, table);
  await assertAll(asks, step.assertions, relation);
  const warned = await audit(asks, into.dataset, relation, step.audit, context.checked);
  context.signal.throwIfAborted();
  const { rows = null } = await asks.numbers(`SELECT count(*) AS "rows" FROM ${relation}`);
  const version = { ...madeAs(made, build), table, rows, run: context.run, warned };
  return { into, version, select: shown(step, table), quarantine: null, warn: context.warned };
}

/** A view: its checks run over its query, then the public name is that query. */
async function performView(
  warehouse: Warehouse,
  step: ViewStep,
  context: StepContext,
  versions: Versions,
): Promise<StepResult> {
  const basis = versions.basis(step, context.inputs, []);
  await assertAll(warehouse, step.assertions);
  const { dataset } = step.into;
  const warned = await audit(warehouse, dataset, `${subquery(step.sql)} AS "view"`, step.audit, context.checked);
  context.signal.throwIfAborted();
  const version = { build: null, table: null, rows: null, run: context.run, basis, warned };
  await warehouse.publish({ into: step.into, version, select: step.sql, quarantine: null, warn: context.warned });
  return { rows: null, load: null };
}

/** Runs the work; when it throws, the new table goes. */
async function keptOrDropped<T>(warehouse: Warehouse, table: string, work: (table: string) => Promise<T>): Promise<T> {
  try {
    return await work(table);
  } catch (failure) {
    await warehouse.drop(table);
    throw failure;
  }
}

export function names(columns: readonly { readonly name: string }[]): string {
  return columns.map(({ name }) => ident(name)).join(', ');
}

/** @throws PipecError `column-type` */
function checkTypes(
  warehouse: Warehouse,
  { dataset }: Destination,
  columns: readonly Pick<StoredColumn, 'name' | 'sqlType'>[],
  found: readonly { readonly name: string; readonly type: string }[],
): void {
  for (const [index, { name, sqlType }] of columns.entries()) {
    const column = found[index];
    if (column === undefined || column.name !== name) {
      const instead = column === undefined ? 'nothing' : `column ${column.name}`;
      throw runError('column-type', { dataset, column: name, expected: sqlType, found: instead });
    }
    if (!warehouse.isType(column.type, sqlType))
      throw runError('column-type', { dataset, column: name, expected: sqlType, found: column.type });
  }
  const extra = found[columns.length];
  if (extra !== undefined)
    throw runError('column-type', { dataset, column: extra.name, expected: 'no such column', found: extra.type });
}

/** Which column it is, and rows to show: asked only when the engine has refused. */
async function refusedValue(warehouse: Warehouse, step: BuildStep): Promise<Error> {
  const dataset = step.into.dataset;
  for (const { name, nullable, sqlType } of step.columns) {
    if (isFloat(sqlType)) {
      const where = `WHERE NOT (${finite(name)})`;
      const sample = await warehouse.rows(`SELECT * FROM ${subquery(step.sql)} AS built ${where} LIMIT 5`);
      if (sample.length > 0) return notFinite(dataset, name, sample);
    }
    if (nullable) continue;
    const broken = `FROM ${subquery(step.sql)} AS built WHERE ${ident(name)} IS NULL`;
    const { rows } = await warehouse.numbers(`SELECT count(*) AS "rows" ${broken}`);
    if (rows === null || rows === undefined || rows === 0) continue;
    const sample = await warehouse.rows(`SELECT * ${broken} LIMIT 5`);
    return runError('null-in-column', { dataset, column: name, rows }, { sample });
  }
  // Raw SQL that is asked again may give other rows.
  return runError('null-in-column', { dataset, column: null, rows: null });
}
