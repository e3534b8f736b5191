/**
 * Reads a source and lets in what fits its contract; accepted + quarantined = read, and that is checked.
 *
 *   source   the rows as they are                        (files.ts)
 *   typed    the contract's columns, gated               (gates.ts)
 *   judged   the first reason why a row may not come in, null where it may
 *
 * A source without keys costs one pass that writes it; keys cost one before it, over their hashes. Rows that may not
 * come in are collected by a pass of their own, where there are any. Texts are judged once, into a table. Rows never become objects of JavaScript.
 */
import type { StepContext, StepResult } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { LoadResult } from '../../events.ts';
import type { LoadStep } from '../../plan.ts';
import { audit } from '../audit.ts';
import { names } from '../columns.ts';
import type { Arrivals } from '../increments/arrivals.ts';
import { isLog, POSITION } from '../increments/follow.ts';
import { type Made, madeAs } from '../increments/growth.ts';
import { greatest } from '../increments/since.ts';
import { ident, literal, qualified, subquery } from '../quote.ts';
import { logName, newBuild, PIPEC, physicalName, type Version, type Versions } from '../versions.ts';
import { expectColumns, keptOrDropped } from './build.ts';
import type { Connection } from './connect.ts';
import { FILE, RECORD, ROW, type SourceRelation, temporary } from './files.ts';
import { sqlType } from './gates.ts';
import { type Accepted, type Judging, NO_ROWS, quarantined, rowsOf } from './judging.ts';
import { besideLake, type Lakes, lakeRelation } from './lake.ts';
import { type Publisher, quarantineTable } from './publish.ts';
import { shownRow } from './rejected.ts';
import { renewRows } from './renew.ts';
import { type OpenedSource, openSource } from './source.ts';
import { gatedCells, HASH, judgedRows, letInRows, REASON, REPEATED, stored } from './verdict.ts';

const SAMPLE_ROWS = 5;

/**
 * Judges the rows of a source, and hands those let in to `write` while they can be read.
 * @throws PipecError `source-missing`, `source-unreadable`, `source-column-missing`, `source-column-type`, `rows-rejected`
 */
export async function judgedLoad<T>(
  connection: Connection,
  step: LoadStep,
  context: Pick<StepContext, 'texts' | 'signal' | 'began'>,
  folder: string,
  judging: Judging,
  write: (accepted: Accepted) => Promise<T>,
  open: () => Promise<OpenedSource> = () => openSource(connection, step, context, folder, judging),
): Promise<T> {
  const { source, arrivals, versions, pulling } = await open();
  const { standing, made } = arrivals;
  if (source === null)
    return await write({
      sql: nothing(step),
      plain: null,
      versions,
      standing,
      made,
      pulled: null,
      settle: settledNothing,
    });
  const typed = temporary('typed');
  const suspects = temporary('suspects');
  const rejected = temporary('rejected');
  const repeated = temporary('repeated');
  try {
    const judged = await judge(connection, step, source, arrivals, typed);
    context.signal.throwIfAborted();
    // A row that is read again takes the place of that with its key.
    const known = standing === null || pulling !== null || step.key.length === 0 ? null : repeated;
    if (known !== null && standing !== null) await judging.keysIn(standing, keysOf(step, judged), known);
    const suspected = await findSuspects(connection, step, judged, known, suspects);
    context.signal.throwIfAborted();
    const repeats: Repeats | null = suspected > 0 ? { suspects, known } : null;
    const collect = () => collectRejects(connection, step, source, judged, repeats, rejected, folder);
    let reasons = suspected > 0 ? await collect() : null;
    context.signal.throwIfAborted();
    const anti =
      reasons?.some(({ reason }) => reason === REPEATED) === true
        ? ` ANTI JOIN ${ident(rejected)} AS r ON ${ident(FILE)} = r.file AND ${ident(ROW)} = r."row"`
        : '';
    const areExpected = async (): Promise<boolean> => {
      // Where keys were compared, every row has been judged.
      if (step.key.length > 0 || step.expectations.length === 0) return true;
      const short = step.expectations.map(({ sql }) => `${subquery(sql)} IS FALSE`).join(' OR ');
      const found = await connection.rows(`${judged.sql}\nSELECT 1 FROM judged AS typed WHERE ${short} LIMIT 1`);
      return found.length === 0;
    };
    // A log has positions, which are in no file.
    const files = reasons === null && !isLog(step.into) ? source.plain : null;
    return await write({
      sql: judged.letIn(anti),
      plain: files === null ? null : { files, areExpected },
      versions,
      standing,
      made,
      pulled: pulling === null ? null : { pulling, keys: allKeys(step, judged), total: source.total ?? null },
      async settle(rows) {
        if (reasons === null && rows !== source.read) reasons = await collect();
        const load = loadResult(source, rows, reasons ?? []);
        if (load === null || (await source.changed())) throw runError('source-changed', { path: source.place });
        context.signal.throwIfAborted();
        return { load, quarantine: load.quarantined > 0 ? rowsOf(rejected) : NO_ROWS };
      },
    });
  } finally {
    await connection.drop(...[...source.temporaries, typed, suspects, rejected, repeated].map(ident));
    await source.release();
  }
}

/** Where no file is new. */
function nothing(step: LoadStep): string {
  const columns = step.columns.map(({ name, type }) => `CAST(NULL AS ${sqlType(type)}) AS ${ident(name)}`);
  return `SELECT ${columns.join(', ')}, CAST(NULL AS BIGINT) AS ${ident(POSITION)} WHERE false`;
}

const settledNothing: Accepted['settle'] = () =>
  Promise.resolve({ load: { read: 0, accepted: 0, quarantined: 0, reasons: [], unread: [] }, quarantine: NO_ROWS });

const keysOf = (step: LoadStep, judged: Judged): string =>
  `${judged.sql}\nSELECT DISTINCT ${step.key.map(ident).join(', ')} FROM judged WHERE ${ident(REASON)} IS NULL`;

/** Of rows that were not let in too, as far as they have one. */
function allKeys({ key }: LoadStep, judged: Judged): string | null {
  if (key.length === 0) return null;
  const list = key.map(ident).join(', ');
  return `${judged.sql}\nSELECT DISTINCT ${list} FROM judged WHERE ${key.map((name) => `${ident(name)} IS NOT NULL`).join(' AND ')}`;
}

export async function performLoad(
  connection: Connection,
  step: LoadStep,
  context: StepContext,
  publisher: Publisher,
  lakes: Lakes,
  folder: string,
  judge: typeof judgedLoad<StepResult> = judgedLoad,
): Promise<StepResult> {
  const { into } = step;
  const judging: Judging = {
    published: publisher.published(into),
    standing: await standingRows(connection, step, context, publisher, lakes),
    async keysIn(table, keys, made) {
      const using = step.key.map(ident).join(', ');
      await connection.run(
        `CREATE TEMP TABLE ${ident(made)} AS SELECT * FROM ${subquery(keys)} SEMI JOIN ${qualified(PIPEC, table)} USING (${using})`,
      );
    },
  };
  return await judge(connection, step, context, folder, judging, async (accepted) => {
    const made: Made = { basis: basisOf(publisher, step, context, accepted), ...accepted.made };
    const { pulled } = accepted;
    if (pulled !== null) return await renewRows(connection, step, { ...accepted, pulled }, context, publisher, folder);
    if (accepted.standing !== null && into.storage.kind === 'table')
      return await addRows(connection, step, accepted, accepted.standing, made, context, publisher, folder);
    const finish = async (
      { rows, came }: { readonly rows: number; readonly came: number },
      relation: string,
      publish: (select: string, also: readonly string[], judged: Pick<Version, 'warned' | 'cursor'>) => Promise<void>,
    ): Promise<StepResult> => {
      const { load, quarantine } = await accepted.settle(came);
      const warned = await audit(connection, into.dataset, relation, step.audit, context.checked);
      context.signal.throwIfAborted();
      // The quarantine holds the rejected rows of the version that is published, so it is replaced with it.
      const aside = quarantined(quarantine, context.run, folder);
      const also =
        accepted.standing === null
          ? [`CREATE OR REPLACE TABLE ${quarantineTable(into)} AS ${aside}`]
          : addedAside(into, aside, context.run, folder);
      const cursor = step.cursor === null ? null : await greatest(connection, step.cursor, relation);
      await publish(`SELECT ${names(step.columns)} FROM ${relation}`, also, { warned, cursor });
      return { rows, load };
    };
    const build = newBuild();
    if (into.storage.kind === 'lake') {
      const before = accepted.standing === null ? null : publisher.published(into).build;
      const version =
        before === null
          ? await lakes.write(connection, into.storage, build, accepted.sql)
          : await lakes.add(connection, into.storage, build, before, accepted.sql);
      const published = { ...madeAs(made, build), table: null, rows: version.rows, run: context.run };
      return await version.keptOrRemoved(() =>
        finish(version, lakeRelation(version.folder), (select, also, own) =>
          version.publish(step.columns, context.run, () =>
            publisher.publish(connection, into, { ...published, ...own }, select, [
              ...also,
              besideLake(into, version.folder),
            ]),
          ),
        ),
      );
    }
    const table = physicalName(into, build);
    const relation = qualified(PIPEC, table);
    return await keptOrDropped(connection, relation, async () => {
      const rows = await connection.room.writing(step.columns.length, () =>
        connection.create(`CREATE TABLE ${relation} AS ${accepted.sql}`),
      );
      return await finish({ rows, came: rows }, relation, (select, also, own) =>
        publisher.publish(
          connection,
          into,
          { ...madeAs(made, build), table, rows, run: context.run, ...own },
          select,
          also,
        ),
      );
    });
  });
}

/** What is replayed is made from what stands, which no basis tells. */
export function basisOf(
  versions: Versions,
  step: LoadStep,
  { inputs, replay }: StepContext,
  accepted: Accepted,
): string | null {
  return replay === true ? null : versions.basis(step, inputs, accepted.versions);
}

/** Where what has come may be added to what stands. */
async function standingRows(
  connection: Connection,
  step: LoadStep,
  { full }: StepContext,
  publisher: Publisher,
  lakes: Lakes,
): Promise<Judging['standing']> {
  const { into } = step;
  const { storage } = into;
  if (full || (!isLog(into) && step.cursor === null)) return null;
  const columns = step.columns.map(({ name, type }) => ({ name, sqlType: sqlType(type) }));
  const fits = await expectColumns(connection, into, columns).then(
    () => true,
    () => false,
  );
  if (!fits) return null;
  if (storage.kind === 'table') return publisher.current(into);
  const published = publisher.published(into);
  const stands = published.fingerprint === into.fingerprint && lakes.has(storage, published.build);
  return stands ? { ...published, table: logName(into) } : null;
}

/** In one transaction: the rows of new files come, the checks look at what that makes, and it is published. */
async function addRows(
  connection: Connection,
  step: LoadStep,
  { sql, settle }: Accepted,
  table: string,
  made: Made,
  context: StepContext,
  publisher: Publisher,
  folder: string,
): Promise<StepResult> {
  const { into } = step;
  const relation = qualified(PIPEC, table);
  const done = await connection.within(async () => {
    const added = await connection.run(`INSERT INTO ${relation} (${stored(step)})\n${sql}`);
    const { load, quarantine } = await settle(added);
    const warned = await audit(connection, into.dataset, relation, step.audit, context.checked);
    context.signal.throwIfAborted();
    const { rows = null } = await connection.numbers(`SELECT count(*) AS "rows" FROM ${relation}`);
    const build = newBuild();
    const version = { ...madeAs(made, build), table, rows, run: context.run, warned };
    const published = publisher.after(into, version, null);
    const aside = quarantined(quarantine, context.run, folder);
    for (const statement of [...addedAside(into, aside, context.run, folder), ...publisher.commits(into, published)])
      await connection.run(statement);
    return { published, result: { rows, load } };
  });
  publisher.moved(into, done.published);
  return done.result;
}

/** What was in quarantine before stays there. */
function addedAside(into: LoadStep['into'], rows: string, run: string, folder: string): readonly string[] {
  const aside = quarantineTable(into);
  return [
    `CREATE TABLE IF NOT EXISTS ${aside} AS ${quarantined(NO_ROWS, run, folder)}`,
    `INSERT INTO ${aside} ${rows}`,
  ];
}

interface Judged {
  /** `WITH … judged …`, to be followed by a SELECT. */
  readonly sql: string;
  /** Adds RECORD to a selection of judged rows. */
  readonly recorded: (rows: string) => string;
  /** A SELECT of the rows without a reason, and without those of a join that leaves some out. */
  readonly letIn: (anti: string) => string;
}

async function judge(
  connection: Connection,
  step: LoadStep,
  source: SourceRelation,
  arrivals: Arrivals,
  table: string,
): Promise<Judged> {
  const cells = gatedCells(step, source);
  const sql = judgedRows(step, source, arrivals, cells);
  if (source.inPlace)
    return { sql, recorded: (rows) => rows, letIn: (anti) => letInRows(step, source, arrivals, cells, anti) };
  const position = [FILE, ROW].map(ident).join(', ');
  const verdict = [REASON, ...(step.key.length === 0 ? [] : [HASH])].map(ident).join(', ');
  await connection.run(
    `CREATE TEMP TABLE ${ident(table)} AS ${sql}\nSELECT ${stored(step)}, ${position}, ${verdict} FROM judged`,
  );
  const record = `SELECT ${position}, ${source.record} AS ${ident(RECORD)} FROM (${source.sql})`;
  return {
    sql: `WITH judged AS (SELECT * FROM ${ident(table)})`,
    recorded: (rows) => `SELECT * FROM (${rows}) JOIN (${record}) USING (${position})`,
    letIn: (anti) => `SELECT ${stored(step)} FROM ${ident(table)}${anti} WHERE ${ident(REASON)} IS NULL`,
  };
}

/**
 * Hashes that more than one key of the source may have, into a temporary table; null among them where rows break the
 * contract otherwise. Comparing hashes is several times cheaper than comparing keys: only rows whose hash is not alone
 * are looked at closely. Gives how many there are.
 */
async function findSuspects(
  connection: Connection,
  step: LoadStep,
  judged: Judged,
  known: string | null,
  table: string,
): Promise<number> {
  if (step.key.length === 0) return 0;
  const hash = ident(HASH);
  const repeated = `SELECT ${hash} FROM judged GROUP BY ${hash} HAVING count(*) > 1 OR ${hash} IS NULL`;
  const standing = known === null ? '' : `\nUNION SELECT ${hash} FROM judged WHERE ${isAmong(step, known)}`;
  return await connection.create(`CREATE TEMP TABLE ${ident(table)} AS ${judged.sql}\n${repeated}${standing}`);
}

/** Where a key may stand more than once. */
interface Repeats {
  /** Table of hashes. */
  readonly suspects: string;
  /** Table of keys that stand already; null where nothing does. */
  readonly known: string | null;
}

/** A row that breaks nothing else, whose key stands already. */
function isAmong({ key }: LoadStep, known: string): string {
  const list = key.map(ident).join(', ');
  return `${ident(REASON)} IS NULL AND (${list}) IN (SELECT ${key.length === 1 ? list : `(${list})`} FROM ${ident(known)})`;
}

/**
 * Rows that may not come in, with the first reason why, into a temporary table.
 * @param repeats null where no key repeats
 * @throws PipecError `rows-rejected` where the contract rejects
 */
async function collectRejects(
  connection: Connection,
  step: LoadStep,
  source: SourceRelation,
  judged: Judged,
  repeats: Repeats | null,
  rejected: string,
  folder: string,
): Promise<LoadResult['reasons']> {
  const key = step.key.map(ident).join(', ');
  const place = isLog(step.into) ? ident(POSITION) : `${ident(FILE)}, ${ident(ROW)}`;
  // Of rows that change at the source, the last state of a key is the one.
  const order = step.cursor === null ? place : `${ident(step.cursor.column)} DESC, ${place}`;
  const isKnown = repeats === null || repeats.known === null ? '' : ` OR (${isAmong(step, repeats.known)})`;
  const wrong =
    repeats === null
      ? `SELECT * FROM judged WHERE ${ident(REASON)} IS NOT NULL`
      : `SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY ${ident(REASON)}, ${key} ORDER BY ${order}) AS n
    FROM judged SEMI JOIN ${ident(repeats.suspects)} AS s ON judged.${ident(HASH)} IS NOT DISTINCT FROM s.${ident(HASH)}
  ) WHERE ${ident(REASON)} IS NOT NULL OR n > 1${isKnown}`;
  const reason = `coalesce(${ident(REASON)}, ${literal(REPEATED)}) AS reason`;
  const rows = `SELECT ${reason}, ${ident(FILE)} AS file, ${ident(ROW)} AS "row", CAST(NULL AS BIGINT) AS line, ${source.content} AS content FROM (${judged.recorded(wrong)})`;
  const parts = source.unreadable === null ? [rows] : [rows, source.unreadable];
  const count = await connection.create(
    `CREATE TEMP TABLE ${ident(rejected)} AS ${judged.sql}\n${parts.join('\nUNION ALL\n')}`,
  );
  const counted = await connection.rows(
    `SELECT reason, count(*) AS "rows" FROM ${ident(rejected)} GROUP BY reason ORDER BY "rows" DESC, reason`,
  );
  const reasons = counted.map((row) => ({ reason: String(row['reason']), rows: Number(row['rows']) }));
  if (step.invalid === 'reject' && count > 0) {
    const first = await connection.rows(
      `SELECT reason, file, "row", line, content FROM ${ident(rejected)} ORDER BY file, coalesce("row", line) LIMIT ${SAMPLE_ROWS}`,
    );
    const sample = first.map((row) =>
      shownRow(
        {
          reason: String(row['reason']),
          file: String(row['file']),
          row: numberOf(row['row']),
          line: numberOf(row['line']),
          content: String(row['content']),
        },
        step.columns,
        folder,
      ),
    );
    const told = reasons.map(({ reason, rows }) => `${reason} (${rows})`).join(', ');
    throw runError('rows-rejected', { rows: count, source: step.into.dataset, reasons: told }, { sample });
  }
  return reasons;
}

const numberOf = (value: unknown): number | null => (value === null ? null : Number(value));

/** Null where rows are lost or made up: then the source changed between two passes. */
function loadResult(
  { read, unread }: SourceRelation,
  accepted: number,
  reasons: LoadResult['reasons'],
): LoadResult | null {
  const quarantined = reasons.reduce((sum, { rows }) => sum + rows, 0);
  return accepted + quarantined === read ? { read, accepted, quarantined, reasons, unread } : null;
}
