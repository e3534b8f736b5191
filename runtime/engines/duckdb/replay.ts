/**
 * Rows in quarantine once more before the contract, which has changed since: those that fit now join the rows that are
 * published, the others stay. The source is not read, so that its files may be gone. What is published stays: of equal keys
 * the row that is there already wins.
 */
import { runError } from '../../errors.ts';
import type { LoadStep } from '../../plan.ts';
import { names } from '../columns.ts';
import { wholeArrival } from '../increments/arrivals.ts';
import { isLog } from '../increments/follow.ts';
import { ident, literal } from '../quote.ts';
import type { Connection } from './connect.ts';
import { csvCell, FILE, jsonPath, RECORD, ROW, type SourceRelation, temporary } from './files.ts';
import type { Raw } from './gates.ts';
import type { Accepted } from './judging.ts';
import { judgedLoad } from './load.ts';

/** Relations of the embedded engine. */
export interface Standing {
  /** What is published: the contract's columns. */
  readonly rows: string;
  /** What is in quarantine: reason, file, row, line, content. */
  readonly quarantine: string;
}

/** Judges the quarantine in place of the source. Its `judgedLoad` throws `not-replayable` as well. */
export function replaying<T>(standing: Standing): typeof judgedLoad<T> {
  return async (connection, step, context, folder, judging, write) => {
    await expectFit(connection, step, standing);
    const { rows: before = null } = await connection.numbers(`SELECT count(*) AS "rows" FROM ${standing.rows}`);
    const columns = names(step.columns);
    const all = (accepted: Accepted): Promise<T> =>
      write({
        ...accepted,
        sql: `SELECT ${columns} FROM ${standing.rows}\nUNION ALL\nSELECT ${columns} FROM (\n${accepted.sql}\n)`,
        settle: (rows) => accepted.settle(rows - (before ?? 0)),
      });
    return await judgedLoad(connection, step, context, folder, judging, all, async () => ({
      source: await openQuarantine(connection, step, standing),
      arrivals: wholeArrival(step.into),
      versions: [],
      pulling: null,
    }));
  };
}

/** Of a source whose rows are kept in the order in which they came, a row that comes late has no place. */
export function expectNoLog(step: LoadStep): void {
  if (isLog(step.into)) throw notReplayable(step, 'tables follow it row by row, in the order in which its files came');
}

/** The rows that are published have been let in by the contract before: this one has to let them in as well. */
async function expectFit(connection: Connection, step: LoadStep, { rows }: Standing): Promise<void> {
  const broken = step.columns.flatMap(({ name, nullable, type }) => [
    ...(nullable ? [] : [`typed.${ident(name)} IS NULL`]),
    ...(type.kind === 'enum' ? [`typed.${ident(name)} NOT IN (${['', ...type.values].map(literal).join(', ')})`] : []),
  ]);
  const expected = step.expectations.map(({ sql }) => `(\n${sql}\n) IS FALSE`);
  const conditions = [...broken, ...expected];
  if (conditions.length === 0) return;
  const { rows: count } = await connection.numbers(
    `WITH typed AS (SELECT * FROM ${rows}) SELECT count(*) AS "rows" FROM typed WHERE ${conditions.map((one) => `(${one})`).join(' OR ')}`,
  );
  if (count !== 0 && count !== null && count !== undefined)
    throw notReplayable(step, `${count} rows that are published do not fit its contract of now`);
}

/** What is published is not of the contract's columns. */
export const otherColumns = (step: LoadStep): Error =>
  notReplayable(step, 'what is published has other columns than its contract of now');

function notReplayable({ into }: LoadStep, why: string): Error {
  return runError('not-replayable', { source: into.dataset, why });
}

async function openQuarantine(
  connection: Connection,
  step: LoadStep,
  { rows, quarantine }: Standing,
): Promise<SourceRelation> {
  const { from } = step;
  if (from.kind !== 'file' || from.format === 'parquet')
    throw notReplayable(step, 'what is kept of its rows is text, and their values had types');
  const kept = temporary('kept');
  await connection.run(
    `CREATE TEMP TABLE ${ident(kept)} AS SELECT reason, file, "row", line, content, CASE WHEN "row" IS NOT NULL AND json_valid(content) AND json_type(content::JSON) = 'OBJECT' THEN content::JSON END AS json FROM ${quarantine}`,
  );
  if (from.format === 'csv') await expectColumns(connection, step, kept);
  const cells = step.columns.map((column): readonly [string, Raw] => [
    column.name,
    from.format === 'csv'
      ? csvCell(column, (name) => `(json ->> ${literal(jsonPath([name]))})`)
      : { kind: 'json', sql: `(json -> ${literal(jsonPath(column.path))})` },
  ]);
  const { read } = await connection.numbers(`SELECT count(*) AS read FROM ${ident(kept)}`);
  const key = step.key.map((name) => `there.${ident(name)} = typed.${ident(name)}`).join(' AND ');
  return {
    place: `the quarantine of ${step.into.dataset}`,
    sql: `SELECT json, content, file AS ${ident(FILE)}, "row" AS ${ident(ROW)} FROM ${ident(kept)} WHERE json IS NOT NULL`,
    inPlace: false,
    record: 'content',
    content: ident(RECORD),
    cells: new Map(cells),
    read: read ?? 0,
    unreadable: `SELECT reason, file, "row", line, content FROM ${ident(kept)} WHERE json IS NULL`,
    repeated: key === '' ? null : `EXISTS (SELECT 1 FROM ${rows} AS there WHERE ${key})`,
    unread: [],
    temporaries: [kept],
    plain: null,
    changed: () => Promise.resolve(false),
    release: () => Promise.resolve(),
  };
}

/** A line that never had a field is not one whose field is empty. */
async function expectColumns(connection: Connection, step: LoadStep, kept: string): Promise<void> {
  for (const name of new Set(step.columns.map(({ name: own, path }) => path[0] ?? own))) {
    const { rows } = await connection.numbers(
      `SELECT count(*) AS "rows" FROM ${ident(kept)} WHERE json IS NOT NULL AND NOT list_contains(json_keys(json), ${literal(name)})`,
    );
    if (rows !== 0) throw notReplayable(step, `${rows} of its rows have no \`${name}\``);
  }
}
