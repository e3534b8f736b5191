/** What is computed where its inputs are: tables and views by their queries. */
import type { StepContext, StepResult } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { BuildStep, ViewStep } from '../../plan.ts';
import { assertAll, audit } from '../audit.ts';
import { expectTypes, storedColumns } from '../columns.ts';
import { upsertKey } from '../increments/follow.ts';
import type { Made, SpanStep } from '../increments/growth.ts';
import { grows, performIncrement } from '../increments/increment.ts';
import { judged } from '../judged.ts';
import { finite, isFloat, namingOverflow, notFinite } from '../overflow.ts';
import { ident, subquery } from '../quote.ts';
import { newBuild, physicalName, type Versions } from '../versions.ts';
import { expectColumns, keptOrDropped, publicationOf, type Warehouse } from './warehouse.ts';

/** Assertions, types, the build, its audit, publication. */
export async function performBuild(
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
    build: async (own, made, telling) => await buildTable(warehouse, await asserted(own), made, telling),
    revise: async (table, { gone, ...own }, made, telling) =>
      await reviseTable(warehouse, await asserted(own), table, gone, made, telling),
    staged: async (own, work) => await stageRows(warehouse, await asserted(own), context, work),
  });
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
  const columns = storedColumns(step, warehouse.typeOf({ kind: 'int64' }));
  const filling = <T>(work: () => Promise<T>): Promise<T> => namingOverflow(warehouse, step, context.signal, work);
  expectTypes(into.dataset, columns, await filling(() => warehouse.describe(step.sql)), warehouse.isType);
  const build = newBuild();
  return await keptOrDropped(warehouse, physicalName(into, build), async (table) => {
    await warehouse.create(table, columns, upsertKey(increment), increment);
    context.signal.throwIfAborted();
    const rows = await filling(() => warehouse.fill(table, columns, step.sql));
    if (rows === null) throw await refusedValue(warehouse, step);
    const version = await judged(warehouse, step, { table, build, made, rows }, context);
    await warehouse.publish(publicationOf(step, version, table, context));
    return { rows: version.rows, load: null };
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
  const columns = storedColumns(step, warehouse.typeOf({ kind: 'int64' }));
  expectTypes(into.dataset, columns, await warehouse.describe(step.sql), warehouse.isType);
  const build = newBuild();
  const rows = await namingOverflow(warehouse, step, context.signal, () =>
    warehouse.revise(
      { table: standing, copy: physicalName(into, build), columns, gone, sql: step.sql },
      async (asks, table) =>
        publicationOf(
          step,
          await judged(asks, step, { table, build, made: { ...made, grown: true } }, context),
          table,
          context,
        ),
    ),
  );
  if (rows === 'refused') throw await refusedValue(warehouse, step);
  return { rows, load: null };
}

/** A view: its checks run over its query, then the public name is that query. */
export async function performView(
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
