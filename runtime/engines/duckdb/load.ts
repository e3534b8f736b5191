/**
 * Reads a source and lets in what fits its contract; accepted + quarantined = read, and that is checked.
 *
 *   source   the rows as they are                        (files.ts)
 *   typed    the contract's columns, gated               (gates.ts)
 *   judged   the first reason why a row may not come in, null where it may
 *
 * A clean source costs one pass that writes it, and one over the hashes of its keys where it has a key. Only when rows
 * are missing after that, a pass collects them. Rows never become objects of JavaScript.
 */
import type { StepContext, StepResult } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { LoadResult } from '../../events.ts';
import type { LoadStep } from '../../plan.ts';
import { filePattern } from '../../sources/file.ts';
import { audit } from './audit.ts';
import { keptOrDropped, names } from './build.ts';
import type { Connection } from './connect.ts';
import { CONTENT, FILE, type FileRelation, openFiles, ROW, temporary, wrongType } from './files.ts';
import { gate, sqlType, typeName } from './gates.ts';
import { type Lakes, lakeRelation } from './lake.ts';
import { newBuild, PIPEC, type Publisher, physicalName, quarantineTable } from './publish.ts';
import { ident, literal, qualified, subquery } from './quote.ts';

const REASON = '_pipec_reason';
const SAMPLE_ROWS = 5;

export async function performLoad(
  connection: Connection,
  step: LoadStep,
  context: StepContext,
  publisher: Publisher,
  lakes: Lakes,
  folder: string,
): Promise<StepResult> {
  const pattern = filePattern(step.from, folder, context.texts);
  const files = await openFiles(connection, step.from, pattern, step);
  const repeated = temporary('repeated');
  const rejected = temporary('rejected');
  try {
    const judged = judgedRows(step, files, pattern);
    context.signal.throwIfAborted();
    const repeats = await findRepeats(connection, step, judged, repeated);
    context.signal.throwIfAborted();
    const anti = repeats === 0 ? '' : ` ANTI JOIN ${ident(repeated)} USING (${ident(FILE)}, ${ident(ROW)})`;
    const accepted = `${judged}\nSELECT ${names(step.columns)} FROM judged${anti} WHERE ${ident(REASON)} IS NULL`;
    const finish = async (
      rows: number,
      relation: string,
      publish: (select: string, also: readonly string[]) => Promise<void>,
    ): Promise<StepResult> => {
      const load = await collectRejects(connection, step, files, pattern, judged, {
        repeated,
        repeats,
        rejected,
        accepted: rows,
      });
      context.signal.throwIfAborted();
      await audit(connection, step.into.dataset, relation, step.audit, context.checked);
      context.signal.throwIfAborted();
      await publish(`SELECT ${names(step.columns)} FROM ${relation}`, [quarantine(step, context.run, load, rejected)]);
      return { rows, load };
    };
    const build = newBuild();
    if (step.into.storage.kind === 'lake') {
      const version = await lakes.write(connection, step.into.storage, build, accepted);
      return await version.keptOrRemoved(() =>
        finish(version.rows, lakeRelation(version.folder), (select, also) =>
          version.publish(step.columns, context.run, () =>
            publisher.publish(
              connection,
              step.into,
              { build, table: null, rows: version.rows, run: context.run },
              select,
              also,
            ),
          ),
        ),
      );
    }
    const table = physicalName(step.into, build);
    const relation = qualified(PIPEC, table);
    return await keptOrDropped(connection, relation, async () => {
      const rows = await connection.create(`CREATE TABLE ${relation} AS ${accepted}`);
      return await finish(rows, relation, (select, also) =>
        publisher.publish(connection, step.into, { build, table, rows, run: context.run }, select, also),
      );
    });
  } finally {
    await connection.drop(...[...files.temporaries, repeated, rejected].map(ident));
  }
}

/** `WITH source …, typed …, judged …`, to be followed by a SELECT. @throws PipecError `source-column-type` */
function judgedRows(step: LoadStep, files: FileRelation, pattern: string): string {
  const typed: string[] = [];
  const raws: string[] = [];
  const reasons: string[] = [];
  for (const [index, column] of step.columns.entries()) {
    const raw = files.cells.get(column.name);
    if (raw === undefined) throw runError('internal', { why: `no cell for column ${column.name}` });
    const cell = ident(`_pipec_raw_${index}`);
    raws.push(`${raw.sql} AS ${cell}`);
    const gated = gate(column.type, { ...raw, sql: cell }, step.timezone);
    if (gated === null) throw wrongType(pattern, column, raw.kind === 'typed' ? raw.type : raw.kind);
    typed.push(`CAST(${gated.value} AS ${sqlType(column.type)}) AS ${ident(column.name)}`);
    const name = `typed.${ident(column.name)}`;
    if (gated.wrong !== null) {
      const flag = ident(`_pipec_given_${index}`);
      typed.push(`${gated.wrong} AS ${flag}`);
      reasons.push(
        `WHEN ${name} IS NULL AND ${flag} THEN ${literal(`${column.name} is not ${article(typeName(column.type))}`)}`,
      );
    }
    if (!column.nullable) reasons.push(`WHEN ${name} IS NULL THEN ${literal(`missing ${column.name}`)}`);
  }
  for (const { text, sql } of step.expectations)
    reasons.push(`WHEN ${subquery(sql)} IS FALSE THEN ${literal(expectation(text))}`);
  const reason = reasons.length === 0 ? 'CAST(NULL AS VARCHAR)' : `CASE\n  ${reasons.join('\n  ')}\nEND`;
  // Three layers, so that a cell is read once and typed once; `typed` is the name that expectations may use.
  return [
    `WITH source AS (${files.sql}),`,
    `raw AS (SELECT ${[...raws, ident(FILE), ident(ROW), ident(CONTENT)].join(', ')} FROM source),`,
    `typed AS (SELECT ${[...typed, ident(FILE), ident(ROW), ident(CONTENT)].join(',\n  ')} FROM raw),`,
    `judged AS (SELECT *, ${reason} AS ${ident(REASON)} FROM typed)`,
  ].join('\n');
}

function article(type: string): string {
  if (type.startsWith('one of')) return type;
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

function expectation(text: string): string {
  return text.startsWith('expect ') ? text : `expect ${text}`;
}

/**
 * Positions of rows whose key an earlier row has, into a temporary table. Hashes are compared first, which is three
 * times cheaper than keys: only rows whose hash is not alone are looked at closely.
 */
async function findRepeats(connection: Connection, step: LoadStep, judged: string, table: string): Promise<number> {
  if (step.key.length === 0) return 0;
  const key = step.key.map(ident).join(', ');
  const ok = `${ident(REASON)} IS NULL`;
  return await connection.create(`CREATE TEMP TABLE ${ident(table)} AS ${judged},
suspects AS (SELECT h FROM (SELECT hash(${key}) AS h FROM judged WHERE ${ok}) GROUP BY h HAVING count(*) > 1),
numbered AS (SELECT ${ident(FILE)}, ${ident(ROW)}, row_number() OVER (PARTITION BY ${key} ORDER BY ${ident(FILE)}, ${ident(ROW)}) AS n FROM judged WHERE ${ok} AND hash(${key}) IN (SELECT h FROM suspects))
SELECT ${ident(FILE)}, ${ident(ROW)} FROM numbered WHERE n > 1`);
}

/** @throws PipecError `rows-rejected` where the contract rejects, `source-changed` */
async function collectRejects(
  connection: Connection,
  step: LoadStep,
  files: FileRelation,
  pattern: string,
  judged: string,
  at: { readonly repeated: string; readonly repeats: number; readonly rejected: string; readonly accepted: number },
): Promise<LoadResult> {
  const { read } = files;
  if (at.accepted === read) return { read, accepted: read, quarantined: 0, reasons: [] };
  const position = `${ident(FILE)} AS file, ${ident(ROW)} AS "row", CAST(NULL AS BIGINT) AS line, ${ident(CONTENT)} AS content`;
  const parts = [`SELECT ${ident(REASON)} AS reason, ${position} FROM judged WHERE ${ident(REASON)} IS NOT NULL`];
  if (at.repeats > 0)
    parts.push(
      `SELECT 'repeated key' AS reason, ${position} FROM judged SEMI JOIN ${ident(at.repeated)} USING (${ident(FILE)}, ${ident(ROW)})`,
    );
  if (files.unreadable !== null) parts.push(files.unreadable);
  const quarantined = await connection.create(
    `CREATE TEMP TABLE ${ident(at.rejected)} AS ${judged}\n${parts.join('\nUNION ALL\n')}`,
  );
  const counted = await connection.rows(
    `SELECT reason, count(*) AS "rows" FROM ${ident(at.rejected)} GROUP BY reason ORDER BY "rows" DESC, reason`,
  );
  const reasons = counted.map((row) => ({ reason: String(row['reason']), rows: Number(row['rows']) }));
  if (step.invalid === 'reject') {
    const sample = await connection.rows(
      `SELECT reason, file, coalesce("row", line) AS position, content FROM ${ident(at.rejected)} ORDER BY file, position LIMIT ${SAMPLE_ROWS}`,
    );
    const told = reasons.map(({ reason, rows }) => `${reason} (${rows})`).join(', ');
    throw runError('rows-rejected', { rows: quarantined, source: step.into.dataset, reasons: told }, { sample });
  }
  if (at.accepted + quarantined !== read) throw runError('source-changed', { path: pattern });
  return { read, accepted: at.accepted, quarantined, reasons };
}

/** The quarantine holds the rejected rows of the version that is published, so it is replaced with it. */
function quarantine(step: LoadStep, run: string, load: LoadResult, rejected: string): string {
  const rows =
    load.quarantined > 0
      ? `SELECT reason, file, "row", line, content FROM ${ident(rejected)}`
      : `SELECT CAST(NULL AS VARCHAR) AS reason, CAST(NULL AS VARCHAR) AS file, CAST(NULL AS BIGINT) AS "row", CAST(NULL AS BIGINT) AS line, CAST(NULL AS VARCHAR) AS content WHERE false`;
  return `CREATE OR REPLACE TABLE ${quarantineTable(step.into)} AS SELECT *, ${literal(run)} AS run, now() AS "at" FROM (${rows}) ORDER BY file, coalesce("row", line), reason`;
}
