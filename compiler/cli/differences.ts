/** The data of two targets, or of environments of them, compared and told: what `pipec diff` and the report of a change have in common. */
import type { ComparedDataset, DatasetDiff, SampleRow, SchemaDifference } from '../../runtime/diff/diff.ts';
import { grouped, plural } from '../diagnostics/render.ts';
import type { Style } from '../diagnostics/style.ts';
import { clip, harmless, padEnd, padStart, textWidth, wrap } from '../diagnostics/text-width.ts';
import { publicRelations } from '../plan/destination.ts';
import { isPersonal } from '../relational/mask.ts';
import { valueName } from '../relational/types.ts';
import type { Program } from '../semantics/model.ts';
import { planTarget } from './data.ts';
import { environmentName, inEnvironment } from './environment.ts';
import { expectEnvironment, versionsOf } from './environments.ts';
import type { Io } from './io.ts';
import { targetOf } from './project.ts';
import { plainValue } from './rows.ts';
import { terminalWording, type Wording } from './wording.ts';

/** A target, or an environment of it. */
export interface Side {
  /** `prod`, `prod/dev_anna`. */
  readonly name: string;
  readonly target: string;
  readonly environment: string | undefined;
}

export interface Sides {
  readonly from: Side;
  readonly to: Side;
}

/** What two sides are called. */
export interface Places {
  readonly from: string;
  readonly to: string;
}

export const placesOf = ({ from, to }: Sides): Places => ({ from: from.name, to: to.name });

/** `prod`, or an environment of it: `prod/dev_anna`. Raises `CommandError` command-line for what names neither. */
export function sideOf(program: Program, name: string): Side {
  const [target = '', ...more] = name.split('/');
  const environment = more.length === 0 ? undefined : environmentName(more.join('/'));
  return { name, target: targetOf(program, target), environment };
}

export interface Asked extends Sides {
  /** Null: all datasets. */
  readonly names: readonly string[] | null;
  /** Rows of each kind of difference that are kept. */
  readonly samples: number;
}

/**
 * Of each dataset as it is done. On a terminal, stderr tells how far it is.
 * Raises `CommandError` command-line where a target has no such environment.
 */
export async function* findDifferences(
  io: Io,
  root: string,
  program: Program,
  { from, to, names, samples }: Asked,
): AsyncGenerator<DatasetDiff, void, void> {
  const { diffTargets } = await import('../../runtime/diff/diff.ts');
  for (const { target, environment } of [from, to])
    if (environment !== undefined)
      expectEnvironment(target, environment, await versionsOf(io, { root, program, target }));
  const place = ({ target, environment }: Side) => ({
    folder: root,
    target: planTarget(program, target),
    environment: environment ?? null,
    env: io.environment,
  });
  const progress = progressOn(io);
  const found = diffTargets({
    from: place(from),
    to: place(to),
    datasets: comparedDatasets(program, { from, to }, names),
    samples,
    told: progress.told,
  });
  try {
    for await (const one of found) {
      progress.over();
      yield one;
    }
  } finally {
    progress.over();
  }
}

function comparedDatasets(
  program: Program,
  { from, to }: Sides,
  names: readonly string[] | null,
): readonly ComparedDataset[] {
  const [before, after] = [from, to].map(({ environment }) => publicRelations(inEnvironment(program, environment)));
  return program.datasets
    .filter(({ name }) => names === null || names.includes(name))
    .map(({ name, key, row }) => {
      const [one, other] = [before?.get(name), after?.get(name)];
      if (one === undefined || other === undefined) throw new Error(`${name} has no public view`);
      const columns = row.columns.map((column) => ({
        name: column.name,
        type: valueName(column),
        inexact: column.inexact,
        personal: isPersonal(column),
      }));
      return { name, views: [one, other], key, columns };
    });
}

/** One line, written over again and again. */
function progressOn(io: Io): { readonly told: (dataset: string, rows: number) => void; readonly over: () => void } {
  const nothing = (): void => undefined;
  if (io.json || !io.err.isTerminal || io.environment['TERM'] === 'dumb') return { told: nothing, over: nothing };
  let last = 0;
  return {
    told(dataset, rows) {
      const now = performance.now();
      if (now - last < 100) return;
      last = now;
      const text = rows === 0 ? 'comparing digests' : `${grouped(rows)} rows compared`;
      io.err.write(`\r\u001B[2K${clip(`  ${dataset}: ${text}`, io.err.style.width - 1, '')}`);
    },
    over() {
      if (last > 0) io.err.write('\r\u001B[2K');
      last = 0;
    },
  };
}

/** Whether the two places are not equal in it. What neither has is equal. */
export const tellsDifference = ({ status }: DatasetDiff): boolean => status !== 'equal' && status !== 'in-neither';

/** What is to be told of a dataset beside its rows, one text each. */
export function differenceTexts(one: DatasetDiff, { from, to }: Places, words: Wording): readonly string[] {
  switch (one.status) {
    case 'only-from':
      return [`only in ${from}`];
    case 'only-to':
      return [`only in ${to}`];
    case 'in-neither':
      return ['in neither'];
    case 'incomparable':
      return ['nothing tells its rows apart: give it a key', ...one.notes.map(words.said)];
    case 'equal':
    case 'different':
      return [
        ...one.schema.map((change) => schemaText(change, { from, to }, words)),
        ...(one.changed + one.onlyFrom + one.onlyTo === 0 ? [] : [rowsText(one, { from, to }, words)]),
        ...sampledTexts(one, { from, to }),
        ...(one.repeatedKeys === 0 ? [] : [`${plural(one.repeatedKeys, 'key')} more than once`]),
        ...one.notes.map(words.said),
      ];
  }
}

/** Rows that a sample has not are no difference to wonder about. */
const sampledTexts = ({ sampled }: DatasetDiff, { from, to }: Places): readonly string[] =>
  [[sampled.from, from] as const, [sampled.to, to] as const].flatMap(([last, place]) =>
    last === null ? [] : [`only a sample of it (${last}) is in ${place}`],
  );

function schemaText(
  { column, from: was, to: is, compared }: SchemaDifference,
  { from, to }: Places,
  { quoted, type }: Wording,
): string {
  if (was === null) return `column ${quoted(column)} ${type(is ?? '')} is only in ${to}`;
  if (is === null) return `column ${quoted(column)} ${type(was)} is only in ${from}`;
  return `column ${quoted(column)} is ${type(was)} in ${from} and ${type(is)} in ${to}${compared ? '' : ': not compared'}`;
}

function rowsText({ by, changed, onlyFrom, onlyTo, rows }: DatasetDiff, { from, to }: Places, words: Wording): string {
  const both = (rows.from ?? 0) - onlyFrom;
  const parts = [
    ...(by === null ? [] : [`${grouped(changed)} changed${changed === 0 ? '' : ` (${percent(changed / both)})`}`]),
    `${grouped(onlyFrom)} only in ${from}`,
    `${grouped(onlyTo)} only in ${to}`,
  ];
  return `rows: ${parts.join(', ')}${by === null ? '' : `, by ${by.map(words.type).join(', ')}`}`;
}

/** `0.4 %`; never 0 % of what is something, nor 100 % of what is not all. */
export function percent(share: number): string {
  if (share < 0.0001) return '< 0.01 %';
  if (share > 0.9999 && share < 1) return '> 99.99 %';
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** `3,164 → 3,170 rows`, or one number where it is the same. */
export function rowCounts({ rows: { from, to } }: DatasetDiff, arrow: string): string {
  if (from === null || to === null) return from === to ? '' : plural(from ?? to ?? 0, 'row');
  return from === to ? plural(from, 'row') : `${grouped(from)} ${arrow} ${plural(to, 'row')}`;
}

const WIDEST_NAME = 44;
const COUNTS_WIDTH = 16;

/** As wide as it takes for all names to end in one column. Counts are not known before the last dataset is compared. */
export const widthOf = (names: readonly string[]): number =>
  Math.min(WIDEST_NAME, Math.max(0, ...names.map((name) => textWidth(name))));

/** @param width of the column of names: `widthOf` */
export function diffLines(one: DatasetDiff, places: Places, width: number, style: Style): readonly string[] {
  const { paint, glyphs } = style;
  const sign = tellsDifference(one) ? paint.yellow('~') : one.status === 'equal' ? paint.dim('=') : paint.dim(' ');
  const counts = rowCounts(one, glyphs.arrow);
  const lead = ' '.repeat(6);
  const told = (text: string): string[] =>
    wrap(harmless(text), Math.max(30, style.width - lead.length)).map((line) => `${lead}${line}`);
  const name = padEnd(one.dataset, width);
  const lines = [`  ${sign} ${counts === '' ? one.dataset : `${name}   ${paint.dim(padStart(counts, COUNTS_WIDTH))}`}`];
  for (const text of differenceTexts(one, places, terminalWording(glyphs))) lines.push(...told(text));
  const columns = one.columns.map(({ column, changed, share }) => ({
    name: harmless(column),
    rows: plural(changed, 'row'),
    share: percent(share),
  }));
  const [names, rows, shares] = (['name', 'rows', 'share'] as const).map((part) =>
    Math.max(0, ...columns.map((column) => textWidth(column[part]))),
  );
  for (const column of columns)
    lines.push(
      `${lead}  ${padEnd(column.name, names ?? 0)}   ${padStart(column.rows, rows ?? 0)}   ${padStart(column.share, shares ?? 0)}`,
    );
  for (const row of one.samples) {
    const text = harmless(sampleText(row, one.by, glyphs.arrow));
    lines.push(
      `${lead}${signed(row, style)} ${clip(text, Math.max(20, style.width - lead.length - 2), glyphs.ellipsis)}`,
    );
  }
  return lines;
}

function signed({ from, to }: SampleRow, { paint }: Style): string {
  if (from === null) return paint.green('+');
  return to === null ? paint.red('-') : paint.yellow('~');
}

/** `origin AAA, delay 5 → 7`: of a changed row its key and what has changed. */
export function sampleText({ from, to, differs }: SampleRow, by: readonly string[] | null, arrow: string): string {
  const row = to ?? from ?? {};
  const cell = (column: string): string => {
    const is = valueText(to?.[column]);
    return differs.includes(column)
      ? `${column} ${valueText(from?.[column])} ${arrow} ${is}`
      : `${column} ${valueText(row[column])}`;
  };
  const columns = differs.length === 0 ? Object.keys(row) : [...(by ?? []), ...differs];
  return columns.map(cell).join(', ');
}

const valueText = (value: unknown): string => (plainValue(value) ?? 'null').replaceAll(/[\r\n\t]/g, ' ');
