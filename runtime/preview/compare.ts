/** Rows before and after an edit, side by side: told apart by a key, or by all of their values where there is none. */
import type { Connection } from '../engines/duckdb/connect.ts';
import { ident, literal } from '../engines/quote.ts';
import type { ComparedColumn, PreviewColumn, PreviewCompared, PreviewRow, RowChange } from './messages.ts';

export interface Side {
  /** A table of the connection, quoted. */
  readonly table: string;
  readonly columns: readonly PreviewColumn[];
}

type Compared = Pick<PreviewCompared, 'columns' | 'key' | 'counts' | 'rows'>;

/** Floats that differ by less than this share of them are equal: their last places hang on the order of a sum. */
const CLOSE = '1e-12';

const CHANGES = ['added', 'removed', 'changed', 'same'] as const;
/** Names of columns beside the rows' own. */
const N = '_pipec_n';
const AT = '_pipec_at';
const IS = '_pipec_is';

/**
 * @param before null where there was nothing
 * @param key columns that tell rows apart; without those that both sides have, all values do
 * @param count rows that are shown at most
 */
export async function compareRows(
  connection: Connection,
  before: Side | null,
  after: Side,
  key: readonly string[],
  count: number,
  clip: (row: readonly unknown[]) => PreviewRow,
): Promise<Compared> {
  const columns = columnsOf(before?.columns ?? [], after.columns);
  const both = columns.filter(({ is }) => is === 'same' || is === 'retyped');
  const isKeyed = key.length > 0 && key.every((name) => both.some((column) => column.name === name));
  const by = both.filter(({ name }) => !isKeyed || key.includes(name));
  const rest = isKeyed ? both.filter(({ name }) => !key.includes(name)) : [];
  const value = isKeyed ? plainValue : wholeValue;
  // Equal rows, and rows of one key that is none, are paired one by one.
  const side = (table: string, where = '') => {
    const partition = by.length === 0 ? '' : `PARTITION BY ${by.map((column) => value(column, null)).join(', ')} `;
    return `(SELECT *, row_number() OVER (${partition}ORDER BY rowid) AS ${N}, rowid AS ${AT} FROM ${table}${where})`;
  };
  const on = by.map((column) => `${value(column, 'b')} IS NOT DISTINCT FROM ${value(column, 'a')}`);
  const old = before === null ? side(after.table, ' WHERE false') : side(before.table);
  const joined = `FROM ${old} AS b FULL JOIN ${side(after.table)} AS a ON ${[...on, `b.${N} = a.${N}`].join(' AND ')}`;
  const differs = rest.map((column) => `(b.${N} IS NOT NULL AND a.${N} IS NOT NULL AND ${differing(column)})`);
  const kind = `CASE WHEN b.${N} IS NULL THEN 'added' WHEN a.${N} IS NULL THEN 'removed' WHEN ${['false', ...differs].join(' OR ')} THEN 'changed' ELSE 'same' END AS ${IS}`;
  const marks = differs.map((each, index) => `${each} AS c${index}`);
  const counted = [
    ...CHANGES.map((each) => `count(*) FILTER (WHERE ${IS} = ${literal(each)}) AS ${ident(each)}`),
    ...rest.map((_, index) => `count(*) FILTER (WHERE c${index}) AS c${index}`),
  ];
  const totals = await connection.numbers(
    `SELECT ${counted.join(', ')} FROM (SELECT ${[kind, ...marks].join(', ')} ${joined})`,
  );
  const cells = (alias: 'a' | 'b', missing: ComparedColumn['is']) =>
    columns.map(({ name, is }, index) => `${is === missing ? 'NULL' : `${alias}.${ident(name)}`} AS ${alias}${index}`);
  const selected = [kind, ...marks, ...cells('b', 'added'), ...cells('a', 'removed')];
  const { rows } = await connection.table(
    `SELECT * EXCLUDE (${AT}) FROM (SELECT ${selected.join(', ')}, coalesce(a.${AT}, b.${AT}) AS ${AT} ${joined}) WHERE ${IS} <> 'same' ORDER BY ${AT}, ${IS} DESC LIMIT ${count}`,
  );
  const changes = new Map(rest.map(({ name }, index) => [name, totals[`c${index}`] ?? 0]));
  const places = new Map(columns.map(({ name }, index) => [name, index]));
  return {
    columns: columns.map((column) => ({ ...column, changed: changes.get(column.name) ?? 0 })),
    key: isKeyed ? key : [],
    counts: {
      added: totals['added'] ?? 0,
      removed: totals['removed'] ?? 0,
      changed: totals['changed'] ?? 0,
      same: totals['same'] ?? 0,
    },
    rows: rows.map(([is, ...row]) => {
      const change = is as RowChange;
      const own = row.slice(rest.length);
      return {
        is: change,
        before: change === 'added' ? null : clip(own.slice(0, columns.length)),
        after: change === 'removed' ? null : clip(own.slice(columns.length)),
        changed: rest.flatMap(({ name }, index) => (row[index] === true ? (places.get(name) ?? []) : [])),
      };
    }),
  };
}

function columnsOf(before: readonly PreviewColumn[], after: readonly PreviewColumn[]): ComparedColumn[] {
  const old = new Map(before.map((column) => [column.name, column]));
  const bare = (type: string) => type.replace(/\?$/, '');
  return [
    ...after.map((column): ComparedColumn => {
      const was = old.get(column.name);
      const is = was === undefined ? 'added' : bare(was.type) === bare(column.type) ? 'same' : 'retyped';
      return { ...column, is, changed: 0 };
    }),
    ...before
      .filter(({ name }) => !after.some((column) => column.name === name))
      .map((column): ComparedColumn => ({ ...column, is: 'removed', changed: 0 })),
  ];
}

type Value = (column: ComparedColumn, alias: 'a' | 'b' | null) => string;

/** Of a column that has another type now, its text. */
const plainValue: Value = ({ name, is }, alias) => {
  const value = alias === null ? ident(name) : `${alias}.${ident(name)}`;
  return is === 'retyped' ? `CAST(${value} AS VARCHAR)` : value;
};

/** Where all values tell rows apart, those of a float do so by twelve digits. */
const wholeValue: Value = (column, alias) => {
  const value = plainValue(column, alias);
  return column.inexact && column.is === 'same' ? `format('{:.12g}', CAST(${value} AS DOUBLE))` : value;
};

function differing(column: ComparedColumn): string {
  const [was, now] = [plainValue(column, 'b'), plainValue(column, 'a')];
  const differs = `${was} IS DISTINCT FROM ${now}`;
  if (!column.inexact || column.is === 'retyped') return differs;
  return `(${differs} AND NOT coalesce(abs(${was} - ${now}) <= ${CLOSE} * greatest(abs(${was}), abs(${now})), false))`;
}
