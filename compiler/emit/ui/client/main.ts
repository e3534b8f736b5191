/** The page's script: jobs at the left, what the address says in the middle, a task of a run at the right; all of it live. */
import type { EnvironmentsAnswer, JobAnswer, JobRow, RunAnswer, Session } from '../../../../runtime/web/api.ts';
import { type Child, h } from '../../report/client/dom.ts';
import { actingAs } from './acting.ts';
import { type Beside, taskBeside } from './beside.ts';
import { datasetPage } from './dataset.ts';
import { datasetsPage } from './datasets.ts';
import { jobPage, shownRun } from './job.ts';
import { type JobList, jobList } from './jobs.ts';
import { overviewPage, runPage } from './overview.ts';
import { problem } from './parts.ts';
import { linkTo, linkToRun, type Route, readRoute } from './routes.ts';
import { ask, listen, Refused, signOut } from './server.ts';
import { signInPage } from './sign-in.ts';

/** What happens in so short a time is shown together. */
const PAUSE_MS = 250;
/** Where nothing is told, as of a run whose process went away without a word, all is asked for anew after so long. */
const ANEW_MS = 60_000;

class Page {
  readonly #session: Session;
  readonly #jobs: Map<string, JobRow>;
  readonly #list: JobList;
  readonly #main = h('main', { id: 'page' });
  #beside: (Beside & { readonly key: string }) | null = null;
  /** What is shown: an answer to an older question is too late. */
  #turn = 0;
  #shown = '';
  /** The run that is shown, and whether it is of a job. */
  #run: string | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #environments: { readonly at: number; readonly answer: Promise<EnvironmentsAnswer> } | null = null;

  constructor(session: Session, jobs: readonly JobRow[]) {
    this.#session = session;
    this.#jobs = new Map(jobs.map((job) => [job.job, job]));
    this.#list = jobList(session, jobs, () => void signOut().finally(() => location.reload()));
    document.body.replaceChildren(this.#list.element, this.#main);
    addEventListener('hashchange', () => void this.show());
    addEventListener('keydown', ({ key, target }) => {
      if (key === 'Escape' && this.#beside !== null && !(target instanceof HTMLInputElement))
        location.hash = closed(readRoute(location.hash));
    });
    setInterval(() => {
      const isRead = document.visibilityState === 'visible' && readRoute(location.hash).page !== 'dataset';
      if (isRead) void this.#again().catch(() => undefined);
    }, ANEW_MS);
    let wasThere = true;
    listen(
      (message) => {
        if (message.is === 'jobs') this.#news(message.jobs);
        else this.#told(new Set(message.runs), message.ended);
      },
      (there) => {
        this.#list.line(there);
        // What happened meanwhile was not heard.
        if (there && !wasThere) void this.#again().catch(() => undefined);
        wasThere = there;
      },
    );
  }

  async show(): Promise<void> {
    const turn = ++this.#turn;
    const route = readRoute(location.hash);
    this.#list.show(route);
    try {
      const { title, children, run, task } = await this.#content(route);
      if (turn !== this.#turn) return;
      this.#fill(route, title, children);
      this.#run = run?.run.run ?? null;
      this.#showBeside(route, run, task);
    } catch (failure) {
      if (turn !== this.#turn) return;
      if (failure instanceof Refused && failure.code === 'not-signed-in') {
        location.reload();
        return;
      }
      this.#fill(route, 'pipec', [h('h1', {}, 'That did not work'), problem(failure)]);
      this.#showBeside(route, null, null);
    }
  }

  /** A question to the target itself, which is not asked whenever a run tells something. */
  #environmentsNow(): Promise<EnvironmentsAnswer> {
    const now = Date.now();
    if (this.#environments === null || now - this.#environments.at > ANEW_MS / 2)
      this.#environments = { at: now, answer: ask.environments() };
    return this.#environments.answer;
  }

  /** What the address says; of a task beside it, the run that it is in. */
  async #content(route: Route): Promise<{
    readonly title: string;
    readonly children: readonly Child[];
    readonly run: RunAnswer | null;
    readonly task: string | null;
  }> {
    switch (route.page) {
      case 'overview': {
        const [{ runs }, standing] = await Promise.all([ask.runs(), ask.standing()]);
        const jobs = [...this.#jobs.values()];
        const environments = this.#environmentsNow();
        return {
          title: this.#session.project,
          children: overviewPage(this.#session, { jobs, runs, standing, environments }),
          run: null,
          task: null,
        };
      }
      case 'job': {
        const job: JobAnswer = await ask.job(route.job);
        const past = shownRun(job, route);
        const meant = route.run ?? past?.run.run ?? null;
        const run = meant === null ? null : await ask.run(meant);
        const isRecent = route.run === null || past?.run.run === route.run;
        const children = isRecent || run === null ? jobPage(job, route) : runPage(run, route.task);
        return { title: job.job, children, run, task: route.task };
      }
      case 'run': {
        const run = await ask.run(route.run);
        return { title: run.run.run, children: runPage(run, route.task), run, task: route.task };
      }
      case 'datasets': {
        const { datasets } = await ask.datasets();
        return { title: 'Datasets', children: datasetsPage(datasets), run: null, task: null };
      }
      case 'dataset': {
        const dataset = await ask.dataset(route.dataset);
        return { title: dataset.dataset, children: [datasetPage(dataset)], run: null, task: null };
      }
    }
  }

  /** Another page begins at its top; the same one stays where it was, in each of its parts. */
  #fill(route: Route, title: string, children: readonly Child[]): void {
    const place = route.page === 'job' ? `job ${route.job}` : JSON.stringify(route);
    const same = place === this.#shown;
    const scrolled = same ? new Map(scrollers(this.#main)) : new Map<string, readonly [number, number]>();
    const focused =
      same && this.#main.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : null;
    this.#main.replaceChildren(h('div', {}, children));
    for (const part of this.#main.querySelectorAll<HTMLElement>('[role="region"]')) {
      const [left, top] = scrolled.get(part.getAttribute('aria-label') ?? '') ?? beginning(part);
      part.scrollLeft = left;
      part.scrollTop = top;
    }
    if (focused != null)
      this.#main.querySelector<HTMLElement>(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    if (!same) scrollTo(0, 0);
    this.#shown = place;
    document.title = `${title} · pipec`;
  }

  #showBeside(route: Route, run: RunAnswer | null, task: string | null): void {
    const key = run === null || task === null ? null : `${run.run.run} ${task}`;
    if (run !== null && key !== null && this.#beside?.key === key) {
      this.#beside.refresh(run);
      return;
    }
    this.#beside?.element.remove();
    this.#beside =
      run === null || task === null || key === null ? null : { ...taskBeside(run, task, closed(route)), key };
    if (this.#beside !== null) document.body.append(this.#beside.element);
    document.body.classList.toggle('with-beside', this.#beside !== null);
  }

  #news(rows: readonly JobRow[]): void {
    for (const row of rows) this.#jobs.set(row.job, row);
    this.#list.update(rows);
    const route = readRoute(location.hash);
    if (
      route.page === 'overview' ||
      route.page === 'datasets' ||
      (route.page === 'job' && rows.some(({ job }) => job === route.job))
    )
      this.#soon();
  }

  #told(runs: ReadonlySet<string>, ended: boolean): void {
    const { page } = readRoute(location.hash);
    const isShown = this.#run !== null && runs.has(this.#run);
    if (isShown || page === 'overview' || (ended && (page === 'dataset' || page === 'datasets'))) this.#soon();
    if (ended) this.#beside?.renew();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.show();
    }, PAUSE_MS);
  }

  async #again(): Promise<void> {
    this.#news((await ask.jobs()).jobs);
    await this.show();
  }
}

/** The same without the task beside it. */
function closed(route: Route): string {
  if (route.page === 'run') return linkToRun(route.run, null);
  return route.page === 'job' ? linkTo({ ...route, task: null }) : location.hash;
}

/** Of a grid the newest is at the right; of a graph what is chosen, or its middle, comes into view. */
function beginning(part: HTMLElement): readonly [number, number] {
  if (part.matches('.grid')) return [part.scrollWidth, 0];
  if (!part.matches('.graph')) return [0, 0];
  const chosen = part.querySelector('.box.chosen')?.getBoundingClientRect();
  const frame = part.getBoundingClientRect();
  if (chosen === undefined) return [0, (part.scrollHeight - part.clientHeight) / 2];
  return [
    chosen.left + chosen.width / 2 - frame.left - frame.width / 2,
    chosen.top + chosen.height / 2 - frame.top - frame.height / 2,
  ];
}

function* scrollers(main: HTMLElement): Generator<readonly [string, readonly [number, number]]> {
  for (const part of main.querySelectorAll<HTMLElement>('[role="region"]'))
    yield [part.getAttribute('aria-label') ?? '', [part.scrollLeft, part.scrollTop]];
}

async function begin(): Promise<void> {
  try {
    const session = await ask.session();
    actingAs(session);
    const { jobs } = await ask.jobs();
    await new Page(session, jobs).show();
  } catch (failure) {
    const isOut = failure instanceof Refused && failure.code === 'not-signed-in';
    document.body.replaceChildren(
      isOut
        ? signInPage(await ask.signIn(), () => void begin())
        : h('main', {}, h('h1', {}, 'pipec'), problem(failure)),
    );
  }
}

void begin();
