/** Rows of a source that were read again take the place of those that stand, in one transaction with how far it was read. */
import type { StepContext, StepResult } from '../../engine.ts';
import type { LoadStep } from '../../plan.ts';
import { further } from '../../sources/cursor.ts';
import { audit } from '../audit.ts';
import { names } from '../columns.ts';
import { isLog, POSITION } from '../increments/follow.ts';
import { madeAs } from '../increments/growth.ts';
import { compared, greatest, type Pulling, type ReadAgain, replacement, tellLate } from '../increments/since.ts';
import { ident, literal, qualified } from '../quote.ts';
import { newBuild, PIPEC } from '../versions.ts';
import type { Connection } from './connect.ts';
import { jsonPath, temporary } from './files.ts';
import { gate, sqlType } from './gates.ts';
import { type Accepted, type Pulled, quarantined } from './judging.ts';
import { type Publisher, quarantineTable } from './publish.ts';
import { boundLiteral } from './pulled.ts';

type Renewed = Accepted & { readonly pulled: Pulled };

export async function renewRows(
  connection: Connection,
  step: LoadStep,
  accepted: Renewed,
  context: StepContext,
  publisher: Publisher,
  folder: string,
): Promise<StepResult> {
  const { into } = step;
  const { pulling } = accepted.pulled;
  const { standing } = pulling;
  const relation = qualified(PIPEC, standing.table);
  return await readAgain(connection, accepted, async (read, rows) => {
    const { load, quarantine } = await accepted.settle(rows);
    const aside = quarantineTable(into);
    const rejected = { before: aside, quarantine: quarantined(quarantine, context.run, folder) };
    return await renewedQuarantine(connection, step, pulling, read, rejected, async (kept) => {
      const found = await compared(connection, step, pulling, read);
      const { gone, sql, made } = replacement(step, pulling, read, found, kept);
      const list = isLog(into) ? `${names(step.columns)}, ${ident(POSITION)}` : names(step.columns);
      const done = await connection.within(async () => {
        await connection.run(`DELETE FROM ${relation} WHERE ${gone}`);
        await connection.run(`INSERT INTO ${relation} (${list})\n${sql}`);
        const warned = await audit(connection, into.dataset, relation, step.audit, context.checked);
        context.signal.throwIfAborted();
        const cursor = further(
          pulling.type,
          standing.cursor,
          await greatest(connection, pullingColumn(pulling), read.stage),
        );
        const { rows: all = null } = await connection.numbers(`SELECT count(*) AS "rows" FROM ${relation}`);
        const version = { ...madeAs({ basis: null, ...made }, newBuild()), table: standing.table };
        const published = publisher.after(into, { ...version, rows: all, run: context.run, warned, cursor }, null);
        if (kept.changed) await connection.run(`CREATE OR REPLACE TABLE ${aside} AS SELECT * FROM ${kept.table}`);
        for (const statement of publisher.commits(into, published)) await connection.run(statement);
        return { published, rows: all };
      });
      publisher.moved(into, done.published);
      const held = (done.rows ?? 0) + kept.rows;
      tellLate(step, pulling, { total: accepted.pulled.total, held }, context.warned);
      return { rows: done.rows, load };
    });
  });
}

export const pullingColumn = ({
  column,
  type,
}: Pulling): { readonly column: string; readonly type: Pulling['type'] } => ({
  column: column.name,
  type,
});

/** The rows that were read and let in, and the keys of all, as tables of the connection's own for as long as the work takes. */
export async function readAgain<T>(
  connection: Connection,
  { sql, pulled }: Pick<Renewed, 'sql' | 'pulled'>,
  work: (read: ReadAgain, rows: number) => Promise<T>,
): Promise<T> {
  const [stage, keys] = [ident(temporary('stage')), ident(temporary('keys'))];
  try {
    const rows = await connection.create(`CREATE TEMP TABLE ${stage} AS ${sql}`);
    if (pulled.keys !== null) await connection.run(`CREATE TEMP TABLE ${keys} AS ${pulled.keys}`);
    return await work({ stage, keys: pulled.keys === null ? null : keys }, rows);
  } finally {
    await connection.drop(stage, keys);
  }
}

export interface RenewedQuarantine {
  /** Of the connection's own: what is in quarantine now. */
  readonly table: string;
  readonly rows: number;
  /** Whether it is other than what was there before. */
  readonly changed: boolean;
}

/**
 * What was rejected before stays, but for rows that were read again: those from the bound on, those whose cursor is no value,
 * and those of a key that was read. Rejected once more with the same reason, they are the ones that are there.
 */
export async function renewedQuarantine<T>(
  connection: Connection,
  step: LoadStep,
  pulling: Pulling,
  { keys }: Pick<ReadAgain, 'keys'>,
  { before, quarantine }: { readonly before: string; readonly quarantine: string },
  work: (kept: RenewedQuarantine) => Promise<T>,
): Promise<T> {
  const [fresh, table] = [ident(temporary('fresh')), ident(temporary('quarantine'))];
  const again = `(${readAgainCondition(step, pulling, keys)})`;
  try {
    await connection.run(`CREATE TEMP TABLE ${fresh} AS ${quarantine}`);
    const both = `SELECT reason, content, 1 AS n FROM ${fresh} UNION ALL SELECT reason, content, -1 AS n FROM ${before} WHERE ${again}`;
    const { others } = await connection.numbers(
      `SELECT count(*) AS others FROM (SELECT 1 FROM (${both}) GROUP BY reason, content HAVING sum(n) <> 0)`,
    );
    const changed = others !== 0;
    const rows = await connection.create(
      `CREATE TEMP TABLE ${table} AS ${changed ? `SELECT * FROM ${before} WHERE NOT ${again}\nUNION ALL\nSELECT * FROM ${fresh}` : `SELECT * FROM ${before}`}`,
    );
    return await work({ table, rows, changed });
  } finally {
    await connection.drop(fresh, table);
  }
}

/** Over rows of the quarantine, whose content is the source's row as JSON. Never null. */
function readAgainCondition(step: LoadStep, pulling: Pulling, keys: string | null): string {
  const record = '(CASE WHEN json_valid(content) THEN content END::JSON)';
  const value = ({ path, type }: LoadStep['columns'][number]): string =>
    gate(type, { kind: 'json', sql: `(${record} -> ${literal(jsonPath(path))})` }, step.timezone)?.value ?? 'NULL';
  const isAfter = `coalesce(${value(pulling.column)} >= ${boundLiteral(pulling)}, true)`;
  const key = step.columns.filter(({ name }) => step.key.includes(name));
  if (keys === null || key.length !== step.key.length) return isAfter;
  const list = names(key);
  return `${isAfter} OR coalesce((${key.map((column) => `CAST(${value(column)} AS ${sqlType(column.type)})`).join(', ')}) IN (SELECT ${key.length === 1 ? list : `(${list})`} FROM ${keys}), false)`;
}
