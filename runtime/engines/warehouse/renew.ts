/** Rows of a source that were read again take the place of those that stand, published with how far it was read. */
import type { StepContext, StepResult } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { LoadStep } from '../../plan.ts';
import { further } from '../../sources/cursor.ts';
import type { Connection } from '../duckdb/connect.ts';
import { temporary } from '../duckdb/files.ts';
import { type Accepted, type Pulled, quarantined } from '../duckdb/judging.ts';
import { pullingColumn, type RenewedQuarantine, readAgain, renewedQuarantine } from '../duckdb/renew.ts';
import { compared, greatest, type ReadAgain, replacement, tellLate } from '../increments/since.ts';
import { judged } from '../judged.ts';
import { moveRows } from '../mover.ts';
import { ident, qualified } from '../quote.ts';
import { newBuild, PIPEC, physicalName, quarantineName } from '../versions.ts';
import { fetchRows, withRejected } from './rejected.ts';
import { type Publication, publicationOf, QUARANTINE, type TypedColumn, type Warehouse } from './warehouse.ts';

interface Columns {
  /** Of the table, with the position of a log. */
  readonly columns: readonly TypedColumn[];
  /** Of the contract. */
  readonly typed: readonly TypedColumn[];
}

export async function renewRows(
  warehouse: Warehouse,
  embedded: Connection,
  step: LoadStep,
  accepted: Accepted & { readonly pulled: Pulled },
  { columns, typed }: Columns,
  context: StepContext,
  folder: string,
): Promise<StepResult> {
  const { into } = step;
  const { pulling, total } = accepted.pulled;
  const { standing } = pulling;
  const move = (table: string, stored: readonly TypedColumn[], rows: string): Promise<number> =>
    moveRows(embedded, { sql: rows, columns: stored, wire: warehouse.wire }, (pieces) =>
      warehouse.take(table, stored, pieces),
    );
  const before = temporary('before');
  const [stage, keys] = [physicalName(into, newBuild()), physicalName(into, newBuild())];
  try {
    return await readAgain(embedded, accepted, async (own, rows) => {
      const { load, quarantine } = await accepted.settle(rows);
      const stored = QUARANTINE.map((column) => ({ ...column, nullable: true }));
      await fetchRows(warehouse, embedded, before, qualified(PIPEC, quarantineName(into)), stored);
      const rejected = { before: ident(before), quarantine: quarantined(quarantine, context.run, folder) };
      return await renewedQuarantine(embedded, step, pulling, own, rejected, async (kept) => {
        await warehouse.create(stage, columns, []);
        await move(stage, columns, `SELECT * FROM ${own.stage}`);
        const key = typed.filter(({ name }) => step.key.includes(name));
        const read: ReadAgain = {
          stage: qualified(PIPEC, stage),
          keys: own.keys === null ? null : qualified(PIPEC, keys),
        };
        if (own.keys !== null) {
          await warehouse.create(keys, key, []);
          await move(keys, key, `SELECT ${key.map(({ name }) => ident(name)).join(', ')} FROM ${own.keys}`);
        }
        const found = await compared(warehouse, step, pulling, read);
        const { gone, sql, made } = replacement(step, pulling, read, found, kept);
        const last = await greatest(warehouse, pullingColumn(pulling), read.stage);
        const cursor = further(pulling.type, standing.cursor, last);
        const build = newBuild();
        const published = await withQuarantine(
          warehouse,
          step,
          made.rowsOf === undefined ? kept : null,
          build,
          move,
          async (aside) => {
            const revision = { table: standing.table, copy: physicalName(into, build), columns, gone, sql };
            return await warehouse.revise(revision, async (asks, table) => {
              const whole = { ...step, assertions: [], increment: null };
              const version = await judged(
                asks,
                whole,
                { table, build, made: { basis: null, ...made, cursor } },
                context,
              );
              return { ...publicationOf(whole, version, table, context), quarantine: aside };
            });
          },
        );
        if (published === 'refused')
          throw runError('null-in-column', { dataset: into.dataset, column: null, rows: null });
        tellLate(step, pulling, { total, held: (published ?? 0) + kept.rows }, context.warned);
        return { rows: published, load };
      });
    });
  } finally {
    await embedded.drop(ident(before));
    await warehouse.drop(stage);
    await warehouse.drop(keys);
  }
}

/** What is in quarantine goes into a table of its own, which takes the place of the one before; null where that stays. */
async function withQuarantine<T>(
  warehouse: Warehouse,
  { into }: LoadStep,
  kept: RenewedQuarantine | null,
  build: string,
  move: (table: string, stored: readonly TypedColumn[], rows: string) => Promise<number>,
  work: (quarantine: Publication['quarantine']) => Promise<T>,
): Promise<T> {
  if (kept === null) return await work(null);
  return await withRejected(warehouse, into, build, async (rejected, stored) => {
    if (kept.rows > 0) await move(rejected, stored, `SELECT * FROM ${kept.table}`);
    return await work({ table: rejected, build });
  });
}
