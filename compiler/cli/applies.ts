/** `pipec applies`: what was applied to a target, by whom and when. */
import type { ApplyRecord } from '../../runtime/applies.ts';
import { plural } from '../diagnostics/render.ts';
import { harmless, padEnd, textWidth } from '../diagnostics/text-width.ts';
import { type CommandModule, EXIT, JSON_OPTION, wholeNumber } from './command.ts';
import { planTarget } from './data.ts';
import type { Io } from './io.ts';
import { type Place, placeOf } from './record.ts';
import { ago } from './status.ts';

interface Options {
  readonly target?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

const USUALLY = 20;

export const applies: CommandModule<Options> = {
  arguments: [],
  options: [
    { flags: '-t, --target <target>', help: "where (default: the project's target)" },
    {
      flags: '-n, --limit <applies>',
      help: `at most so many, the last (default: ${USUALLY}; 0 is all)`,
      parse: wholeNumber('--limit', 0),
    },
    JSON_OPTION,
  ],
  details:
    'The record is kept in the target itself, with what `pipec apply`, `pipec promote` and `pipec rollback` did to production and to environments.',
  examples: [
    { text: 'pipec applies --target prod', does: 'the last ones, the newest first' },
    { text: 'pipec applies --json', does: 'for programs: one a line' },
  ],
  run: async (io, _words, options) => {
    const place = placeOf(io, options.target);
    const limit = options.limit ?? USUALLY;
    const all = (await lookUpApplies(io, place)).toReversed();
    const shown = limit === 0 ? all : all.slice(0, limit);
    if (options.json === true) for (const one of shown) io.out.json(one satisfies ApplyRecord);
    else if (shown.length === 0) io.out.line(`Nothing was applied to ${place.target} yet.`);
    else for (const line of tableOf(shown)) io.out.line(line);
    return EXIT.done;
  },
};

/** Oldest first. */
export async function lookUpApplies(io: Io, { root, program, target }: Place): Promise<readonly ApplyRecord[]> {
  const { appliesOf } = await import('../../runtime/applies.ts');
  return await appliesOf({ folder: root, target: planTarget(program, target), env: io.environment });
}

/** What an environment was last brought to by an apply; undefined where it never was. */
export const lastApplied = (
  records: readonly ApplyRecord[],
  environment: string | undefined,
): ApplyRecord | undefined =>
  records.findLast((one) => one.environment === environment && one.kind === 'apply' && one.status === 'done');

/**
 * What was done last there, and did not come to its end. Who gives the command again goes on from it, and says that it has ended
 * also where all of it was done: a rollback would else take it for a part of what comes later.
 */
export function openApply(records: readonly ApplyRecord[], environment: string | null): ApplyRecord | null {
  const last = records.findLast((one) => one.environment === environment);
  return last === undefined || last.status === 'done' ? null : last;
}

export const endedText = ({ id, kind }: ApplyRecord): string => `That the ${kind} ${id} has come to its end is noted.`;

function tableOf(records: readonly ApplyRecord[]): readonly string[] {
  const rows = records.map((one) => [
    one.id,
    wordsOf(one),
    one.status,
    ago(one.at, Date.now()),
    plural(one.changes.length, 'dataset'),
    `by ${harmless(one.who)}`,
    `program ${one.program}`,
  ]);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => textWidth(row[column] ?? ''))));
  return rows.map((row) => `  ${row.map((cell, column) => padEnd(cell, widths[column] ?? 0)).join('   ')}`.trimEnd());
}

function wordsOf({ kind, environment, from }: ApplyRecord): string {
  if (from !== undefined) return `${kind} of ${from}`;
  return environment === null ? kind : `${kind} to ${environment}`;
}
