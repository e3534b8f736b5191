/** What is to be looked at, and who waits for whom: parts of the first page. */
import type {
  BrokenCheck,
  EnvironmentsAnswer,
  HappenedRow,
  JobRow,
  LateRow,
  PoolRow,
} from '../../../../runtime/web/api.ts';
import { type Child, grouped, h, schemaOf, shortName } from '../../report/client/dom.ts';
import { section, stateChip, table } from './parts.ts';
import { linkTo, linkToRun } from './routes.ts';
import { countText, farText, lengthText, momentText } from './words.ts';

/** Of each kind so many are shown: who looks after these finds the rest. */
const MOST = 60;

/** What failed, what is late, and what does not hold; nothing where all is well. */
export function toLookAt(failed: readonly JobRow[], late: readonly LateRow[], broken: readonly BrokenCheck[]): Child {
  const rows: (readonly Child[])[] = [
    ...failed
      .slice(0, MOST)
      .flatMap(({ job, last }) =>
        last === null
          ? []
          : [
              [
                h('a', { href: linkToRun(last.run, job) }, h('b', {}, job)),
                stateChip(last.status),
                'its last run',
                when(last.startedAt),
              ],
            ],
      ),
    ...late
      .slice(0, MOST)
      .map(({ job, dataset, dueAt, since }) => [
        dataset === null ? jobLink(job ?? '') : datasetLink(dataset),
        chip('warned', 'late'),
        `${dataset === null ? 'due' : 'published last'} ${farText(dueAt)}`,
        when(since),
      ]),
    ...broken
      .slice(0, MOST)
      .map((check) => [
        datasetLink(check.task),
        check.severity === 'warn' ? chip('warned', 'warned') : chip('bad', 'failed'),
        [h('code', {}, check.check), ' ', h('small', {}, rowsText(check))],
        h('a', { href: linkToRun(check.run, null, check.task) }, when(check.at)),
      ]),
  ];
  if (rows.length === 0) return null;
  return section(
    'To look at',
    null,
    table([{ name: 'what' }, { name: 'is' }, { name: 'why' }, { name: 'since' }], rows),
  );
}

/** What went wrong lately, and for how long. */
export function happenedPart(happened: readonly HappenedRow[]): Child {
  if (happened.length === 0) return null;
  return section(
    'What went wrong',
    'newest first',
    table(
      [{ name: 'when' }, { name: 'job' }, { name: 'was' }, { name: 'well again' }],
      happened.map(({ what, job, run, at, until }) => [
        h('span', { title: `${momentText(at)} UTC` }, momentText(at)),
        job === null ? h('i.null', {}, 'by hand') : jobLink(job),
        run === null ? wrong(what) : h('a', { href: linkToRun(run, job) }, wrong(what)),
        job === null
          ? ''
          : until === null
            ? h('span.problem', {}, 'not yet')
            : h(
                'span',
                { title: `${momentText(until)} UTC` },
                `after ${lengthText(Math.max(0, Date.parse(until) - Date.parse(at)))}`,
              ),
      ]),
    ),
  );
}

const wrong = (what: HappenedRow['what']): HTMLElement => (what === 'late' ? chip('warned', 'late') : stateChip(what));

/** Places as squares, those that are taken filled. */
export function poolPart(pools: readonly PoolRow[]): Child {
  if (pools.length === 0) return null;
  return section(
    'Pools',
    null,
    h(
      'ul.pools',
      {},
      pools.map(({ pool, places, inside, waiting }) => {
        const taken = `${grouped(inside.length)} of ${countText(places, 'place')} taken`;
        return h(
          'li',
          {},
          h('b', {}, pool),
          h(
            'span.meter',
            { role: 'img', 'aria-label': taken, title: taken },
            Array.from({ length: Math.min(places, MOST) }, (_, index) => h(index < inside.length ? 'i.running' : 'i')),
          ),
          h('span', {}, `${taken}${waiting === 0 ? '' : ` · ${countText(waiting, 'run')} due`}`),
          inside.map(({ task, run, job }) => h('a', { href: linkToRun(run, job, task), title: task }, shortName(task))),
        );
      }),
    ),
  );
}

export function environmentPart({ environments }: EnvironmentsAnswer): Child {
  if (environments.length === 0) return null;
  return section(
    'Environments',
    null,
    table(
      [
        { name: 'environment' },
        { name: 'datasets', numeric: true },
        { name: 'its own', numeric: true },
        { name: 'brought up to date' },
      ],
      environments.map(({ environment, datasets, shared, sampled, at }) => [
        h('b', {}, environment),
        grouped(datasets),
        [grouped(datasets - shared), sampled === 0 ? null : h('small', {}, ` ${grouped(sampled)} of them a sample`)],
        at === null ? '' : when(at),
      ]),
    ),
  );
}

const chip = (tone: 'warned' | 'bad', text: string): HTMLElement => h(`span.chip.${tone}`, {}, text);

const when = (at: string): HTMLElement => h('span', { title: `${momentText(at)} UTC` }, farText(at));

const jobLink = (job: string): HTMLElement =>
  h('a', { href: linkTo({ page: 'job', job, run: null, task: null }) }, h('b', {}, job));

const datasetLink = (dataset: string): HTMLElement =>
  h(
    'a',
    { href: linkTo({ page: 'dataset', dataset }), title: dataset },
    h('b', {}, shortName(dataset)),
    ' ',
    h('small', {}, schemaOf(dataset)),
  );

const rowsText = ({ failing, rows }: BrokenCheck): string =>
  failing === null ? '' : `${grouped(failing)}${rows === null ? '' : ` of ${countText(rows, 'row')}`}`;
