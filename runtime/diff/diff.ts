/**
 * Compares the data of two places, dataset by dataset. Digests of all rows are compared first, inside the databases; only rows of
 * buckets whose digests differ are read, a bounded number at a time, both sides in one order. What is read is compared by value,
 * so that the digests decide what is looked at, and never what is equal.
 */

import type { ComparedType, ValueForms } from '../engines/forms.ts';
import type { Place, Published } from '../engines/published.ts';
import { formsOf } from '../engines/registry.ts';
import { runError } from '../errors.ts';
import { type OpenTarget, openTarget, type TargetRows } from '../query.ts';
import { keyOf, publishedVersions, type TargetPlace } from '../status.ts';
import { bucketsOf, type ComparedColumn, type Relation, rowsOf, type Shape } from './questions.ts';
import { type Differing, Tally, TooManyAlike, type Values } from './tally.ts';
import { commonType } from './types.ts';

/** Of `from`, and of `to`. */
type Pair<T> = readonly [T, T];

/** What a program says of a dataset that is compared. */
export interface ComparedDataset {
  readonly name: string;
  /** Its public view on each side. */
  readonly views: Pair<Place>;
  readonly key: readonly string[];
  readonly columns: readonly {
    readonly name: string;
    /** In the language's words, `decimal(12, 2)?`. */
    readonly type: string;
    readonly inexact: boolean;
    readonly personal: boolean;
  }[];
}

/** A target, or an environment of it. */
export interface ComparedPlace extends TargetPlace {
  /** Absent: production. */
  readonly environment?: string | null;
}

export interface DiffOptions {
  readonly from: ComparedPlace;
  readonly to: ComparedPlace;
  readonly datasets: readonly ComparedDataset[];
  /** Rows of each kind that are kept of a dataset. */
  readonly samples: number;
  /** So many values, about, are asked for at a time. */
  readonly atATime?: number;
  /** Called now and then with the rows that were read of a dataset. */
  readonly told?: (dataset: string, rows: number) => void;
}

/** A line of `pipec diff --json`. `from` and `to` are the two places. */
export interface DatasetDiff {
  readonly dataset: string;
  /** `incomparable`: nothing tells its rows apart. */
  readonly status: 'equal' | 'different' | 'only-from' | 'only-to' | 'in-neither' | 'incomparable';
  /** What tells which rows are the same row; null where whole rows are compared, each as often as it is there. */
  readonly by: readonly string[] | null;
  readonly rows: { readonly from: number | null; readonly to: number | null };
  /** Of rows with the same key, those in which a column differs. */
  readonly changed: number;
  readonly onlyFrom: number;
  readonly onlyTo: number;
  /** Columns that differ in a row of the same key. `share` is of the rows that both have, 0..1. */
  readonly columns: readonly { readonly column: string; readonly changed: number; readonly share: number }[];
  /** Columns that are not the same on both sides. Types in the language's words; null where a side has no such column. */
  readonly schema: readonly SchemaDifference[];
  /** Keys that a side has more than once. */
  readonly repeatedKeys: number;
  /** Rows that show it, with personal data masked. */
  readonly samples: readonly SampleRow[];
  /** Only so much of it is there, `3d`, or it was made of a sample. Null: it is whole. */
  readonly sampled: { readonly from: string | null; readonly to: string | null };
  /** What is to be known of how it was compared. */
  readonly notes: readonly string[];
}

export interface SchemaDifference {
  readonly column: string;
  readonly from: string | null;
  readonly to: string | null;
  /** Whether its values are compared all the same. */
  readonly compared: boolean;
}

/** A row by column; null where this side has none. `differs` names the columns whose values differ. */
export interface SampleRow {
  readonly from: Readonly<Record<string, unknown>> | null;
  readonly to: Readonly<Record<string, unknown>> | null;
  readonly differs: readonly string[];
}

/** Of an answer, unless something else is asked for: a database that gives all of it at once must hold it. */
const MOST_VALUES = 6_000_000;
/** Rows of a bucket, about: of finer ones more could be left unread, and their names would be more than is read. */
const BUCKET_ROWS = 128;
/** Of a value in a sample, characters. */
const LONGEST_VALUE = 1000;
const MASK = '***';

/** One dataset after the other, as it is done. @throws PipecError what a target says, `source-changed` where it was built anew meanwhile */
export async function* diffTargets(options: DiffOptions): AsyncGenerator<DatasetDiff, void, void> {
  const { datasets } = options;
  const versions = await publishedOnBoth(options);
  const standing = ({ views: [from, to] }: ComparedDataset): Pair<Published | null> => [
    versions[0].get(keyOf(from)) ?? null,
    versions[1].get(keyOf(to)) ?? null,
  ];
  const isOne = isOneDatabase(options);
  const isSame = ([from, to]: Pair<Published | null>): boolean =>
    isOne && from?.table != null && from.table === to?.table;
  const needed = datasets.some((one) => standing(one).every((version) => version !== null) && !isSame(standing(one)));
  const databases = needed ? await openBoth(options) : null;
  try {
    for (const dataset of datasets) {
      const [from, to] = standing(dataset);
      if (isSame([from, to])) yield sameTable(dataset, from);
      else if (from === null || to === null || databases === null) yield oneSided(dataset, from, to);
      else yield await compareDataset(dataset, [from, to], databases, options);
    }
  } finally {
    for (const { target } of databases ?? []) await target.close();
  }
  await expectStill(options, versions);
}

interface Database {
  readonly target: OpenTarget;
  readonly forms: ValueForms;
  readonly engine: string;
  readonly sides: readonly (0 | 1)[];
}

async function publishedOnBoth({
  from,
  to,
}: Pick<DiffOptions, 'from' | 'to'>): Promise<Pair<ReadonlyMap<string, Published>>> {
  return [await publishedVersions(from, from.environment ?? null), await publishedVersions(to, to.environment ?? null)];
}

const isOneDatabase = ({ from, to }: Pick<DiffOptions, 'from' | 'to'>): boolean =>
  JSON.stringify(from.target.engine) === JSON.stringify(to.target.engine);

async function openBoth(options: DiffOptions): Promise<readonly Database[]> {
  const { from, to } = options;
  const opened: Database[] = [];
  const open = async (place: TargetPlace, sides: Database['sides']): Promise<void> => {
    const { engine } = place.target;
    opened.push({ target: await openTarget(place), forms: await formsOf(engine), engine: engine.kind, sides });
  };
  try {
    // One database is asked one question at a time, so of both sides in one.
    if (isOneDatabase(options)) await open(from, [0, 1]);
    else {
      await open(from, [0]);
      await open(to, [1]);
    }
  } catch (failure) {
    for (const { target } of opened) await target.close();
    throw failure;
  }
  return opened;
}

/** Two answers of different moments would tell of differences that there are not. @throws PipecError `source-changed` */
async function expectStill(options: DiffOptions, before: Pair<ReadonlyMap<string, Published>>): Promise<void> {
  const after = await publishedOnBoth(options);
  for (const { views, name } of options.datasets)
    for (const side of [0, 1] as const) {
      const [was, is] = [before[side].get(keyOf(views[side])), after[side].get(keyOf(views[side]))];
      if (was?.at !== is?.at || was?.build !== is?.build) throw runError('changed-meanwhile', { dataset: name });
    }
}

/** An environment shows production's table: there is nothing to compare. */
function sameTable({ name, key }: ComparedDataset, standing: Published | null): DatasetDiff {
  const rows = standing?.rows ?? null;
  return {
    ...nothingDiffers,
    dataset: name,
    status: 'equal',
    by: key.length === 0 ? null : key,
    rows: { from: rows, to: rows },
    sampled: sampledOf([standing, standing]),
  };
}

function oneSided({ name }: ComparedDataset, from: Published | null, to: Published | null): DatasetDiff {
  return {
    ...nothingDiffers,
    dataset: name,
    sampled: sampledOf([from, to]),
    status: from !== null ? 'only-from' : to !== null ? 'only-to' : 'in-neither',
    rows: { from: from?.rows ?? null, to: to?.rows ?? null },
  };
}

const sampledOf = ([from, to]: Pair<Published | null>): DatasetDiff['sampled'] => ({
  from: from?.sample?.last ?? null,
  to: to?.sample?.last ?? null,
});

const nothingDiffers = {
  by: null,
  changed: 0,
  onlyFrom: 0,
  onlyTo: 0,
  columns: [],
  schema: [],
  repeatedKeys: 0,
  samples: [],
  sampled: { from: null, to: null },
  notes: [],
} as const;

async function compareDataset(
  dataset: ComparedDataset,
  standing: Pair<Published>,
  databases: readonly Database[],
  { samples, atATime = MOST_VALUES, told = () => undefined }: DiffOptions,
): Promise<DatasetDiff> {
  const acrossEngines = new Set(databases.map(({ engine }) => engine)).size > 1;
  const { shape, hasKey, schema, notes } = shapeOf(dataset, standing, databases, acrossEngines);
  const asks = databases.map((database) => ({ ...database, relations: relationsOf(dataset, database) }));
  const found = { from: 0, to: 0 };
  const tally = new Tally(shape, hasKey, samples);
  let status: DatasetDiff['status'] = 'equal';
  const allRead = shape.columns.some(({ hasDigest }) => !hasDigest);
  const buckets = await differing(asks, shape, allRead, found);
  try {
    let read = 0;
    for (const some of chunks(buckets, shape, atATime)) {
      const answers = await Promise.all(
        asks.map(({ target, forms, relations }) => target.query(rowsOf(relations, shape, forms, some))),
      );
      await eachKey(answers, (from, to) => {
        read += from.length + to.length;
        tally.add(from, to);
        if (read % 1000 < 2) told(dataset.name, read);
      });
    }
  } catch (failure) {
    if (!(failure instanceof TooManyAlike)) throw failure;
    status = 'incomparable';
  }
  const { changed, onlyFrom, onlyTo } = tally;
  const isDifferent = changed + onlyFrom + onlyTo + schema.length > 0;
  const both = found.from - onlyFrom;
  return {
    dataset: dataset.name,
    status: status === 'incomparable' ? status : isDifferent ? 'different' : 'equal',
    by: hasKey ? shape.by.map(({ name }) => name) : null,
    rows: found,
    changed,
    onlyFrom,
    onlyTo,
    columns: shape.columns.flatMap(({ name }, index) => {
      const count = tally.changes[index] ?? 0;
      return count === 0 ? [] : [{ column: name, changed: count, share: count / both }];
    }),
    schema,
    repeatedKeys: tally.repeated,
    samples: [...tally.samples.changed, ...tally.samples.from, ...tally.samples.to].map((one) =>
      sampleOf(one, shape, dataset),
    ),
    sampled: sampledOf(standing),
    notes,
  };
}

const relationsOf = ({ views }: ComparedDataset, { sides }: Database): readonly Relation[] =>
  sides.map((side) => ({ side, ...views[side] }));

interface Compared {
  readonly shape: Shape;
  readonly hasKey: boolean;
  readonly schema: readonly SchemaDifference[];
  readonly notes: readonly string[];
}

/** Columns of both sides by what each target has recorded, or else by the program. */
function shapeOf(
  { key, columns }: ComparedDataset,
  standing: Pair<Published>,
  databases: readonly Database[],
  acrossEngines: boolean,
): Compared {
  const [from, to] = standing.map(
    ({ record }) =>
      new Map(
        (record?.columns ?? columns.map(({ name, type }) => [name, type] as const)).map(([name, type]) => [name, type]),
      ),
  ) as [Map<string, string>, Map<string, string>];
  const program = new Map(columns.map((column) => [column.name, column]));
  const compared: ComparedColumn[] = [];
  const schema: SchemaDifference[] = [];
  for (const name of new Set([...to.keys(), ...from.keys()])) {
    const [one = null, other = null] = [from.get(name), to.get(name)];
    const type = one === null || other === null ? null : commonType(one, other);
    if (one !== other) schema.push({ column: name, from: one, to: other, compared: type !== null });
    if (type === null) continue;
    const hasDigest = !acrossEngines || databases.every(({ forms }) => forms.shared('', type) !== null);
    const inexact = type.kind === 'float64' && program.get(name)?.inexact === true;
    compared.push({ name, type, inexact, hasDigest, decides: hasDigest && !inexact && hasOneText(type) });
  }
  const byName = new Map(compared.map((column) => [column.name, column]));
  const keys = key.flatMap((name) => byName.get(name) ?? []).filter(({ decides }) => decides);
  const hasKey = key.length > 0 && keys.length === key.length;
  const undigested = compared.filter(({ hasDigest }) => !hasDigest).map(({ name }) => `\`${name}\``);
  return {
    shape: {
      columns: compared,
      by: hasKey ? keys : compared.filter(({ decides }) => decides),
      acrossEngines,
    },
    hasKey,
    schema,
    notes: [
      ...(key.length > 0 && !hasKey ? ['its key is not on both sides: whole rows are compared'] : []),
      ...(undigested.length === 0
        ? []
        : [`the engines keep ${undigested.join(', ')} in forms of their own: every row was read`]),
    ],
  };
}

/** Whether all texts of a value are the same text. Of a document they are not, nor of zero in a list. */
function hasOneText(type: ComparedType): boolean {
  if (type.kind === 'list') return type.element.kind !== 'float64' && hasOneText(type.element);
  return type.kind !== 'json';
}

interface Bucket {
  readonly name: string;
  readonly rows: number;
}

/** The buckets whose rows are not known to be equal, of as many digits each. Counts all rows. */
async function differing(
  asks: readonly (Database & { readonly relations: readonly Relation[] })[],
  shape: Shape,
  all: boolean,
  found: { from: number; to: number },
): Promise<readonly Bucket[]> {
  const sums: Pair<Map<string, readonly [rows: number, sums: string]>> = [new Map(), new Map()];
  await Promise.all(
    asks.map(async ({ target, forms, relations }) => {
      const { batches } = await target.query(bucketsOf(relations, shape, forms));
      for await (const batch of batches)
        for (const [side, bucket, rows, one, two] of batch)
          sums[side === 0 || side === '0' ? 0 : 1].set(String(bucket), [Number(rows), `${rows} ${one} ${two}`]);
    }),
  );
  const total = (side: 0 | 1): number => [...sums[side].values()].reduce((sum, [rows]) => sum + rows, 0);
  found.from = total(0);
  found.to = total(1);
  // Few rows would be in a bucket each.
  const digits = Math.max(0, Math.min(4, Math.floor(Math.log2(Math.max(found.from, found.to) / BUCKET_ROWS + 1) / 4)));
  const rows = new Map<string, number>();
  const different = new Set<string>();
  for (const name of new Set([...sums[0].keys(), ...sums[1].keys()])) {
    const coarse = name.slice(0, digits);
    const [from, to] = [sums[0].get(name), sums[1].get(name)];
    rows.set(coarse, (rows.get(coarse) ?? 0) + Math.max(from?.[0] ?? 0, to?.[0] ?? 0));
    if (all || from?.[1] !== to?.[1]) different.add(coarse);
  }
  return [...different].sort().map((name) => ({ name, rows: rows.get(name) ?? 0 }));
}

/** Buckets that are read together; a null is all there are. */
function* chunks(buckets: readonly Bucket[], { columns }: Shape, values: number): Generator<readonly string[] | null> {
  const most = Math.max(1, Math.floor(values / (columns.length + 2)));
  let [names, rows]: [string[], number] = [[], 0];
  const given = (): readonly string[] | null => (names[0] === '' ? null : names);
  for (const bucket of buckets) {
    if (names.length > 0 && rows + bucket.rows > most) {
      yield given();
      [names, rows] = [[], 0];
    }
    names.push(bucket.name);
    rows += bucket.rows;
  }
  if (names.length > 0) yield given();
}

interface Cursor {
  readonly batches: TargetRows['batches'];
  batch: readonly Values[];
  at: number;
}

/** Calls with all rows of each key: answers are in the order of the digests of keys. Rows are given without side and digest. */
async function eachKey(
  answers: readonly TargetRows[],
  work: (from: readonly Values[], to: readonly Values[]) => void,
): Promise<void> {
  const cursors: Cursor[] = answers.map(({ batches }) => ({ batches, batch: [], at: 0 }));
  /** False where there is no more. */
  const hasRow = async (cursor: Cursor): Promise<boolean> => {
    while (cursor.at >= cursor.batch.length) {
      const next = await cursor.batches.next();
      if (next.done === true) return false;
      [cursor.batch, cursor.at] = [next.value, 0];
    }
    return true;
  };
  const keyAt = ({ batch, at }: Cursor): string => String(batch[at]?.[1]);
  try {
    for (;;) {
      const open: Cursor[] = [];
      for (const cursor of cursors) if (cursor.at < cursor.batch.length || (await hasRow(cursor))) open.push(cursor);
      if (open.length === 0) return;
      const [key = ''] = open.map(keyAt).sort();
      const rows: Pair<Values[]> = [[], []];
      for (const cursor of open) {
        while ((cursor.at < cursor.batch.length || (await hasRow(cursor))) && keyAt(cursor) === key) {
          const [side, , ...values] = cursor.batch[cursor.at] ?? [];
          rows[Number(side) === 0 ? 0 : 1].push(values);
          cursor.at += 1;
        }
      }
      work(rows[0], rows[1]);
    }
  } finally {
    for (const { batches } of cursors) await batches.return();
  }
}

function sampleOf({ from, to, columns }: Differing, shape: Shape, dataset: ComparedDataset): SampleRow {
  // What the program does not know may be anything.
  const plain = new Set(dataset.columns.filter(({ personal }) => !personal).map(({ name }) => name));
  const shown = (row: Values | null): SampleRow['from'] =>
    row === null
      ? null
      : Object.fromEntries(
          shape.columns.map(({ name }, index) => {
            const value = row[index] ?? null;
            return [name, value === null || plain.has(name) ? clipped(value) : MASK];
          }),
        );
  return { from: shown(from), to: shown(to), differs: columns.map((index) => shape.columns[index]?.name ?? '') };
}

const clipped = (value: unknown): unknown =>
  typeof value === 'string' && value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
