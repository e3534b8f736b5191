/**
 * Computes a dataset by a function of the project's own: rows are streamed to it on a connection of their own, what it gives
 * goes into a temporary table, and from there the same way as the rows of a query. Nothing is kept in memory but the batch
 * at hand, and what the function keeps.
 */
import { type CheckedBatch, runBatches } from '../../batches.ts';
import type { StepContext, StepResult } from '../../engine.ts';
import type { BatchColumn, BatchType, FunctionStep } from '../../plan.ts';
import { ident } from '../quote.ts';
import { BatchWriter, readBatches } from './batches.ts';
import { storeRows } from './build.ts';
import type { Connection } from './connect.ts';
import { temporary } from './files.ts';
import { sqlType } from './gates.ts';
import type { Lakes } from './lake.ts';
import type { Publisher } from './publish.ts';

export async function performFunction(
  connection: Connection,
  connect: () => Promise<Connection>,
  step: FunctionStep,
  context: StepContext,
  publisher: Publisher,
  lakes: Lakes,
  folder: string,
): Promise<StepResult> {
  const basis = publisher.basis(step, context.inputs, []);
  const table = temporary('function');
  try {
    await compute(connection, connect, step, table, { ...context, folder });
    const rows = { ...step, sql: `SELECT * FROM ${ident(table)}`, assertions: [], increment: null };
    return await storeRows(connection, rows, context, publisher, lakes, { basis });
  } finally {
    await connection.drop(ident(table));
  }
}

/** What the function makes of the rows of a query, as a temporary table of the connection. */
export async function compute(
  connection: Connection,
  connect: () => Promise<Connection>,
  step: Pick<FunctionStep, 'function' | 'columns' | 'sql' | 'given'>,
  table: string,
  context: Pick<StepContext, 'functions' | 'signal' | 'traceparent'> & { readonly folder: string },
): Promise<void> {
  const reading = await connect();
  const stop = (): void => reading.interrupt();
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    const given = readBatches(reading, step.sql, step.given);
    const call = await context.functions(step.function);
    await writeTable(connection, 'temp', table, step.columns, runBatches(call, given, step, context));
  } finally {
    context.signal.removeEventListener('abort', stop);
    reading.close();
  }
}

/**
 * A new table of values that were checked.
 * @param catalog `temp`: it is the connection's own; `memory`: all connections to a database in memory see it
 */
export async function writeTable(
  connection: Connection,
  catalog: 'temp' | 'memory',
  name: string,
  columns: readonly BatchColumn[],
  batches: AsyncIterable<CheckedBatch>,
): Promise<void> {
  const typed = columns.map((column) => `${ident(column.name)} ${columnType(column.type)}`);
  await connection.run(`CREATE ${catalog === 'temp' ? 'TEMP ' : ''}TABLE ${ident(name)} (${typed.join(', ')})`);
  const writer = await BatchWriter.of(connection, { catalog, schema: 'main', name }, columns);
  try {
    for await (const { columns: values, rows } of batches) writer.append(values, rows);
    writer.close();
  } catch (failure) {
    writer.abandon();
    throw failure;
  }
}

const columnType = (type: BatchType): string =>
  type.kind === 'list' ? `${columnType(type.element)}[]` : sqlType(type);
