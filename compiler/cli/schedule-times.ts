/** When the jobs of a plan come, in words: each with its next time, or with the next few and what becomes of them. */
import type { JobPlan, Plan } from '../../runtime/plan.ts';
import type { Timed } from '../../runtime/schedule/times.ts';
import { plural } from '../diagnostics/render.ts';
import { padEnd, textWidth } from '../diagnostics/text-width.ts';
import type { Io } from './io.ts';
import type { PreviewLine } from './machine.ts';

type Schedule = NonNullable<JobPlan['schedule']>;
interface Scheduled {
  readonly name: string;
  readonly schedule: Schedule;
}

const scheduled = ({ jobs }: Plan): readonly Scheduled[] =>
  jobs.flatMap(({ name, schedule }) => (schedule === null ? [] : [{ name, schedule }]));

export async function tellSchedules(io: Io, plan: Plan, places: number, paused: ReadonlySet<string>): Promise<void> {
  const { scheduleText } = await import('../../runtime/schedule/times.ts');
  const { paint, glyphs } = io.out.style;
  const jobs = scheduled(plan);
  const head = [
    paint.bold(plan.project),
    `${plan.target.name} (${plan.target.engine.kind})`,
    plural(jobs.length, 'job'),
    `${plural(places, 'run')} at a time`,
  ];
  io.out.line(head.join(` ${glyphs.dot} `));
  io.out.line();
  const now = Date.now();
  const name = Math.max(...jobs.map((job) => textWidth(job.name)));
  const when = Math.max(...jobs.map((job) => scheduleText(job.schedule).length));
  for (const job of jobs) {
    const coming = paused.has(job.name) ? paint.yellow('paused') : await nextText(job, plan, now);
    io.out.line(
      `  ${padEnd(job.name, name)}   ${paint.dim(padEnd(scheduleText(job.schedule), when))}   ${coming}`.trimEnd(),
    );
  }
  io.out.line();
}

async function nextText({ name, schedule }: Scheduled, plan: Plan, now: number): Promise<string> {
  if ('arrival' in schedule) return '';
  const zone = zoneOf(schedule);
  for (const { at, begins, blackout } of await comingOf({ name, schedule }, plan, now, MOST)) {
    if (begins === null) continue;
    return `next ${momentText(begins, zone)}${blackout === null ? '' : `, after ${blackout}, due ${clockText(at, zone)}`}`;
  }
  return 'never comes';
}

/** Where so many in a row are left out, nobody waits for the next. */
const MOST = 1000;

interface Coming {
  readonly at: number;
  /** Null where it is left out. */
  readonly begins: number | null;
  /** The blackout that it is due in. */
  readonly blackout: string | null;
}

async function comingOf(
  { name, schedule }: { readonly name: string; readonly schedule: Timed },
  plan: Plan,
  now: number,
  count: number,
): Promise<readonly Coming[]> {
  const { timesOf } = await import('../../runtime/schedule/times.ts');
  const { blackoutsOf, clearAfter, covers } = await import('../../runtime/schedule/blackout.ts');
  const blackouts = blackoutsOf(name, plan.blackouts);
  const times = timesOf(schedule);
  const found: Coming[] = [];
  for (let at = times.after(now); at !== null && found.length < count; at = times.after(at)) {
    const due: number = at;
    const within = blackouts.filter((one) => covers(one, due));
    const by = within.find((one) => one.due === 'skip') ?? within[0];
    const begins = by?.due === 'skip' ? null : clearAfter(blackouts, due);
    found.push({ at: due, begins, blackout: by?.name ?? null });
  }
  return found;
}

/** The next times of each job that goes by the clock, and what becomes of those that lie in a blackout. */
export async function tellPreview(io: Io, plan: Plan, count: number, isJson: boolean): Promise<void> {
  const { scheduleText } = await import('../../runtime/schedule/times.ts');
  const { paint } = io.out.style;
  const now = Date.now();
  for (const { name, schedule } of scheduled(plan)) {
    if ('arrival' in schedule) {
      if (!isJson) io.out.line(`${name}   ${paint.dim(scheduleText(schedule))}`);
      continue;
    }
    const coming = await comingOf({ name, schedule }, plan, now, count);
    if (isJson) {
      for (const { at, begins, blackout } of coming)
        io.out.json({
          job: name,
          dueAt: iso(at),
          beginsAt: begins === null ? null : iso(begins),
          blackout,
        } satisfies PreviewLine);
      continue;
    }
    const zone = zoneOf(schedule);
    io.out.line(`${name}   ${paint.dim(scheduleText(schedule))}`);
    for (const one of coming) io.out.line(`  ${momentText(one.at, zone)}${whatBecomes(one, zone)}`);
    if (coming.length === 0) io.out.line('  never comes');
  }
}

function whatBecomes({ begins, blackout }: Coming, zone: string): string {
  if (blackout === null) return '';
  return begins === null ? `   left out: ${blackout}` : `   begins ${momentText(begins, zone)}, after ${blackout}`;
}

const zoneOf = (schedule: Timed): string => ('everyMs' in schedule ? 'UTC' : schedule.timezone);

/** `2026-03-29 04:15 Europe/Berlin`. */
function momentText(instant: number, timezone: string): string {
  const shown = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: instant % 60_000 === 0 ? 'short' : 'medium',
  });
  return `${shown.format(instant)} ${timezone}`;
}

const clockText = (instant: number, timezone: string): string => momentText(instant, timezone).slice(11, 16);
const iso = (instant: number): string => new Date(instant).toISOString();
