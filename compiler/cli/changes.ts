/** What the program would change in a target, looked up and told: what `pipec plan` and `pipec apply` have in common. */
import type {
  ColumnChange,
  Compared,
  DatasetChange,
  Destroyed,
  Estimate,
  Loss,
  TargetChanges,
  Work,
} from '../../runtime/changes.ts';
import type { Published } from '../../runtime/engines/published.ts';
import type { Removed } from '../../runtime/plan.ts';
import type { TargetPlace } from '../../runtime/status.ts';
import { grouped, plural } from '../diagnostics/render.ts';
import type { Style } from '../diagnostics/style.ts';
import { padEnd, textWidth, wrap } from '../diagnostics/text-width.ts';
import { lineageOf, outlineProgram } from '../plan/plan.ts';
import type { Program } from '../semantics/model.ts';
import { CommandError, EXIT } from './command.ts';
import { openState, planTarget } from './data.ts';
import type { Io } from './io.ts';
import { duration } from './progress/lines.ts';
import { sampleText } from './sample.ts';
import { terminalWording, type Wording } from './wording.ts';

export interface Found extends TargetChanges {
  /** Where the datasets are that go. */
  readonly removes: readonly Removed[];
  /** Datasets that were removed so many applies ago that nothing of them is kept any more. */
  readonly forgets: readonly Removed[];
  /** Of an environment: the code of production's datasets, by name. */
  readonly base: Readonly<Record<string, string | null>> | null;
}

/**
 * Asks the target what stands there, and nothing else.
 * @param only these datasets are looked at, and those that the program no longer has; null is all
 */
export async function findChanges(
  io: Io,
  root: string,
  program: Program,
  target: string,
  only: ReadonlySet<string> | null = null,
): Promise<Found> {
  const { changesOf, destroyedBy, digestOf, removedBy } = await import('../../runtime/changes.ts');
  const { placeName } = await import('../../runtime/state/records.ts');
  const { keyOf, targetContents } = await import('../../runtime/status.ts');
  const all = outlineProgram(program, target);
  const tasks = only === null ? all : all.filter(({ id }) => only.has(id));
  const left = new Set(
    all.flatMap(({ id, step }) => (tasks.length < all.length && only?.has(id) === false ? [keyOf(step.into)] : [])),
  );
  const there = planTarget(program, target);
  const place = { folder: root, target: there, env: io.environment };
  const { environment = null } = program;
  const { published, production, gone, catalogue } = await targetContents(place, environment);
  const state = await openState({ root, target: there, environment: io.environment });
  const built = (await state?.builtIn(placeName(target, environment))) ?? new Map();
  await state?.close();
  const compared = {
    project: program.project.name,
    tasks,
    datasets: program.datasets.map((one) => ({ name: one.name, lineage: lineageOf(one) })),
    exposures: program.exposures,
    published: new Map([...published].filter(([place]) => !left.has(place))),
    production,
    catalogue,
    took: new Map([...built].flatMap(([name, { ms }]) => (ms === null ? [] : [[name, ms] as const]))),
    now: new Date(),
  };
  const changes = changesOf(compared);
  const different = changes.filter(({ change }) => change !== 'unchanged');
  return {
    plan: digestOf(changes, compared),
    project: program.project.name,
    target: placeName(target, environment),
    engine: there.engine.kind,
    sample: program.sample?.last ?? null,
    unchanged: changes.length - different.length,
    changes: different,
    inProduction:
      production === null ? [] : destroyedBy(changesOf(inProduction(compared, program, target, production))),
    removes: removedBy(different, compared),
    forgets: environment === null ? await forgottenIn(place, gone, new Set(all.map(({ id }) => id))) : [],
    base: production === null ? null : codesOf(production, program.project.name),
  };
}

/** The same program without its environment, compared with production. */
function inProduction(
  compared: Compared,
  { environment: _environment, sample: _sample, ...whole }: Program,
  target: string,
  published: ReadonlyMap<string, Published>,
): Compared {
  return { ...compared, tasks: outlineProgram(whole, target), published, production: null };
}

/** Of each of a project's datasets, by name. */
export function codesOf(
  published: ReadonlyMap<string, Published>,
  project: string,
): Readonly<Record<string, string | null>> {
  const own = [...published.values()].filter(({ record }) => record?.project === project);
  return Object.fromEntries(own.flatMap(({ dataset, code }) => (dataset === null ? [] : [[dataset, code]])));
}

/** What is left of datasets that were removed, as many changes of production ago as versions are kept. @param wanted is in the program again */
async function forgottenIn(
  place: TargetPlace,
  gone: readonly Published[],
  wanted: ReadonlySet<string>,
): Promise<readonly Removed[]> {
  const { appliesOf, wholes } = await import('../../runtime/applies.ts');
  const { KEEP } = await import('../../runtime/engines/published.ts');
  if (gone.length === 0) return [];
  const applied = (await appliesOf(place)).filter(({ environment }) => environment === null);
  const recent = new Set(
    wholes(applied)
      .slice(-(place.target.keep ?? KEEP))
      .flatMap((some) => some.map(({ id }) => id)),
  );
  return gone.flatMap(({ dataset, gone: at }) =>
    dataset === null || at === null || recent.has(at.by) || wanted.has(dataset)
      ? []
      : [{ dataset, schema: at.schema, name: at.name }],
  );
}

export function changeLines(found: TargetChanges, style: Style): readonly string[] {
  const { paint, glyphs } = style;
  const { changes, unchanged } = found;
  const head = [
    paint.bold(`${found.target} (${found.engine})`),
    `plan ${found.plan}`,
    ...(found.sample === null ? [] : [`sample of the last ${found.sample}`]),
    `${changes.length} of ${plural(changes.length + unchanged, 'dataset')} ${changes.length === 1 ? 'changes' : 'change'}`,
  ];
  const width = Math.min(44, Math.max(0, ...changes.map(({ dataset }) => textWidth(dataset))));
  const lead = ' '.repeat(width + 7);
  const lines = changes.flatMap((one) => {
    const [first = '', ...more] = changeTexts(one, found, terminalWording(glyphs)).flatMap((text) =>
      wrap(text, Math.max(30, style.width - lead.length)),
    );
    return [
      `  ${signOf(one, style)} ${padEnd(one.dataset, width)}   ${toned(first, style)}`.trimEnd(),
      ...more.map((line) => `${lead}${toned(line, style)}`),
    ];
  });
  return [head.join(` ${glyphs.dot} `), ...(lines.length === 0 ? [] : ['', ...lines]), ...destroyedLines(found, style)];
}

/** What an environment does not lose, and production would. */
function destroyedLines({ inProduction: destroyed }: TargetChanges, style: Style): readonly string[] {
  if (destroyed.length === 0) return [];
  const width = Math.min(44, Math.max(...destroyed.map(({ dataset }) => textWidth(dataset))));
  const lead = ' '.repeat(width + 7);
  const lines = destroyed.flatMap((one) => {
    const [first = '', ...more] = destroyedTexts(one, terminalWording(style.glyphs)).flatMap((text) =>
      wrap(text, Math.max(30, style.width - lead.length)),
    );
    return [
      `  ${signOf(one, style)} ${padEnd(one.dataset, width)}   ${toned(first, style)}`,
      ...more.map((line) => `${lead}${toned(line, style)}`),
    ];
  });
  return ['', 'In production the same program, promoted or applied, needs --allow-destructive:', '', ...lines];
}

export const destroyedTexts = ({ destructive }: Destroyed, words: Wording): readonly string[] =>
  destructive.map((loss) => lossText(loss, words));

/** The words that people must not miss. */
export const DESTRUCTIVE = 'DESTRUCTIVE';

const toned = (line: string, { paint }: Style): string => line.replace(DESTRUCTIVE, paint.red(DESTRUCTIVE));

function signOf({ change }: Pick<DatasetChange, 'change'>, { paint }: Style): string {
  switch (change) {
    case 'added':
      return paint.green('+');
    case 'removed':
      return paint.red('-');
    case 'changed':
      return paint.yellow('~');
    case 'inherited':
      return paint.dim('~');
    case 'drifted':
      return paint.yellow('!');
    case 'unchanged':
      return ' ';
  }
}

/** What is to be told of a dataset, the most important first. */
export function changeTexts(
  one: DatasetChange,
  { sample }: Pick<TargetChanges, 'sample'>,
  words: Wording,
): readonly string[] {
  return [
    ...one.columns.map((column) => columnText(column, words)),
    ...(one.columns.length > 0 ? [] : [meaningOf(one, words)]),
    ...(one.breaks.length === 0 ? [] : [`breaks: ${some(one.breaks.map((name) => `exposure ${words.quoted(name)}`))}`]),
    ...(one.reaches.length === 0 ? [] : [`reaches: ${some(one.reaches.map(words.dataset))}`]),
    ...(one.rolledBack === null ? [] : [`rolled back (${one.rolledBack}): a run leaves it as it is`]),
    ...sampleTexts(one, sample, words),
    ...one.drift.map((what) => `altered in the target: ${words.said(what)}`),
    ...one.destructive.map((loss) => lossText(loss, words)),
    ...(one.work === null ? [] : [workText(one.work, one.change === 'added')]),
  ].filter((text) => text !== '');
}

/** What a sample has of its rows, and of a source why it is none. */
function sampleTexts(
  { sample, work, deferred }: DatasetChange,
  asked: string | null,
  { quoted }: Wording,
): readonly string[] {
  if (sample !== null) return [sampleText(sample, quoted)];
  return asked === null || deferred !== null || work?.kind !== 'load'
    ? []
    : ['read whole: nothing says when its rows happened'];
}

function meaningOf(one: DatasetChange, words: Wording): string {
  const { change, because, work, deferred, sample, wasSample } = one;
  if (deferred !== null) return `read from ${words.quoted(deferred)}`;
  if (change === 'changed' && wasSample?.last !== sample?.last)
    return wasSample === null ? 'a whole version stands' : `a sample stands (${wasSample.last})`;
  switch (change) {
    case 'added':
      if (work === null) return 'new';
      if (work.kind === 'share') return '';
      return work.kind === 'load' ? 'new source' : work.kind === 'view' ? 'new view' : 'new table';
    case 'changed':
      if (work?.kind === 'share') return "its code is production's";
      return work?.kind === 'load' ? 'only its contract, or where it is read' : 'only its query: same columns';
    case 'inherited':
      return `its code is the same; it reads ${some(because.map(words.dataset))}`;
    case 'removed':
      return 'no longer in the program';
    case 'drifted':
    case 'unchanged':
      return '';
  }
}

function columnText(change: ColumnChange, { quoted, type: typed, arrow }: Wording): string {
  const column = quoted(change.column);
  const type = typed(change.type);
  switch (change.kind) {
    case 'added':
      return `column ${column} ${type} is added`;
    case 'removed':
      return `column ${column} ${type} goes`;
    case 'renamed':
      return `column ${quoted(change.from)} becomes ${column}`;
    case 'retyped':
      return `column ${column} ${typed(change.from)} ${arrow} ${type}`;
  }
}

function lossText(loss: Loss, { quoted }: Wording): string {
  const rows = loss.rows === null ? 'its rows' : plural(loss.rows, 'row');
  switch (loss.kind) {
    case 'dataset-removed':
      return loss.rows === null ? `${DESTRUCTIVE}: the view would go` : `${DESTRUCTIVE}: ${rows} would go`;
    case 'column-removed':
      return `${DESTRUCTIVE}: ${quoted(loss.column)} of ${rows} would go`;
    case 'history-lost':
      return loss.inherited
        ? `${DESTRUCTIVE}: what is lost of the source that it follows goes from here as well (${rows} now)`
        : `${DESTRUCTIVE}: it is read again as a whole, and what its source no longer has would go (${rows} now)`;
  }
}

function workText({ kind, intervals, rows, ms }: Work, isNew: boolean): string {
  // A view costs nothing, and what is dropped is told as what is lost.
  if (kind === 'view' || kind === 'drop') return '';
  const verb = kind === 'load' ? (isNew ? 'loaded' : 'loaded again') : isNew ? 'built' : 'built again';
  if (kind === 'share')
    return rows.value === null
      ? "production's version is shown"
      : `production's version is shown: ${plural(rows.value, 'row')}`;
  const from = intervals?.from ?? 'its first row';
  const span = intervals === null ? '' : ` from ${from} to ${intervals.to}`;
  if (rows.basis === 'unknown' && ms.basis === 'unknown') return `${verb}${span}: rows and time unknown`;
  const parts = [
    estimated(rows, (count) => plural(count, 'row'), 'rows unknown'),
    estimated(ms, duration, 'time unknown'),
  ];
  return `${verb}${span}: ${parts.join(', ')}`;
}

function estimated({ value, basis }: Estimate, text: (value: number) => string, unknown: string): string {
  if (value === null || basis === 'unknown') return unknown;
  return basis === 'measured' ? `${text(value)} when last built` : `about ${text(value)}`;
}

/** A long list is told by its beginning. */
function some(texts: readonly string[]): string {
  return texts.length > 4 ? `${texts.slice(0, 3).join(', ')} and ${grouped(texts.length - 3)} more` : texts.join(', ');
}

/** Raises `CommandError` destructive-plan. `command` is the one that may be told to do it all the same. */
export function refuseDestructive({ changes }: Pick<Found, 'changes'>, command: string): void {
  const names = changes.flatMap(({ dataset, destructive }) => (destructive.length === 0 ? [] : [`\`${dataset}\``]));
  if (names.length === 0) return;
  throw new CommandError(
    'destructive-plan',
    EXIT.check,
    `what would go of ${names.join(', ')} does not come back by building again: nothing was done`,
    [`if that is meant: pipec ${command} --allow-destructive`],
  );
}
