/** Computes a dataset by its query and publishes it. */

import type { StepContext, StepResult } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { BuildStep, ViewStep } from '../../plan.ts';
import { assertAll, audit } from '../audit.ts';
import { expectTypes, names, storedColumns } from '../columns.ts';
import { shown } from '../increments/follow.ts';
import { type Made, madeAs, type SpanStep } from '../increments/growth.ts';
import { grows, performIncrement } from '../increments/increment.ts';
import { judged } from '../judged.ts';
import { finite, isFloat, namingOverflow, notFinite } from '../overflow.ts';
import type { Published } from '../published.ts';
import { ident, qualified, subquery } from '../quote.ts';
import { newBuild, PIPEC, physicalName } from '../versions.ts';
import type { Connection } from './connect.ts';
import { temporary } from './files.ts';
import { type Lakes, lakeRelation } from './lake.ts';
import type { Publisher } from './publish.ts';

/** Rows by a query, and what they must be. */
export type Rows = Pick<BuildStep, 'sql' | 'into' | 'columns' | 'assertions' | 'audit' | 'increment'>;

/** A table or lake: assertions, the build, its types and nulls, its audit, publication. */
export async function performBuild(
  connection: Connection,
  step: BuildStep,
  context: StepContext,
  publisher: Publisher,
  lakes: Lakes,
): Promise<StepResult> {
  const asserted = async <P extends Rows>(part: P): Promise<P> => {
    await namingOverflow(connection, part, context.signal, () => assertAll(connection, part.assertions));
    context.signal.throwIfAborted();
    return part;
  };
  const build = async (own: SpanStep, made: Made, telling: StepContext): Promise<StepResult> => {
    const part = await asserted({ ...step, ...own });
    return await namingOverflow(connection, part, context.signal, () =>
      storeRows(connection, part, telling, publisher, lakes, made),
    );
  };
  if (!grows(step)) return await build(step, { basis: publisher.basis(step, context.inputs, []) }, context);
  return await performIncrement(step, context, publisher, {
    fits: () =>
      expectColumns(connection, step.into, step.columns).then(
        () => true,
        () => false,
      ),
    build,
    async revise(table, { gone, ...own }, made, telling) {
      const part = await asserted({ ...step, ...own });
      return await namingOverflow(connection, part, context.signal, () =>
        reviseTable(connection, part, table, gone, made, telling, publisher),
      );
    },
    async staged(own, work) {
      const part = await asserted({ ...step, ...own });
      const stage = physicalName(step.into, newBuild());
      const relation = qualified(PIPEC, stage);
      try {
        await namingOverflow(connection, part, context.signal, () =>
          connection.create(`CREATE TABLE ${relation} AS\n${part.sql}`),
        );
        return await work(stage);
      } finally {
        await connection.drop(relation);
      }
    },
  });
}

/** The columns of its table. */
const stored = (step: Pick<Rows, 'into' | 'columns'>): Rows['columns'] => storedColumns(step, 'BIGINT');

/** Somebody may have altered the public view by hand. @throws PipecError */
export async function expectColumns(
  connection: Connection,
  { dataset, schema, name }: Rows['into'],
  columns: Parameters<typeof expectTypes>[1],
): Promise<void> {
  expectTypes(dataset, columns, await connection.describe(`SELECT * FROM ${qualified(schema, name)}`), isType);
}

/** In one transaction: rows go, rows come, the checks look at what that makes, and it is published. */
async function reviseTable(
  connection: Connection,
  step: Rows,
  table: string,
  gone: string,
  made: Made,
  context: StepContext,
  publisher: Publisher,
): Promise<StepResult> {
  const { into, sql } = step;
  const columns = stored(step);
  const relation = qualified(PIPEC, table);
  const came = temporary('came');
  return await connection
    .within(async () => {
      // The rows that come are looked at by themselves: of a table that is being changed the engine has no statistics, and
      // would read all of it.
      await connection.run(`CREATE TEMP TABLE ${ident(came)} AS\n${sql}`);
      await checkColumns(connection, { into, columns }, ident(came));
      await connection.run(`DELETE FROM ${relation} WHERE ${gone}`);
      await connection.run(`INSERT INTO ${relation} (${names(columns)}) SELECT ${names(columns)} FROM ${ident(came)}`);
      await connection.run(`DROP TABLE ${ident(came)}`);
      const version = await judged(
        connection,
        step,
        { table, build: newBuild(), made: { ...made, grown: true } },
        context,
      );
      const published = publisher.after(into, version, null);
      for (const statement of publisher.commits(into, published)) await connection.run(statement);
      return { rows: version.rows, published };
    })
    .then(({ rows, published }) => {
      publisher.moved(into, published);
      return { rows, load: null };
    });
}

/**
 * A build of up to so many rows is published by the transaction that makes it, which waits for the disk once. Checks read all
 * of it there, as the engine has statistics of committed rows only; a larger one is committed by itself, before its checks.
 */
const AT_ONCE = 122_880;

/** The rows of a query become a new build, which is published after its checks. */
export async function storeRows(
  connection: Connection,
  step: Rows,
  context: StepContext,
  publisher: Publisher,
  lakes: Lakes,
  made: Made,
): Promise<StepResult> {
  const { into, columns } = step;
  if (into.storage.kind === 'lake') {
    const storage = into.storage;
    expectTypes(into.dataset, columns, await connection.describe(step.sql), isType);
    const version = await lakes.write(connection, storage, newBuild(), step.sql);
    return await version.keptOrRemoved(async () => {
      const relation = lakeRelation(version.folder);
      await checkColumns(connection, step, relation);
      await assertAll(connection, step.assertions, relation);
      const warned = await audit(connection, into.dataset, relation, step.audit, context.checked);
      context.signal.throwIfAborted();
      const select = `SELECT ${names(columns)} FROM ${relation}`;
      await version.publish(columns, context.run, () =>
        publisher.publish(
          connection,
          into,
          { ...madeAs(made, version.build), table: null, rows: version.rows, run: context.run, warned },
          select,
        ),
      );
      return { rows: version.rows, load: null };
    });
  }
  const build = newBuild();
  const table = physicalName(into, build);
  const relation = qualified(PIPEC, table);
  const next = async (rows: number): Promise<Published> => {
    await checkColumns(connection, { into, columns: stored(step) }, relation);
    const version = await judged(connection, step, { table, build, made, rows }, context);
    return publisher.after(into, version, shown(step, table));
  };
  return await keptOrDropped(connection, relation, async () => {
    const { rows, moved } = await publisher.moving(connection, into, async () => {
      const made = await connection.create(`CREATE TABLE ${relation} AS\n${step.sql}`);
      return { rows: made, moved: made > AT_ONCE ? null : await next(made) };
    });
    const published = moved ?? (await next(rows));
    if (moved === null) await publisher.move(connection, into, published);
    return { rows: published.rows, load: null };
  });
}

/** A view: its checks run over its query, then the public name is that query. */
export async function performView(
  connection: Connection,
  step: ViewStep,
  context: StepContext,
  publisher: Publisher,
): Promise<StepResult> {
  const basis = publisher.basis(step, context.inputs, []);
  await assertAll(connection, step.assertions);
  const warned = await audit(connection, step.into.dataset, subquery(step.sql), step.audit, context.checked);
  context.signal.throwIfAborted();
  const version = { build: null, table: null, rows: null, run: context.run, basis, warned };
  await publisher.publish(connection, step.into, version, step.sql);
  return { rows: null, load: null };
}

/** Runs the work; when it throws, the new build goes. If even that fails, the sweep of the next run takes it. */
export async function keptOrDropped<T>(connection: Connection, relation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (failure) {
    await connection.drop(relation);
    throw failure;
  }
}

const isType = (found: string, expected: string): boolean => normal(found) === normal(expected);

/** One spelling for each type: the binding and SQL say some differently. */
function normal(type: string): string {
  return type
    .toUpperCase()
    .replaceAll(' ', '')
    .replaceAll('TIMESTAMPWITHTIMEZONE', 'TIMESTAMPTZ')
    .replaceAll('TIMESTAMP_TZ', 'TIMESTAMPTZ')
    .replaceAll(/\bJSON\b|\bTEXT\b|\bSTRING\b/g, 'VARCHAR')
    .replaceAll(/\bINT8\b/g, 'BIGINT')
    .replaceAll(/\bBOOL\b/g, 'BOOLEAN')
    .replaceAll(/\bFLOAT8\b/g, 'DOUBLE')
    .replaceAll(/\bNUMERIC\b/g, 'DECIMAL');
}

/**
 * Types, nulls and infinities of a new build in one statement. It costs no scan where there are none, as the engine knows
 * that from its statistics; it gives the rows to show where there are some.
 */
async function checkColumns(
  connection: Connection,
  step: Pick<Rows, 'into' | 'columns'>,
  relation: string,
): Promise<void> {
  const required = step.columns.filter((column) => !column.nullable);
  const floats = step.columns.filter(({ sqlType }) => isFloat(sqlType));
  const wrong = [
    ...required.map(({ name }) => `${ident(name)} IS NULL`),
    ...floats.map(({ name }) => `NOT (${finite(name)})`),
  ];
  const where = wrong.length === 0 ? 'false' : wrong.join(' OR ');
  const found = await connection.table(`SELECT * FROM ${relation} WHERE ${where} LIMIT 5`);
  const given = found.names.map((name, index) => ({ name, type: found.types[index] ?? '' }));
  expectTypes(step.into.dataset, step.columns, given, isType);
  if (found.rows.length === 0) return;
  const sample = found.rows.map((row) => Object.fromEntries(found.names.map((name, index) => [name, row[index]])));
  const column = required.find(({ name }) => sample[0]?.[name] === null)?.name;
  if (column === undefined) {
    const infinite = floats.find(({ name }) => sample[0]?.[name] !== null && !Number.isFinite(sample[0]?.[name]));
    throw notFinite(step.into.dataset, infinite?.name ?? '', sample);
  }
  const { rows } = await connection.numbers(
    `SELECT count(*) AS "rows" FROM ${relation} WHERE ${ident(column)} IS NULL`,
  );
  throw runError('null-in-column', { dataset: step.into.dataset, column, rows: rows ?? 0 }, { sample });
}
