/** What the program would change in a target as Markdown, to be read on a pull request. Pure. */
import type { DatasetChange } from '../../runtime/changes.ts';
import type { DatasetDiff } from '../../runtime/diff/diff.ts';
import { plural } from '../diagnostics/render.ts';
import { harmless } from '../diagnostics/text-width.ts';
import type { Program } from '../semantics/model.ts';
import { changeTexts, DESTRUCTIVE, destroyedTexts, type Found } from './changes.ts';
import { differenceTexts, type Places, percent, rowCounts, sampleText, tellsDifference } from './differences.ts';
import { fenceFor, htmlText, markdownWording } from './wording.ts';

/** A comment on GitHub has at most 65,536 characters. */
export const LONGEST_REPORT = 60_000;
/** Of one list. */
const MOST_NAMES = 5;

/** Data that was compared. */
export interface ComparedData {
  readonly places: Places;
  readonly found: readonly DatasetDiff[];
}

const inCell = markdownWording(true);
const words = markdownWording(false);

/** Of at most `longest` characters: what does not fit is left out by whole datasets, and counted. */
export function changeReport(
  found: Pick<Found, 'target' | 'engine' | 'plan' | 'project' | 'sample' | 'changes' | 'inProduction' | 'unchanged'>,
  program: Pick<Program, 'datasets' | 'exposures'>,
  data: ComparedData | null,
  longest = LONGEST_REPORT,
): string {
  const { changes, unchanged } = found;
  const head = [
    `## pipec: ${words.quoted(found.project)} → ${words.quoted(found.target)} (${found.engine})`,
    '',
    changes.length === 0
      ? 'The target has what the program says.'
      : `**${changes.length} of ${plural(changes.length + unchanged, 'dataset')} ${changes.length === 1 ? 'changes' : 'change'}** · plan ${words.quoted(found.plan)}${dangers(changes)}`,
    '',
    ...cautions(changes),
    ...cautionsOfProduction(found),
  ];
  const blocks: Block[] = [
    ...listed(
      ['| | dataset | what changes | read by |', '|---|---|---|---|'],
      changes.map((one) => row(one, found, program)),
    ),
    ...(data === null ? [] : dataBlocks(data)),
  ];
  return `${within(head.join('\n'), blocks, longest, 'pipec plan').trimEnd()}\n`;
}

/** How the data of two places differs, as Markdown. */
export function dataReport(project: string, data: ComparedData, longest = LONGEST_REPORT): string {
  return `${within(`## pipec: ${words.quoted(project)}`, dataBlocks(data), longest, 'pipec diff').trimEnd()}\n`;
}

/** A part that stands or falls as a whole. */
interface Block {
  readonly text: string;
  /** Whether it tells of a dataset. */
  readonly isDataset: boolean;
}

/** @param command shows what is left out */
function within(head: string, blocks: readonly Block[], longest: number, command: string): string {
  const parts = [head];
  let length = head.length;
  for (const [index, { text }] of blocks.entries()) {
    length += text.length + 1;
    if (length > longest - 200) {
      const left = blocks.slice(index).filter(({ isDataset }) => isDataset).length;
      parts.push('', `… and ${plural(left, 'more entry', 'more entries')}: ${words.quoted(command)} shows all.`);
      break;
    }
    parts.push(text);
  }
  return parts.join('\n');
}

/** Lines with what stands above them. */
function listed(head: readonly string[], rows: readonly string[]): Block[] {
  return rows.map((text, index) => ({ text: [...(index === 0 ? head : []), text].join('\n'), isDataset: true }));
}

function dangers(changes: readonly DatasetChange[]): string {
  const broken = new Set(changes.flatMap(({ breaks }) => breaks)).size;
  const lossy = changes.filter(({ destructive }) => destructive.length > 0).length;
  return [
    ...(broken === 0 ? [] : [` · **breaks ${plural(broken, 'exposure')}**`]),
    ...(lossy === 0 ? [] : [` · **destructive for ${plural(lossy, 'dataset')}**`]),
  ].join('');
}

function cautions(changes: readonly DatasetChange[]): readonly string[] {
  const names = changes.flatMap(({ dataset, destructive }) => (destructive.length === 0 ? [] : [dataset]));
  if (names.length === 0) return [];
  return [
    '> [!CAUTION]',
    `> What would go of ${some(names.map(words.dataset))} does not come back by building again. ${words.quoted('pipec apply')} needs ${words.quoted('--allow-destructive')}.`,
    '',
  ];
}

function cautionsOfProduction({ inProduction }: Pick<Found, 'inProduction'>): readonly string[] {
  if (inProduction.length === 0) return [];
  const lost = inProduction
    .slice(0, MOST_NAMES)
    .map(
      (one) =>
        `> - ${words.dataset(one.dataset)}: ${destroyedTexts(one, words).join('; ').replaceAll(DESTRUCTIVE, `**${DESTRUCTIVE}**`)}`,
    );
  const more = inProduction.length - lost.length;
  return [
    '> [!CAUTION]',
    `> In production the same program, promoted or applied, needs ${words.quoted('--allow-destructive')}:`,
    '>',
    ...lost,
    ...(more === 0 ? [] : [`> - and ${plural(more, 'more dataset')}`]),
    '',
  ];
}

/** Words, as colours and signs are not read by everybody. */
const KIND: Readonly<Record<DatasetChange['change'], string>> = {
  added: 'new',
  changed: 'changed',
  inherited: 'built again',
  drifted: 'altered',
  removed: 'removed',
  unchanged: '',
};

function row(
  one: DatasetChange,
  found: Pick<Found, 'sample'>,
  program: Pick<Program, 'datasets' | 'exposures'>,
): string {
  const texts = changeTexts(one, found, inCell).map((text) => text.replace(DESTRUCTIVE, `**${DESTRUCTIVE}**`));
  const cells = [
    KIND[one.change],
    inCell.dataset(one.dataset),
    texts.join('<br>'),
    some(readersOf(one.dataset, program)),
  ];
  return `| ${cells.join(' | ')} |`;
}

function readersOf(
  dataset: string,
  { datasets, exposures }: Pick<Program, 'datasets' | 'exposures'>,
): readonly string[] {
  return [
    ...exposures
      .filter(({ on }) => on.includes(dataset))
      .map(({ name, owner }) => `exposure ${inCell.quoted(name)}${owner === null ? '' : ` (${inCell.type(owner)})`}`),
    ...datasets.filter(({ reads }) => reads.includes(dataset)).map(({ name }) => inCell.dataset(name)),
  ];
}

function dataBlocks({ places, found }: ComparedData): readonly Block[] {
  const named = { from: words.quoted(places.from), to: words.quoted(places.to) };
  if (found.length === 0) return [];
  const different = found.filter(tellsDifference);
  const same = found.length - different.length;
  const title = `\n### Data: ${named.from} → ${named.to}\n`;
  const summary =
    different.length === 0
      ? `Of ${plural(found.length, 'dataset')} no data differs.`
      : `The data of ${different.length} of ${plural(found.length, 'dataset')} differs${same === 0 ? '' : `, that of ${same} does not`}.`;
  return [
    { text: `${title}\n${summary}\n`, isDataset: false },
    ...different.map((one) => ({ text: details(one, places, named), isDataset: true })),
  ];
}

/** Its rows are folded away: most people look at the numbers. */
function details(one: DatasetDiff, places: Places, named: Places): string {
  const counts = rowCounts(one, words.arrow);
  const texts = differenceTexts(one, named, words).map((text) => `- ${text}`);
  const columns = one.columns.map(
    ({ column, changed, share }) => `  - ${words.quoted(column)}: ${plural(changed, 'row')} (${percent(share)})`,
  );
  const lines = one.samples.map((row) => {
    const sign = row.from === null ? '+' : row.to === null ? '-' : '!';
    return `${sign} ${harmless(sampleText(row, one.by, words.arrow))}`;
  });
  const fence = fenceFor(lines.join('\n'), 3);
  const folded =
    lines.length === 0
      ? []
      : [
          '',
          `<details><summary>${plural(lines.length, 'row')} of ${htmlText(places.from)} and ${htmlText(places.to)}</summary>`,
          '',
          `${fence}diff`,
          ...lines,
          fence,
          '',
          '</details>',
        ];
  return [
    `**${words.dataset(one.dataset)}**${counts === '' ? '' : ` ${counts}`}`,
    '',
    ...texts,
    ...columns,
    ...folded,
    '',
  ].join('\n');
}

/** A long list is told by its beginning. */
function some(texts: readonly string[]): string {
  const more = texts.length - MOST_NAMES;
  return more > 1 ? `${texts.slice(0, MOST_NAMES).join(', ')} and ${more} more` : texts.join(', ');
}
