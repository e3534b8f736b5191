/**
 * Computes a dataset by a function of the project's own: rows are streamed to it on a connection of their own, what it gives
 * goes into a temporary table, and from there the same way as the rows of a query. Nothing is kept in memory but the batch
 * at hand, and what the function keeps.
 */
import { type Batch, runBatches } from '../../batches.ts';
import type { StepContext, StepResult } from '../../engine.ts';
import type { BatchType, FunctionStep } from '../../plan.ts';
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
  const reading = await connect();
  const stop = (): void => reading.interrupt();
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    const given = readBatches(reading, step.sql, step.given);
    await fillTable(connection, step, table, given, { ...context, folder });
    const rows = { ...step, sql: `SELECT * FROM ${ident(table)}`, assertions: [] };
    return await storeRows(connection, rows, context, publisher, lakes, basis);
  } finally {
    context.signal.removeEventListener('abort', stop);
    reading.close();
    await connection.drop(ident(table));
  }
}

/** What the function makes of the rows that it is given, as a temporary table of the connection. */
export async function fillTable(
  connection: Connection,
  step: Pick<FunctionStep, 'function' | 'columns'>,
  table: string,
  given: AsyncIterable<Batch>,
  context: Pick<StepContext, 'functions' | 'signal'> & { readonly folder: string },
): Promise<void> {
  const call = await context.functions(step.function);
  const columns = step.columns.map(({ name, type }) => `${ident(name)} ${columnType(type)}`);
  await connection.run(`CREATE TEMP TABLE ${ident(table)} (${columns.join(', ')})`);
  const writer = await BatchWriter.of(connection, { catalog: 'temp', schema: 'main', name: table }, step.columns);
  try {
    for await (const { columns: values, rows } of runBatches(call, given, step, context)) writer.append(values, rows);
    writer.close();
  } catch (failure) {
    writer.abandon();
    throw failure;
  }
}

const columnType = (type: BatchType): string =>
  type.kind === 'list' ? `${columnType(type.element)}[]` : sqlType(type);
