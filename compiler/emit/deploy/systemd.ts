/** A service a job, and a timer where it has a schedule. */
import type { JobPlan, Plan } from '../../../runtime/plan.ts';
import { readFields } from '../../semantics/cron.ts';
import { fileName } from '../names.ts';
import { heading, label, oneLine, placeName } from './names.ts';
import { needsOf } from './needs.ts';

export function systemdFiles(plan: Plan): ReadonlyMap<string, string> {
  return new Map(
    plan.jobs.flatMap((job) => {
      const path = `deploy/systemd/${label(plan.project)}-${label(job.name)}`;
      const files: [string, string][] = [[`${path}.service`, service(plan, job)]];
      // What arrives, no timer knows: pipec schedule sees to it.
      if (job.schedule !== null && !('arrival' in job.schedule))
        files.push([`${path}.timer`, timer(plan, job, job.schedule)]);
      return files;
    }),
  );
}

function service(plan: Plan, job: JobPlan): string {
  const home = `/opt/${label(plan.project)}`;
  const { secrets, environment } = needsOf(plan, job);
  const asked = plan.target.secrets.kind === 'env' ? [...secrets, ...environment] : environment;
  const file = `/etc/pipec/${placeName(plan)}.env`;
  const variables =
    asked.length === 0
      ? ''
      : `# A line NAME=value each, readable by root only: ${asked.map(oneLine).join(', ')}\nEnvironmentFile=${file}\n`;
  return `${heading(plan, `The build lies in ${home}/dist, with node_modules of deploy/package.json beside it.`)}[Unit]
Description=${value(description(plan, job))}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User=pipec
# Relative paths of the program start in /var/lib: what a run keeps is there.
StateDirectory=${placeName(plan)}
WorkingDirectory=%S/${placeName(plan)}
${variables}ExecStart=/usr/bin/env node ${home}/dist/jobs/${fileName(job.name)}.mjs run --project %S/${placeName(plan)}
# A job that is asked to stop ends its statements first.
TimeoutStopSec=2min
NoNewPrivileges=yes
PrivateTmp=yes
ProtectHome=yes
ProtectSystem=strict
`;
}

type Timed = Exclude<NonNullable<JobPlan['schedule']>, { arrival: true }>;

function timer(plan: Plan, job: JobPlan, schedule: Timed): string {
  const missed = job.catchup
    ? '# Runs that were missed while the machine was off are made up for by one.\nPersistent=true\n'
    : '';
  const when =
    'cron' in schedule
      ? calendar(schedule.cron, schedule.timezone)
          .map((line) => `OnCalendar=${line}\n`)
          .join('')
      : `OnActiveSec=0\nOnUnitActiveSec=${span(schedule.everyMs)}\n`;
  const told = 'cron' in schedule ? `# cron ${oneLine(schedule.cron)}, ${oneLine(schedule.timezone)}\n` : '';
  return `${heading(plan)}[Unit]
Description=${value(`Schedule of ${description(plan, job)}`)}

[Timer]
${told}${when}AccuracySec=1s
${'cron' in schedule ? missed : ''}
[Install]
WantedBy=timers.target
`;
}

function description(plan: Plan, job: JobPlan): string {
  return `${plan.project} ${job.name} on ${plan.target.name}${job.doc === null ? '' : `: ${job.doc}`}`;
}

/** `%` begins a specifier in the value of a unit. */
function value(words: string): string {
  return oneLine(words).replaceAll('%', '%%');
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/**
 * Calendar events (systemd.time(7)) at which a cron schedule comes. Cron takes a day that fits the day of the month or the day
 * of the week where both are given; one event takes those that fit both, so that it is two.
 */
export function calendar(cron: string, timezone: string): string[] {
  const fields = readFields(cron);
  if (fields === null) throw new Error(`not a schedule: ${cron}`);
  const { minute, hour, day, month, weekday } = fields;
  const part = ({ values }: { readonly values: readonly number[] }, all: number): string =>
    values.length === all ? '*' : values.map((each) => String(each).padStart(2, '0')).join(',');
  const event = (weekdays: string, days: string): string =>
    `${weekdays}*-${part(month, 12)}-${days} ${part(hour, 24)}:${part(minute, 60)}:00 ${timezone}`;
  const weekdays = weekday.values.length === 7 ? '' : `${weekday.values.map((each) => DAYS[each]).join(',')} `;
  const days = part(day, 31);
  if (day.every || weekday.every) return [event(weekday.every ? '' : weekdays, day.every ? '*' : days)];
  return weekdays === '' || days === '*' ? [event('', '*')] : [event(weekdays, '*'), event('', days)];
}

function span(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, size] = units.find(([, length]) => ms % length === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
