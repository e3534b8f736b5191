/** `pipec rollback`: puts back what the last apply replaced. */
import type { TargetChange } from '../../runtime/engine.ts';
import type { ApplyNote } from '../../runtime/engines/published.ts';
import { rollback as rollbackOf, undone } from '../../runtime/rollback.ts';
import { harmless, padEnd, textWidth } from '../diagnostics/text-width.ts';
import { planProgram, planSelection } from '../plan/plan.ts';
import { closest } from '../semantics/suggest.ts';
import { lookUpApplies, openApply } from './applies.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION, usageError } from './command.ts';
import { planTarget } from './data.ts';
import { placeFlags } from './environment.ts';
import { isForPeople, LOG_OPTION } from './log.ts';
import { performJobs } from './perform.ts';
import { findDataset } from './project.ts';
import { placeOf } from './record.ts';
import { VERSION } from './version.ts';

interface Options {
  readonly target?: string;
  readonly to?: string;
  readonly json?: boolean;
}

export const rollback: CommandModule<Options> = {
  arguments: [
    { name: '[dataset...]', help: 'only these; all that it replaced where nothing is named', completes: 'dataset' },
  ],
  options: [
    { flags: '-t, --target <target>', help: "where (default: the project's target)" },
    { flags: '--to <apply>', help: 'as it was after that one, which `pipec applies` lists' },
    LOG_OPTION,
    JSON_OPTION,
  ],
  details: `Moves views back to tables that are kept, and builds nothing: each dataset goes back at one moment. What an apply added goes, and what it removed comes back.
How many versions are kept of each dataset says \`keep\` of the target (2 where it says nothing).
A run does not put back what was rolled back: it fails there until \`pipec apply\` puts the program in place, or the program of before runs again.
Exit codes: 0 done, or nothing to do, 3 it failed; then the same command goes on.`,
  examples: [
    { text: 'pipec rollback --target prod', does: 'as it was before the last apply' },
    { text: 'pipec rollback daily_revenue', does: 'one dataset' },
    { text: 'pipec rollback --to 20260301-040000-abc123', does: 'as it was after that apply' },
  ],
  run: async (io, words, options) => {
    const place = placeOf(io, options.target);
    const { program, target, root } = place;
    const records = (await lookUpApplies(io, place)).filter(({ environment }) => environment === null);
    const { allVersions } = await import('../../runtime/status.ts');
    const all = await allVersions({ folder: root, target: planTarget(program, target), env: io.environment });
    const versions = new Map([...all].filter(([, one]) => one.environment === null));
    const known = [...versions.values()].flatMap((one) => (one.dataset === null ? [] : [{ name: one.dataset }]));
    const names = words.length === 0 ? null : new Set(words.map((word) => findDataset(known, word).name));
    if (options.to !== undefined && !records.some(({ id }) => id === options.to)) {
      const meant = closest(
        options.to,
        records.map(({ id }) => id),
      );
      throw usageError(
        `nothing was applied to \`${target}\` as \`${options.to}\`${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
        'all of them: pipec applies',
      );
    }
    const undoes = undone(records, options.to ?? null);
    if ('why' in undoes) throw new CommandError('nothing-to-roll-back', EXIT.usage, undoes.why, [...undoes.hints]);
    const { moves, lost } = rollbackOf(undoes.records, versions, names);
    if (lost.length > 0)
      throw new CommandError(
        'not-kept',
        EXIT.run,
        `what stood before is not kept any more of ${lost.map((name) => `\`${name}\``).join(', ')}: nothing was done`,
        ['`keep` of the target says how many versions are kept', 'name the datasets that are to go back'],
      );
    const told = moves.map(({ dataset, what }) => ({ dataset, what }));
    if (isForPeople(io)) {
      const width = Math.max(0, ...told.map(({ dataset }) => textWidth(dataset)));
      io.out.line(`${io.out.style.paint.bold(target)}: as it was ${before(undoes.records, options.to)}`);
      if (told.length > 0) io.out.line();
      for (const { dataset, what } of told) io.out.line(`  ${padEnd(dataset, width)}   ${harmless(what)}`);
      io.out.line();
      if (told.length === 0) io.out.line('There is nothing to put back.');
    }
    // One that was killed after all was put back: that it has ended is noted.
    if (moves.length === 0 && openApply(records, null)?.kind !== 'rollback') return EXIT.done;
    const plan = planProgram({ ...program, jobs: [] }, target, VERSION);
    const note: ApplyNote = {
      kind: 'rollback',
      environment: null,
      program: plan.fingerprint,
      plan: null,
      changes: moves.map(({ dataset, change }) => ({
        dataset,
        change: change.kind === 'remove' ? 'removed' : change.move.over === null ? 'added' : 'changed',
      })),
      undoes: undoes.records.map(({ id }) => id),
    };
    const changes: readonly TargetChange[] = moves.map(({ change }) => change);
    const to = options.to === undefined ? '' : ` --to ${options.to}`;
    const where = placeFlags(program, target);
    const { exit } = await performJobs(io, {
      root,
      plan,
      jobs: [{ name: null, plan: planSelection(program, target, []) }],
      json: options.json === true,
      full: false,
      changes,
      apply: note,
      action: 'rollback',
      place: where,
      again: `pipec rollback${where}${to}`,
    });
    return exit;
  },
};

const before = (undone: readonly { readonly id: string }[], to: string | undefined): string =>
  to === undefined ? `before ${undone[0]?.id ?? ''}` : `after ${to}`;
