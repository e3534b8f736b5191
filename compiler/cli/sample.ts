/** `--sample 3d`: a development run that reads only what came last of the rows. */
import type { SamplePlan } from '../../runtime/plan.ts';
import { publicRelations } from '../plan/destination.ts';
import { samplesOf } from '../plan/sample.ts';
import { durationMs } from '../semantics/config.ts';
import type { Program } from '../semantics/model.ts';
import type { DurationUnit } from '../syntax/ast.ts';
import { CommandError, EXIT, type OptionRow, usageError } from './command.ts';
import { planTarget } from './data.ts';
import { versionsOf } from './environments.ts';
import type { Io } from './io.ts';
import type { Place } from './record.ts';

export interface SampleOption {
  readonly sample?: Program['sample'];
}

export const SAMPLE_OPTION: OptionRow = {
  flags: '--sample <time>',
  help: 'read only what came last of the rows, such as `3d`; with --env beside a production that is whole',
  parse: sampleOf,
};

const LEAST_MS = 3_600_000;

/** Raises `CommandError` command-line for what is no length of time, or too short. */
export function sampleOf(text: string): NonNullable<Program['sample']> {
  const [, count, unit] = /^(\d{1,4})(mo|[hdwy])$/.exec(text) ?? [];
  const ms = durationMs({ count: Number(count), unit: unit as DurationUnit });
  if (unit === undefined || ms < LEAST_MS)
    throw usageError(`\`--sample\` takes hours, days or more, \`12h\`, \`3d\`, \`2w\`, not \`${text}\``);
  return { last: text, ms };
}

/**
 * The program as it is meant for a sample; as it is where none is asked for.
 * Raises `CommandError` sample-of-production where whole tables stand that others read.
 */
export async function inSample(io: Io, place: Place, sample: Program['sample']): Promise<Program> {
  if (sample === undefined) return place.program;
  const program = { ...place.program, sample };
  if (program.environment !== undefined) return program;
  const refused = (why: string): CommandError =>
    new CommandError('sample-of-production', EXIT.usage, why, [
      `build the sample beside it: --env dev_anna --sample ${sample.last}`,
    ]);
  const { engine } = planTarget(program, place.target);
  if (engine.kind !== 'duckdb' && engine.place.kind === 'server')
    throw refused(`\`${place.target}\` is a server, where others read what would be a sample`);
  const versions = await versionsOf(io, place);
  const relations = publicRelations(program);
  for (const name of samplesOf(program).keys()) {
    const { schema = '', name: view = '' } = relations.get(name) ?? {};
    if (versions.get(`${schema}.${view}`)?.sample === null)
      throw refused(`\`${name}\` is whole in \`${place.target}\`, and a sample would take its place`);
  }
  return program;
}

/** What a version has of its rows. */
export const sampleText = ({ last, by }: SamplePlan, quoted: (name: string) => string): string =>
  by === null ? `sample: what it reads is one (${last})` : `sample: its rows of the last ${last}, by ${quoted(by)}`;

/** What a run with `--sample` cuts and what it reads whole; '' where it is none. */
export function sampledText(program: Program, built: readonly string[]): string {
  const { sample } = program;
  if (sample === undefined) return '';
  const samples = samplesOf(program);
  const cut = built.flatMap((name) => {
    const by = samples.get(name)?.by;
    return by == null ? [] : [`${name} (by ${by})`];
  });
  const sources = program.datasets.filter(({ kind, name }) => kind === 'source' && built.includes(name));
  const whole = sources.filter(({ name }) => !samples.has(name)).map(({ name }) => name);
  return [
    cut.length === 0
      ? `There is nothing to sample: no source and no table says when its rows happened.`
      : `Sample of the last ${sample.last}: ${some(cut)}.`,
    ...(whole.length === 0 || cut.length === 0
      ? []
      : [`Read whole, as nothing says when their rows happened: ${some(whole)}.`]),
  ].join(' ');
}

const some = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
