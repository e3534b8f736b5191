/** Draws a run as its events come: what is done, what is at work, what went wrong with the rows that did it. */
import { connect, count, duration, h, rowTable } from '../page.ts';
import type { FromPage, ToPage } from './messages.ts';
import { after, type FailedCheck, nothing, type Run, type Task } from './model.ts';

const root = document.querySelector('#root') ?? document.body;
/** Read out by screen readers when it changes; the page itself changes too often for that. */
const spoken = h('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
const body = h('div');
root.append(spoken, body);

let run: Run = nothing;
let drawing = false;

const send = connect<ToPage, FromPage>((message) => {
  const before = run;
  run = after(run, message);
  announce(before, run);
  if (drawing) return;
  // Many events may come within one frame.
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw();
  });
});

// A run is longer than its events: the clock goes on.
setInterval(() => {
  if (isLive(run)) draw();
}, 500);

function draw(): void {
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['key'] : undefined;
  const scrolled = new Map(
    [...body.querySelectorAll<HTMLElement>('details[data-key]')].map((one) => [
      one.dataset['key'],
      one.hasAttribute('open'),
    ]),
  );
  body.replaceChildren(head(run), ...notes(run), list(run), ...foot(run));
  for (const one of body.querySelectorAll<HTMLElement>('details[data-key]'))
    if (scrolled.get(one.dataset['key']) === true) one.setAttribute('open', '');
  if (focused !== undefined) body.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

const isLive = ({ state }: Run) => state === 'starting' || state === 'running';
const isOver = ({ state }: Task) => state !== 'running' && state !== 'retrying';

function head(shown: Run): HTMLElement {
  const over = [...shown.all.values()].filter(isOver).length;
  const share = isLive(shown) ? (shown.tasks === 0 ? 0 : over / shown.tasks) : 1;
  const percent = Math.round(share * 100);
  return h(
    'header',
    {},
    h(
      'div',
      { class: 'title' },
      h('h1', {}, shown.title),
      ...(isLive(shown)
        ? [button('Cancel', 'cancel', { is: 'cancel' })]
        : [
            button('Run again', 'again', { is: 'again', full: false }, 'main'),
            button('Run in full', 'full', { is: 'again', full: true }, '', 'Build everything, also what is unchanged'),
          ]),
    ),
    h(
      'div',
      { class: 'meta' },
      h('span', { class: stateClass(shown.state) }, stateWords(shown.state)),
      shown.target === null ? null : h('span', {}, shown.target),
      h('span', {}, `${over} of ${Math.max(shown.tasks, over)} tasks`),
      h('span', {}, duration((shown.ended ?? Date.now()) - shown.began)),
    ),
    h(
      'div',
      {
        class: `whole ${shown.state}`,
        role: 'progressbar',
        'aria-label': 'Progress of the run',
        'aria-valuemin': 0,
        'aria-valuemax': 100,
        'aria-valuenow': percent,
      },
      sized(percent),
    ),
  );
}

/** Widths are set on the element itself: the page's policy allows no style in markup. */
function sized(percent: number): HTMLElement {
  const bar = h('div');
  bar.style.width = `${percent}%`;
  return bar;
}

function button(text: string, key: string, message: FromPage, kind = '', title: string | null = null): HTMLElement {
  return h('button', { type: 'button', class: kind, title, 'data-key': key, onclick: () => send(message) }, text);
}

function notes(shown: Run): HTMLElement[] {
  return shown.notes.map((note) => h('div', { class: `box ${shown.state === 'failed' ? '' : 'note'}` }, note));
}

function list(shown: Run): HTMLElement {
  return h('ul', { class: 'tasks', 'aria-label': 'Tasks' }, ...[...shown.all.values()].map(row));
}

function row(task: Task): HTMLElement {
  const { name, state } = task;
  return h(
    'li',
    { class: `task ${state === 'retrying' ? 'running' : state}` },
    h(
      'div',
      { class: 'line' },
      h('span', { class: `sign ${signClass(task)}`, role: 'img', 'aria-label': taskWords(task) }, sign(task)),
      h(
        'button',
        {
          type: 'button',
          class: 'link name',
          title: 'Go to where it is declared',
          'data-key': `task ${name}`,
          onclick: () => send({ is: 'openTask', task: name }),
        },
        name,
      ),
      h('span', { class: 'figure' }, task.rows === null ? '' : `${count(task.rows)} row${task.rows === 1 ? '' : 's'}`),
      h(
        'span',
        { class: 'figure quiet' },
        task.state === 'unchanged' ? 'unchanged' : task.ms === null ? '' : duration(task.ms),
      ),
    ),
    h('div', { class: 'more' }, ...more(task)),
  );
}

function more(task: Task): HTMLElement[] {
  const parts: HTMLElement[] = [];
  const { load, share, error, because, intervals, passed } = task;
  if (task.state === 'running' && share !== null)
    parts.push(
      h(
        'div',
        { class: 'bar', role: 'progressbar', 'aria-label': task.name, 'aria-valuenow': Math.round(share * 100) },
        sized(Math.round(share * 100)),
      ),
    );
  const told = [
    ...(load === null || load.quarantined === 0
      ? []
      : [`${count(load.accepted)} accepted, ${count(load.quarantined)} quarantined`]),
    ...(intervals === null ? [] : [intervals]),
    ...(passed === 0 ? [] : [`${passed} check${passed === 1 ? '' : 's'} passed`]),
    ...(because === null || because === '' || task.state === 'unchanged' ? [] : [because]),
  ];
  if (told.length > 0) parts.push(h('div', { class: 'quiet' }, told.join(' · ')));
  for (const { reason, rows } of load?.reasons ?? [])
    parts.push(h('div', { class: 'quiet' }, `${count(rows)} × ${reason}`));
  // A failed check tells itself, with its rows.
  if (error !== null && !task.checks.some(({ severity }) => severity === 'error')) parts.push(failure(task, error));
  parts.push(...task.checks.map((check, index) => failedCheck(task.name, check, index)));
  return parts;
}

function failure({ name, state }: Task, error: NonNullable<Task['error']>): HTMLElement {
  return h(
    'div',
    { class: `box ${state === 'retrying' ? 'warned' : ''}` },
    h('p', {}, state === 'retrying' ? `${error.message} It is tried again.` : error.message),
    error.hint === null ? null : h('p', { class: 'quiet' }, error.hint),
    error.engine === null ? null : h('pre', {}, error.engine),
    error.statement === null
      ? null
      : h('details', { 'data-key': `statement ${name}` }, h('summary', {}, 'Statement'), h('pre', {}, error.statement)),
    error.sample.length === 0 ? null : rowTable(`Rows that made ${name} fail`, error.sample),
  );
}

function failedCheck(task: string, check: FailedCheck, index: number): HTMLElement {
  const failing =
    check.failing === null
      ? ''
      : ` on ${count(check.failing)}${check.rows === null ? '' : ` of ${count(check.rows)}`} rows`;
  return h(
    'div',
    { class: `box ${check.severity === 'warn' ? 'warned' : ''}` },
    h(
      'p',
      {},
      h(
        'span',
        { class: check.severity === 'warn' ? 'warn' : 'bad' },
        check.severity === 'warn' ? 'Warned: ' : 'Failed: ',
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          'data-key': `check ${task} ${index}`,
          onclick: () => send({ is: 'openPlace', file: check.file, line: check.line }),
        },
        h('code', {}, check.text),
      ),
      h('span', { class: 'quiet' }, failing),
    ),
    check.sample.length === 0 ? null : rowTable(`Rows for which ${check.text} does not hold`, check.sample),
  );
}

function foot(shown: Run): HTMLElement[] {
  const { totals } = shown;
  const said =
    totals === null
      ? null
      : [
          `${totals.done} done`,
          `${totals.failed} failed`,
          ...(totals.unchanged > 0 ? [`${totals.unchanged} unchanged`] : []),
          `${totals.checksPassed} check${totals.checksPassed === 1 ? '' : 's'} passed`,
          ...(totals.checksWarned > 0 ? [`${totals.checksWarned} warned`] : []),
        ].join(' · ');
  return [
    h(
      'footer',
      {},
      said === null ? null : h('p', {}, said),
      h(
        'p',
        { class: 'quiet' },
        h('code', {}, shown.command),
        ' · ',
        button('Open log', 'output', { is: 'output' }, 'link'),
      ),
    ),
  ];
}

// ---------------------------------------------------------------------------------------------- words

function announce(before: Run, now: Run): void {
  if (now.state !== before.state || now.title !== before.title) {
    spoken.textContent = `${now.title}: ${stateWords(now.state)}`;
    return;
  }
  for (const task of now.all.values())
    if (task.state === 'failed' && before.all.get(task.name)?.state !== 'failed')
      spoken.textContent = `${task.name} failed: ${task.error?.message ?? ''}`;
}

function stateWords(state: Run['state']): string {
  switch (state) {
    case 'starting':
      return 'Starting';
    case 'running':
      return 'Running';
    case 'succeeded':
      return 'Succeeded';
    case 'failed':
      return 'Failed';
    case 'cancelled':
      return 'Cancelled';
  }
}

function stateClass(state: Run['state']): string {
  return state === 'succeeded' ? 'good' : state === 'failed' ? 'bad' : state === 'cancelled' ? 'warn' : '';
}

function taskWords({ state }: Task): string {
  switch (state) {
    case 'running':
      return 'running';
    case 'retrying':
      return 'waiting to be tried again';
    case 'done':
      return 'done';
    case 'unchanged':
      return 'unchanged';
    case 'failed':
      return 'failed';
    case 'skipped':
      return 'skipped';
  }
}

function sign({ state, checks }: Task): string {
  switch (state) {
    case 'running':
    case 'retrying':
      return '';
    case 'done':
      return checks.length > 0 ? '!' : '✓';
    case 'unchanged':
      return '=';
    case 'failed':
      return '✕';
    case 'skipped':
      return '○';
  }
}

function signClass({ state, checks }: Task): string {
  if (state === 'failed') return 'bad';
  if (state === 'done') return checks.length > 0 ? 'warn' : 'good';
  return 'quiet';
}
