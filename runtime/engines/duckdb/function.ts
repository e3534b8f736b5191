/**
 * Computes a dataset by a function of the project's own: rows are streamed to it on a connection of their own, what it gives
 * goes into a temporary table, and from there the same way as the rows of a query. Nothing is kept in memory but the batch
 * at hand, and what the function keeps.
 */
import { runBatches } from '../../batches.ts';
import type { StepContext, StepResult } from '../../engine.ts';
import type { FunctionStep } from '../../plan.ts';
import { ident } from '../quote.ts';
import { BatchWriter, readBatches } from './batches.ts';
import { storeRows } from './build.ts';
import type { Connection } from './connect.ts';
import { temporary } from './files.ts';
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
    await fillTable(connection, connect, step, table, { ...context, folder });
    const rows = { ...step, sql: `SELECT * FROM ${ident(table)}` };
    return await storeRows(connection, rows, context, publisher, lakes, basis);
  } finally {
    await connection.drop(ident(table));
  }
}

/** What the function makes of the step's rows, as a temporary table of the connection. */
export async function fillTable(
  connection: Connection,
  connect: () => Promise<Connection>,
  step: Pick<FunctionStep, 'function' | 'sql' | 'given' | 'columns'>,
  table: string,
  context: Pick<StepContext, 'functions' | 'signal'> & { readonly folder: string },
): Promise<void> {
  const { signal } = context;
  const call = await context.functions(step.function);
  const columns = step.columns.map(({ name, sqlType }) => `${ident(name)} ${sqlType}`);
  await connection.run(`CREATE TEMP TABLE ${ident(table)} (${columns.join(', ')})`);
  const reading = await connect();
  const stop = (): void => reading.interrupt();
  signal.addEventListener('abort', stop, { once: true });
  const writer = await BatchWriter.of(connection, { catalog: 'temp', schema: 'main', name: table }, step.columns);
  try {
    const given = readBatches(reading, step.sql, step.given);
    for await (const { columns: values, rows } of runBatches(call, given, step, context)) writer.append(values, rows);
    writer.close();
  } catch (failure) {
    writer.abandon();
    throw failure;
  } finally {
    signal.removeEventListener('abort', stop);
    reading.close();
  }
}
