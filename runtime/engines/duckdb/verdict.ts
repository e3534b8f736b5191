/** The SQL by which the rows of a source are judged: by a reason for each, or by whether there is one. */
import { runError } from '../../errors.ts';
import type { LoadStep } from '../../plan.ts';
import { names } from '../columns.ts';
import type { Arrivals } from '../increments/arrivals.ts';
import { isLog, POSITION } from '../increments/follow.ts';
import { ident, literal, subquery } from '../quote.ts';
import { FILE, RECORD, ROW, type SourceRelation, wrongType } from './files.ts';
import { type Gate, gate, sqlType, typeName } from './gates.ts';

/** Why a row may not come in, null where it may. */
export const REASON = '_pipec_reason';
/** Of the key of a row that breaks nothing else; null of any other row. */
export const HASH = '_pipec_hash';
export const REPEATED = 'repeated key';
const FITS = '_pipec_fits';

/** The columns of what is let in. */
export function stored(step: LoadStep): string {
  return isLog(step.into) ? `${names(step.columns)}, ${ident(POSITION)}` : names(step.columns);
}

/** A column of the contract over the rows of the source. */
export interface GatedCell {
  readonly column: LoadStep['columns'][number];
  readonly gate: Gate;
  /** What the source has, under the names by which the gate calls it. */
  readonly raws: readonly string[];
  /** Whether something was given, though it may be no value; null where nothing is given but values. */
  readonly given: string | null;
}

/** @throws PipecError `source-column-type` */
export function gatedCells(step: LoadStep, source: SourceRelation): readonly GatedCell[] {
  return step.columns.map((column, index) => {
    const raw = source.cells.get(column.name);
    if (raw === undefined) throw runError('internal', { why: `no cell for column ${column.name}` });
    const cell = ident(`_pipec_raw_${index}`);
    const gated = gate(column.type, { ...raw, sql: cell }, step.timezone);
    if (gated === null)
      throw wrongType(source.place, column, raw.kind === 'typed' ? (raw.called ?? raw.type) : raw.kind);
    const odd = raw.kind === 'typed' && raw.odd !== undefined ? ident(`_pipec_odd_${index}`) : null;
    const given = [gated.wrong, odd === null ? null : `${odd} IS NOT NULL`].filter((each) => each !== null);
    return {
      column,
      gate: gated,
      raws: [`${raw.sql} AS ${cell}`, ...(raw.kind === 'typed' && odd !== null ? [`${raw.odd} AS ${odd}`] : [])],
      given: given.length === 0 ? null : given.join(' OR '),
    };
  });
}

/** `WITH source …, typed …, judged …`, to be followed by a SELECT. */
export function judgedRows(
  step: LoadStep,
  source: SourceRelation,
  arrivals: Arrivals,
  cells: readonly GatedCell[],
): string {
  const typed: string[] = [];
  const reasons: string[] = [];
  for (const [index, { column, gate: gated, given }] of cells.entries()) {
    typed.push(`CAST(${gated.value} AS ${sqlType(column.type)}) AS ${ident(column.name)}`);
    const name = `typed.${ident(column.name)}`;
    if (given !== null) {
      const flag = ident(`_pipec_given_${index}`);
      typed.push(`${given} AS ${flag}`);
      reasons.push(
        `WHEN ${name} IS NULL AND ${flag} THEN ${literal(`${column.name} is not ${article(typeName(column.type))}`)}`,
      );
    }
    if (!column.nullable) reasons.push(`WHEN ${name} IS NULL THEN ${literal(`missing ${column.name}`)}`);
  }
  for (const { text, sql } of step.expectations)
    reasons.push(`WHEN ${subquery(sql)} IS FALSE THEN ${literal(expectation(text))}`);
  if (source.repeated != null) reasons.push(`WHEN ${source.repeated} THEN ${literal(REPEATED)}`);
  const reason = reasons.length === 0 ? 'CAST(NULL AS VARCHAR)' : `CASE\n  ${reasons.join('\n  ')}\nEND`;
  const log = isLog(step.into) ? `, ${ident(POSITION)}` : '';
  const position = `${ident(FILE)}, ${ident(ROW)}, ${ident(RECORD)}${log}`;
  const hash =
    step.key.length === 0
      ? ''
      : `, CASE WHEN ${ident(REASON)} IS NULL THEN hash(${step.key.map(ident).join(', ')}) END AS ${ident(HASH)}`;
  // Layers, so that a cell is read once and typed once; `typed` is the name that expectations may use.
  return [
    `WITH source AS (${numbered(source.sql, arrivals)}),`,
    `raw AS (SELECT ${cells.flatMap(({ raws }) => raws).join(', ')}, ${ident(FILE)}, ${ident(ROW)}, ${source.record} AS ${ident(RECORD)}${log} FROM source),`,
    `typed AS (SELECT ${typed.join(',\n  ')}, ${position} FROM raw),`,
    `reasoned AS (SELECT *, ${reason} AS ${ident(REASON)} FROM typed),`,
    `judged AS (SELECT *${hash} FROM reasoned)`,
  ].join('\n');
}

/**
 * A SELECT of those rows for which `judgedRows` has no reason. As it asks only whether there is one, it costs a third of
 * that, which is almost nothing: no text is copied, and no value is made twice.
 */
export function letInRows(
  step: LoadStep,
  source: SourceRelation,
  arrivals: Arrivals,
  cells: readonly GatedCell[],
  anti: string,
): string {
  const typed = cells.map(
    ({ column, gate: { fitting } }) => `CAST(${fitting} AS ${sqlType(column.type)}) AS ${ident(column.name)}`,
  );
  const fitting = cells.flatMap(({ column, gate: { fits, value }, given }) => {
    const hasValue = fits ?? `${value} IS NOT NULL`;
    if (!column.nullable) return [hasValue];
    return given === null ? [] : [`(${hasValue} OR NOT (${given}))`];
  });
  const expected = step.expectations.map(({ sql }) => `${subquery(sql)} IS NOT FALSE`);
  if (source.repeated != null) expected.push(`${subquery(source.repeated)} IS NOT TRUE`);
  const log = isLog(step.into) ? `, ${ident(POSITION)}` : '';
  const position = `${ident(FILE)}, ${ident(ROW)}${log}`;
  // What is expected may raise an error over values that do not fit, so that it is asked of none of those.
  const condition =
    expected.length === 0 ? ident(FITS) : `CASE WHEN ${ident(FITS)} THEN ${all(expected)} ELSE false END`;
  return [
    `WITH source AS (${numbered(source.sql, arrivals)}),`,
    `raw AS (SELECT ${cells.flatMap(({ raws }) => raws).join(', ')}, ${position} FROM source),`,
    `typed AS (SELECT ${typed.join(',\n  ')}, ${position}, ${all(fitting)} AS ${ident(FITS)} FROM raw)`,
    `SELECT ${stored(step)} FROM typed${anti} WHERE ${condition}`,
  ].join('\n');
}

/** As one: of parts, a reader of files would leave out whatever their statistics say that it cannot fit. */
const all = (conditions: readonly string[]): string =>
  conditions.length === 0 ? 'true' : `(${conditions.join('\n  AND ')}) IS TRUE`;

/** With the position of each row in the log. */
function numbered(sql: string, { files, starts }: Arrivals): string {
  if (starts === null) return sql;
  const [only] = starts;
  if (starts.length === 1) return `SELECT *, ${only} + ${ident(ROW)} AS ${ident(POSITION)} FROM (${sql})`;
  const values = files.map((file, i) => `(${literal(file)}, ${starts[i]})`);
  return `SELECT s.*, f.start + s.${ident(ROW)} AS ${ident(POSITION)} FROM (${sql}) AS s JOIN (VALUES ${values.join(', ')}) AS f(file, start) ON s.${ident(FILE)} = f.file`;
}

function article(type: string): string {
  if (type.startsWith('one of')) return type;
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

function expectation(text: string): string {
  return text.startsWith('expect ') ? text : `expect ${text}`;
}
