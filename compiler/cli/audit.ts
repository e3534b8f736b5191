/** `pipec audit`: who did what, and whether the record of it is as it was written. */
import type { AuditEntry, Verdict } from '../../runtime/state/audit.ts';
import { plural } from '../diagnostics/render.ts';
import type { Style } from '../diagnostics/style.ts';
import { clip, harmless, padEnd, textWidth } from '../diagnostics/text-width.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION, usageError, wholeNumber } from './command.ts';
import type { AuditLine, AuditVerdict } from './machine.ts';
import { placeOf, TARGET_OPTION, withState } from './record.ts';

interface Options {
  readonly target?: string;
  readonly last?: number;
  readonly verify?: boolean;
  readonly has?: string;
  readonly json?: boolean;
}

const LAST = 20;

export const audit: CommandModule<Options> = {
  arguments: [],
  options: [
    TARGET_OPTION,
    { flags: '--last <n>', help: `so many (default: ${LAST})`, parse: wholeNumber('--last', 1) },
    { flags: '--verify', help: 'read all of it: has an entry been changed or taken out?' },
    { flags: '--has <hash>', help: 'with --verify: and is the entry with this hash there?' },
    JSON_OPTION,
  ],
  details: `Newest first: runs, retries, backfills, replays of a quarantine and what was applied; what was cancelled, paused and resumed; by a command, the page or the scheduler. Each entry holds the hash of the one before it, so that none can be changed or taken out without a trace.
Whoever may write the database could write all of it anew. Keep the last hash elsewhere now and then: \`--verify --has\` shows that all up to it still stands.`,
  examples: [
    { text: 'pipec audit', does: `the last ${LAST}` },
    { text: 'pipec audit --verify', does: 'whether all of it is as it was written, and its last hash' },
    { text: 'pipec audit --last 1000 --json', does: 'for programs: an entry a line' },
  ],
  run: async (io, _words, options) => {
    if (options.has !== undefined && options.verify !== true)
      throw usageError('`--has` goes with `--verify`', 'pipec audit --verify --has <hash>');
    const place = placeOf(io, options.target);
    return await withState(io, place, async (state) => {
      if (options.verify === true) {
        const verdict: Verdict = state === null ? { whole: true, entries: 0, last: null } : await state.audit.verify();
        if (!verdict.whole) throw broken(verdict);
        if (options.has !== undefined && (state === null || !(await state.audit.has(options.has))))
          throw new CommandError('audit-broken', EXIT.run, `no entry has the hash ${harmless(options.has)}`, [
            'what it was part of has been written anew, or is that of another state',
          ]);
        const { entries, last } = verdict;
        if (options.json === true) io.out.json({ entries, last } satisfies AuditVerdict);
        else if (last === null) io.out.line('There is no entry yet.');
        else io.out.line(`${plural(entries, 'entry', 'entries')}, as they were written. The last: ${last}`);
        return EXIT.done;
      }
      const entries = state === null ? [] : await state.audit.latest(options.last ?? LAST);
      if (options.json === true) for (const entry of entries) io.out.json(entry satisfies AuditLine);
      else if (entries.length === 0) io.out.line('There is no entry yet.');
      else for (const line of tableOf(entries, io.out.unwrapped)) io.out.line(line);
      return EXIT.done;
    });
  },
};

function broken({ from, to, how }: Extract<Verdict, { whole: false }>): CommandError {
  const which = from === to ? `entry ${from}` : `entries ${from} to ${to}`;
  const what =
    how === 'missing' ? `${which} ${from === to ? 'has' : 'have'} been taken out` : `${which} is not what was written`;
  return new CommandError('audit-broken', EXIT.run, `the audit is broken: ${what}`, [
    'who may write the database where the state is kept?',
  ]);
}

function tableOf(entries: readonly AuditEntry[], style: Style): readonly string[] {
  const rows = entries.map((one) => [
    one.at.slice(0, 19).replace('T', ' '),
    harmless(one.by === 'command' ? one.who : `${one.who} (${one.by})`),
    one.action,
    one.target,
    harmless([one.subject, one.run].filter((part) => part !== null).join('   ')),
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => textWidth(row[column] ?? ''))));
  return rows.map((row) =>
    clip(
      row
        .map((cell, column) => padEnd(cell, widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
      style.width,
      style.glyphs.ellipsis,
    ),
  );
}
