/**
 * The rows of a dimension, as a function of its change log alone: no row depends on when it was loaded, so that a change that
 * arrives late splits the interval it falls into, and a rebuild gives the same rows and the same surrogate keys.
 *
 *     log ─ of one instant the last row ─ what stood before each row ─ rows that open a version or end one ─ until when ─▶
 *
 * The rules of history are Kimball's types: 0 keeps the first value, 1 changes all versions, 2 opens a version, 3 changes all
 * versions and moves the value before into `prev_…`. What is compared is compared with nulls being values.
 */
import { boolLiteral, intLiteral } from '../../relational/build.ts';
import type { Expr, SortKey } from '../../relational/rel.ts';
import { INT64, type RowType, STRING, type ValueType } from '../../relational/types.ts';
import { assertNever } from '../../syntax/ast.ts';
import type { ElaboratedQuery } from '../context.ts';
import type { DeclarationContext } from '../declarations/context.ts';
import { knownCall, literal } from '../expression-env.ts';
import { usedColumns } from '../relation.ts';
import { isComparable, widen } from '../widening.ts';
import { Rows, windowed } from './rows.ts';

export type History = 0 | 1 | 2 | 3;

export interface Dimension {
  readonly surrogate: string;
  readonly key: readonly string[];
  /** The instant from which a row holds, then what tells rows of one instant apart: the greatest wins. */
  readonly order: readonly [string, ...string[]];
  /** Over the log: true where the member is gone. */
  readonly deleted: Expr | null;
  readonly attributes: readonly Attribute[];
  /** Keys that others name, by the key's names. */
  readonly members: ElaboratedQuery | null;
  /** Values for what is not known of a member, by attribute; null where there is no unknown member. */
  readonly unknown: ReadonlyMap<string, Expr> | null;
}

export interface Attribute {
  readonly name: string;
  readonly history: History;
}

/** The member that rows with no key, or a key nobody knows, belong to. */
const UNKNOWN = '-1';

/** The first instant there is on all engines: from then on holds what was always so. */
const BEGINNING: Readonly<Record<'date' | 'timestamp', string>> = {
  date: '1900-01-01',
  timestamp: '1900-01-01 00:00:00',
};

/** The columns that a dimension has beside its key and its attributes. */
export const VALID_FROM = 'valid_from';
export const VALID_TO = 'valid_to';
export const IS_CURRENT = 'is_current';
export const IS_INFERRED = 'is_inferred';
export const previousName = (attribute: string): string => `prev_${attribute}`;

export function dimensionQuery(
  dimension: Dimension,
  log: ElaboratedQuery,
  context: DeclarationContext,
): { readonly rel: ElaboratedQuery['rel']; readonly row: RowType } {
  const versions = versionsOf(dimension, log, context);
  const { members, unknown } = dimension;
  const unknownMember = unknown === null ? [] : [versions.one(unknownRow(dimension, versions))];
  const all =
    members === null
      ? versions.and(unknownMember)
      : versions.shared('versions', (again) =>
          again().and([inferred(dimension, Rows.of(members, context, versions), again()), ...unknownMember]),
        );
  const validity = { key: dimension.key, from: VALID_FROM, until: VALID_TO, current: IS_CURRENT };
  return { rel: all.rel, row: { columns: documented(dimension, log.row, all), keys: keysOf(dimension), validity } };
}

/** Every version of every member that the log knows. */
function versionsOf(dimension: Dimension, log: ElaboratedQuery, context: DeclarationContext): Rows {
  const rows = Rows.of(log, context);
  const key = dimension.key.map((name) => rows.named(name));
  const [instant, ...more] = dimension.order;
  const at = rows.named(instant);
  const byTime = [rising(at)];
  const gone = dimension.deleted === null ? null : flag('gone', dimension.deleted, rows);
  if (!isUnique(log.row, [...dimension.key, instant])) {
    const order = lastWins(key, [at, ...more.map((name) => rows.named(name))], gone, rows);
    const { next } = rows.extend({ next: windowed('lead', [at], key, order) });
    rows.called('log');
    rows.where(knownCall('is_distinct', [next, at]));
    rows.called('changes');
  }
  // A row that says that the member is gone says nothing else of it.
  const alive = gone === null ? key : [...key, gone];
  const { absent } = rows.extend({
    absent:
      gone === null
        ? knownCall('equals', [windowed('row_number', [], key, byTime), intLiteral(1)])
        : windowed('lag', [gone, intLiteral(1), boolLiteral(true)], key, byTime),
  });
  const attributes = previous(
    rows.extendEach(
      dimension.attributes.map((attribute) => ({ ...attribute, value: rows.named(attribute.name) })),
      'seen',
      ({ name, history, value }) => {
        switch (history) {
          case 0:
            return { name: `first_${name}`, value: windowed('first_value', [value], alive, byTime, true) };
          case 1:
          case 3:
            return { name: `latest_${name}`, value: windowed('last_value', [value], alive, byTime, true) };
          case 2:
            return { name: `before_${name}`, value: windowed('lag', [value], key, byTime) };
          default:
            return assertNever(history);
        }
      },
    ),
    alive,
    at,
    rows,
  );
  rows.called('history');
  rows.where(
    anyOf([
      absent,
      ...(gone === null ? [] : [gone]),
      ...attributes.flatMap(({ history, value, seen }) =>
        history === 2 ? [knownCall('is_distinct', [value, seen])] : [],
      ),
    ]),
  );
  const { until, version } = rows.extend({
    until: windowed('lead', [at], key, byTime),
    version: windowed('row_number', [], alive, byTime),
  });
  rows.called('opened');
  if (gone !== null) rows.where(knownCall('not', [gone]));
  const isInferring = dimension.members !== null;
  // Facts may name a member before anything is known of it: what is first known of it holds from the beginning.
  const isFirst = knownCall('equals', [version, intLiteral(1)]);
  const from = isInferring ? choice(isFirst, literal(beginning(at.type), at.type), at) : at;
  rows.select([
    column(dimension.surrogate, surrogateKey(key, from)),
    ...dimension.key.map((name) => column(name, rows.named(name))),
    ...attributes.flatMap(({ name, history, value, seen, before }) =>
      history === 3
        ? [column(name, seen), column(previousName(name), before)]
        : [column(name, history === 2 ? value : seen)],
    ),
    column(VALID_FROM, from),
    column(VALID_TO, until),
    column(IS_CURRENT, knownCall('is_null', [until])),
    ...(isInferring ? [column(IS_INFERRED, boolLiteral(false))] : []),
  ]);
  return rows;
}

interface Seen extends Attribute {
  readonly value: Expr;
  /** By history: the first value, the latest one, or the one in the row before. */
  readonly seen: Expr;
}

/** The attributes with the value `before` the last change, where their history keeps it: that of the latest row with another one than now. */
function previous(
  attributes: readonly Seen[],
  alive: readonly Expr[],
  at: Expr,
  rows: Rows,
): readonly (Seen & { readonly before: Expr })[] {
  const kept = rows.extendEach(
    attributes.filter(({ history }) => history === 3),
    'before',
    ({ name, value, seen }) => {
      const differs = knownCall('is_distinct', [value, seen]);
      const order: SortKey[] = [falling(differs), falling(at)];
      return {
        name: `previous_${name}`,
        value: windowed('first_value', [choice(differs, value, null)], alive, order, true),
      };
    },
  );
  return attributes.map((own) => kept.find(({ name }) => name === own.name) ?? { ...own, before: own.value });
}

/** A condition that is never null, as a column. */
function flag(name: string, condition: Expr, rows: Rows): Expr {
  if (condition.kind === 'column' && !condition.nullable) return condition;
  const value = condition.nullable ? knownCall('coalesce', [condition, boolLiteral(false)]) : condition;
  return rows.extend({ [name]: value })[name] ?? value;
}

/** An order in which no two different rows tie: that of the declaration, then who is gone, then all columns there are. */
function lastWins(key: readonly Expr[], order: readonly Expr[], gone: Expr | null, rows: Rows): readonly SortKey[] {
  const seen = usedColumns(key);
  return [...order, ...(gone === null ? [] : [gone]), ...rows.values].flatMap((value) => {
    if (value.kind !== 'column' || seen.has(value.id) || !isComparable(value.type) || value.inexact) return [];
    seen.add(value.id);
    return [rising(value)];
  });
}

/** Members that are named and not known: their key, and nothing else. */
function inferred(dimension: Dimension, members: Rows, versions: Rows): Rows {
  const { key } = dimension;
  for (const name of key) {
    const value = members.named(name);
    if (value.nullable) members.where(knownCall('is_not_null', [value]));
  }
  members.select(
    key.map((name) => column(name, { ...widen(members.named(name), versions.named(name).type), nullable: false })),
  );
  members.distinct();
  members.without(versions, key);
  const from = versions.named(VALID_FROM);
  const start = literal(beginning(from.type), from.type);
  members.select(
    versions.rel.columns.map(({ name, type }) => {
      if (name === dimension.surrogate)
        return column(
          name,
          surrogateKey(
            key.map((each) => members.named(each)),
            start,
          ),
        );
      if (key.includes(name)) return column(name, members.named(name));
      return column(name, unknownValue(dimension, name, type, true));
    }),
  );
  return members;
}

function unknownRow(dimension: Dimension, versions: Rows) {
  return versions.rel.columns.map(({ name, type }) => ({
    name,
    value: name === dimension.surrogate ? literal(UNKNOWN, INT64) : unknownValue(dimension, name, type, false),
  }));
}

/** What stands in a column of a member of which nothing is known. */
function unknownValue(dimension: Dimension, name: string, type: ValueType, isInferred: boolean): Expr {
  if (name === VALID_FROM) return literal(beginning(type), type);
  if (name === IS_CURRENT) return boolLiteral(true);
  if (name === IS_INFERRED) return boolLiteral(isInferred);
  const given = dimension.unknown?.get(name);
  if (given !== undefined) return given;
  // A list is never null on every engine.
  if (type.kind === 'list') return { kind: 'list', items: [], type, nullable: false, inexact: false };
  return { kind: 'literal', value: null, type, nullable: true, inexact: false };
}

/** The first 60 bits of a hash of the key and of the instant, so that it depends on what is told and not on when it came. */
function surrogateKey(key: readonly Expr[], from: Expr): Expr {
  const parts = [...key, from].map(keyText);
  const [first = literal('', STRING), ...rest] = parts;
  const text = rest.reduce(
    (all, part) => knownCall('concat', [knownCall('concat', [all, literal('|', STRING)]), part]),
    first,
  );
  return knownCall('sha256_int', [text]);
}

/** The text of one part of a key. Of free text, what parts it from the next one is told apart from the bar itself. */
function keyText(value: Expr): Expr {
  if (value.type.kind === 'bytes') return knownCall('hex', [value]);
  const text = knownCall('to_text', [value]);
  if (value.type.kind !== 'string' && value.type.kind !== 'enum') return text;
  const replaced = (all: Expr, from: string, to: string): Expr =>
    knownCall('replace', [all, literal(from, STRING), literal(to, STRING)]);
  return replaced(replaced(text, '\\', '\\\\'), '|', '\\|');
}

/** Docs for the columns that the dimension makes; an attribute keeps its own. */
function documented(dimension: Dimension, log: RowType, all: Rows): RowType['columns'] {
  const { surrogate, key, attributes } = dimension;
  const own: Readonly<Record<string, string>> = {
    [surrogate]: `The key of one version: \`sha256_int\` of ${[...key, VALID_FROM].map((name) => `\`${name}\``).join(" || '|' || ")}.`,
    [VALID_FROM]: 'From when the version holds.',
    [VALID_TO]: 'Until when it holds, which is no longer part of it; null where it still does.',
    [IS_CURRENT]: 'Whether the version still holds.',
    [IS_INFERRED]: 'Whether the member is only known by its key, which others name.',
    ...Object.fromEntries(attributes.map(({ name }) => [previousName(name), `\`${name}\` before it last changed.`])),
  };
  return all.row.map((each) => ({
    ...each,
    doc: log.columns.find(({ name }) => name === each.name)?.doc ?? own[each.name] ?? null,
  }));
}

function keysOf({ surrogate, key, attributes, deleted }: Dimension): RowType['keys'] {
  // Nothing opens a second version.
  const single = deleted === null && attributes.every(({ history }) => history !== 2);
  return [[surrogate], single ? key : [...key, VALID_FROM]];
}

const isUnique = (row: RowType, columns: readonly string[]): boolean =>
  row.keys.some((key) => key.every((name) => columns.includes(name)));

const column = (name: string, value: Expr) => ({ name, value, doc: null });

const rising = (value: Expr): SortKey => ({ value, order: 'asc', nulls: 'first' });
const falling = (value: Expr): SortKey => ({ value, order: 'desc', nulls: 'last' });

const beginning = (type: ValueType): string => BEGINNING[type.kind === 'date' ? 'date' : 'timestamp'];

function choice(when: Expr, then: Expr, otherwise: Expr | null): Expr {
  return {
    kind: 'case',
    branches: [{ when, then }],
    otherwise,
    type: then.type,
    nullable: otherwise === null || then.nullable || otherwise.nullable,
    inexact: then.inexact,
  };
}

function anyOf(conditions: readonly Expr[]): Expr {
  const [first = boolLiteral(false), ...rest] = conditions;
  return rest.length === 0 ? first : knownCall('or', conditions);
}
