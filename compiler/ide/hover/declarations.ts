/** What a declaration is, wherever it is named. */

import type { ModelKind } from '../../semantics/declarations/context.ts';
import { kindNamed } from '../../semantics/declarations/registry.ts';
import type { BlackoutModel, JobModel, NotifyModel, Refresh } from '../../semantics/model.ts';
import { type DeclarationSymbol, lastPart } from '../../semantics/symbols.ts';
import type { Expr } from '../../syntax/ast.ts';
import type { Declared, Workspace } from '../../workspace/workspace.ts';
import { userFunctionCard } from './functions.ts';
import { code, count, fence, list, paragraphs, some } from './markdown.ts';
import { rowText } from './rows.ts';
import { blackoutWords, cronWords, lengthWords, nextRuns } from './schedule.ts';

/** Datasets and the like that are named; the rest is counted. */
const MOST = 6;

interface Asked {
  readonly workspace: Workspace;
  readonly declared: Declared;
  readonly now: Date;
}
interface Told {
  /** Below its documentation. */
  readonly body?: string | null;
  readonly facts: readonly string[];
}

const told: Readonly<Record<Exclude<ModelKind, 'fn'>, (asked: Asked) => Told>> = {
  project: ({ workspace }) => ({
    facts: [`${count(workspace.datasetCount, 'dataset')} in ${count(workspace.files.length, 'file')}`],
  }),
  target: (asked) => ({ body: whole(asked), facts: [] }),
  connection: (asked) => {
    const users = workspaceUsers(asked, 'source');
    return { body: null, facts: users.length === 0 ? [] : [`Read by ${some(users, MOST)}`] };
  },
  enum: (asked) => ({ body: enumValues(asked), facts: [] }),
  type: (asked) => ({ body: whole(asked), facts: promisedBy(asked) }),
  store: ({ workspace, declared: { symbol } }) => {
    const model = workspace.model('store', symbol);
    const layers = Object.entries(model?.layers ?? {}).map(([schema, layer]) => `${code(schema)} is ${layer}`);
    return {
      facts: [
        count(workspace.catalog.below(symbol.name).length, 'dataset'),
        ...(model?.path?.kind === 'text' ? [`Path ${code(model.path.value)}`] : []),
        ...(layers.length === 0 ? [] : [`Layers: ${layers.join(', ')}`]),
        ...ownedBy(model?.owner ?? null, model?.retentionMs ?? null),
      ],
    };
  },
  source: dataset,
  table: dataset,
  step: dataset,
  dimension: dataset,
  exposure: ({ workspace, declared: { symbol } }) => {
    const model = workspace.model('exposure', symbol);
    return {
      facts: [
        ...(model === null || model.on.length === 0 ? [] : [`Reads ${some(model.on, MOST)}`]),
        ...(model?.url == null ? [] : [`At ${code(model.url)}`]),
        ...ownedBy(model?.owner ?? null, null),
      ],
    };
  },
  job: ({ workspace, declared: { symbol }, now }) => {
    const model = workspace.model('job', symbol);
    return { facts: model === null ? [] : jobFacts(model, now) };
  },
  pool: ({ workspace, declared: { symbol } }) => {
    const places = workspace.model('pool', symbol)?.places;
    return { facts: places === undefined ? [] : [`${count(places, 'task')} at a time`] };
  },
  blackout: ({ workspace, declared: { symbol } }) => {
    const model = workspace.model('blackout', symbol);
    return { facts: model === null ? [] : blackoutFacts(model) };
  },
  notify: ({ workspace, declared: { symbol } }) => {
    const model = workspace.model('notify', symbol);
    return { facts: model === null ? [] : notifyFacts(model) };
  },
  test: (asked) => ({
    body: null,
    facts: asked.declared.tree.of === null ? [] : [`Of ${code(partsText(asked.declared.tree.of.parts))}`],
  }),
  check: (asked) => ({ body: whole(asked), facts: [] }),
};

export function declarationCard(workspace: Workspace, symbol: DeclarationSymbol, now: Date): string {
  if (symbol.kind === 'fn') return userFunctionCard(workspace, symbol);
  const declared = workspace.declaration(symbol);
  const tell = Object.hasOwn(told, symbol.kind) ? told[symbol.kind as keyof typeof told] : undefined;
  const { body = null, facts } = tell?.({ workspace, declared, now }) ?? { facts: [] };
  return paragraphs([
    body?.includes(headOf(workspace, declared)) ? null : fence('pipe', headOf(workspace, declared)),
    declared.tree.doc,
    body,
    list(facts),
  ]);
}

/** A word that begins declarations. */
export function kindCard(word: string): string | null {
  const kind = kindNamed(word);
  return kind === undefined ? null : paragraphs([kind.doc, fence('pipe', kind.example)]);
}

/** A schema is where datasets are said to be in it. */
export function schemaCard(workspace: Workspace, store: string, name: string): string {
  const symbol = workspace.symbol('store', store);
  const model = symbol === null ? null : workspace.model('store', symbol);
  const layer = model?.layers[name];
  const datasets = workspace.catalog.below(`${store}.${name}`);
  return paragraphs([
    fence('pipe', `${store}.${name}`),
    `A schema of the store ${code(store)}${layer === undefined ? '' : `, its layer is ${layer}`}.`,
    datasets.length === 0
      ? null
      : list([`${count(datasets.length, 'dataset')}: ${some(datasets.map(lastPart), MOST)}`]),
  ]);
}

/** The first line as far as the braces or the query: `table daily_revenue in dwh.marts`. */
function headOf(workspace: Workspace, { symbol, tree, start }: Declared): string {
  const parts = [tree.name, tree.type, tree.of, tree.for, tree.on, tree.from, tree.in, tree.kind];
  const end = Math.max(...parts.flatMap((part) => part?.end ?? []));
  return workspace
    .text(symbol.file)
    .slice(start, start + end)
    .replace(/\s+/g, ' ');
}

function whole({ workspace, declared: { symbol, start, end } }: Asked): string {
  const lines = workspace.text(symbol.file).slice(start, end).split('\n');
  return fence('pipe', lines.length > 30 ? [...lines.slice(0, 30), '// …'].join('\n') : lines.join('\n'));
}

function enumValues({ declared: { tree } }: Asked): string | null {
  if (tree.body?.kind !== 'enum-body') return null;
  return list(
    tree.body.values.map(({ name, doc }) => (doc === null ? code(name.text) : `${code(name.text)} ${oneLine(doc)}`)),
  );
}

const oneLine = (doc: string): string => doc.trim().replace(/\s+/g, ' ');
const partsText = (parts: readonly { readonly text: string }[]): string => parts.map(({ text }) => text).join('.');

function promisedBy({ workspace, declared: { symbol } }: Asked): readonly string[] {
  const datasets = workspace.symbols.flatMap((each) =>
    each.namespace === 'dataset' && workspace.declaration(each).tree.type?.name.text === symbol.name ? each.name : [],
  );
  return datasets.length === 0 ? [] : [`The rows of ${some(datasets, MOST)}`];
}

/** Names of declarations of a kind that name this connection first. */
function workspaceUsers({ workspace, declared: { symbol } }: Asked, kind: string): readonly string[] {
  return workspace.symbols.flatMap((each) => {
    const from = each.kind === kind ? workspace.declaration(each).tree.from : null;
    const first = from?.kind === 'call' ? from.args[0]?.value : undefined;
    return first?.kind === 'name' && first.name.parts[0]?.text === symbol.name ? each.name : [];
  });
}

function dataset({ workspace, declared: { symbol, tree } }: Asked): Told {
  const row = workspace.row(symbol.name);
  const model =
    workspace.model('table', symbol) ??
    workspace.model('source', symbol) ??
    workspace.model('step', symbol) ??
    workspace.model('dimension', symbol);
  const { catalog } = workspace;
  const reads = catalog.get(symbol.name)?.reads ?? [];
  const readers = catalog.readers(symbol.name);
  return {
    body: row === null || row.columns.length === 0 ? null : rowText(row),
    facts: [
      ...(symbol.kind === 'table' && model !== null ? [refreshWords(model.refresh)] : []),
      ...(reads.length === 0 ? [] : [`Reads ${some(reads, MOST)}`]),
      ...(readers.length === 0 ? [] : [`Read by ${some(readers, MOST)}`]),
      ...(model?.layer == null ? [] : [`Layer ${model.layer}`]),
      ...(model === null || model.tags.length === 0 ? [] : [`Tags ${some(model.tags, MOST)}`]),
      ...(model === null || model.checks.length === 0 ? [] : [count(model.checks.length, 'check')]),
      ...ownedBy(model?.owner ?? textOf(tree, 'owner'), model?.retentionMs ?? null),
    ],
  };
}

function textOf({ properties }: Declared['tree'], name: string): string | null {
  const value = properties.find((each) => each.name.text === name)?.value as Expr | undefined;
  return value?.kind === 'string' ? value.value : null;
}

function ownedBy(owner: string | null, retentionMs: number | null): readonly string[] {
  return [
    ...(owner === null ? [] : [`Owner ${code(owner)}`]),
    ...(retentionMs === null ? [] : [`Kept for ${keptWords(retentionMs)}`]),
  ];
}

const YEAR = 365 * 86_400_000;
export const keptWords = (ms: number): string =>
  ms % YEAR === 0 ? `${ms / YEAR} ${ms === YEAR ? 'year' : 'years'}` : lengthWords(ms);

export function refreshWords(refresh: Refresh): string {
  switch (refresh.kind) {
    case 'view':
      return 'A view: nothing is stored';
    case 'full':
      return 'Rebuilt whole and published at once';
    case 'append':
      return 'What is new is added';
    case 'upsert':
      return `What is new is put in place of the row with its key; the greatest ${some(refresh.order, 3)} wins`;
    case 'batch': {
      const { by, everyMs, lookbackMs, start } = refresh;
      const again = lookbackMs === 0 ? '' : `; the last ${lengthWords(lookbackMs)} are computed again`;
      return `In intervals of ${lengthWords(everyMs)} by ${code(by)}${start === null ? '' : ` from ${start}`}${again}`;
    }
  }
}

function jobFacts(model: JobModel, now: Date): readonly string[] {
  const { schedule, builds, retries, timeoutMs, slaMs, priority } = model;
  return [
    schedule === null ? 'Runs when it is told to' : scheduleWords(schedule),
    ...(schedule !== null && 'cron' in schedule
      ? [`Next: ${nextRuns(schedule.cron, schedule.timezone, now, 3).join(', ')}`]
      : []),
    `Builds ${some(builds, MOST)}`,
    ...(retries === 0 ? [] : [`A task that fails is tried ${count(retries, 'more time')}`]),
    ...(timeoutMs === null ? [] : [`A try ends after ${lengthWords(timeoutMs)}`]),
    ...(slaMs === null ? [] : [`Late ${lengthWords(slaMs)} after it was due`]),
    ...(priority === 0 ? [] : [`Priority ${priority}`]),
  ];
}

function blackoutFacts({ times, timezone, due, jobs }: BlackoutModel): readonly string[] {
  return [
    ...times.map((time) => `No run begins ${blackoutWords(time)} (${timezone})`),
    due === 'wait' ? 'What is due then begins after' : 'What is due then is left out',
    ...(jobs === null ? [] : [`For ${some(jobs, MOST)}`]),
  ];
}

function notifyFacts({ to, about, jobs, targets, againMs }: NotifyModel): readonly string[] {
  return [
    `Tells ${code(to.connector)} of ${about.join(', ')}`,
    ...(jobs === null ? [] : [`For ${some(jobs, MOST)}`]),
    ...(targets === null ? [] : [`In ${some(targets, MOST)}`]),
    `What goes on is told again after ${lengthWords(againMs)}`,
  ];
}

function scheduleWords(schedule: NonNullable<JobModel['schedule']>): string {
  if ('arrival' in schedule) return 'Runs when all has arrived that it reads of other jobs';
  if ('everyMs' in schedule) return `Runs every ${lengthWords(schedule.everyMs)}`;
  return `Runs ${cronWords(schedule.cron) ?? schedule.cron} (${schedule.timezone})`;
}
