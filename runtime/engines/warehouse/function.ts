/** A step of the project's own code on a target that is elsewhere. */
import type { StepContext, StepResult } from '../../engine.ts';
import type { FunctionStep } from '../../plan.ts';
import { audit } from '../audit.ts';
import type { Connection } from '../duckdb/connect.ts';
import { temporary } from '../duckdb/files.ts';
import { compute, writeTable } from '../duckdb/function.ts';
import { givenBatches } from '../given.ts';
import { ident, qualified } from '../quote.ts';
import { PIPEC } from '../versions.ts';
import { storeMoved } from './moved.ts';
import type { Warehouse, WarehouseEngine } from './warehouse.ts';

/**
 * The function runs in this process. Its rows are fetched from the target before it begins, as no server keeps a statement
 * open for one who takes his time; what it makes of them is moved in again.
 */
export async function performFunction(
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
    const sql = `SELECT * FROM ${ident(made)}`;
    const moved = { into, columns, shown: columns, key: [], sql, plain: null, made: { basis } };
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
