/** The log of commands that run something, in place of what they tell people. */
import type { Log } from '../../runtime/observe/log/open.ts';
import { LogSettingError, type LogSettings, logFormat, logLevel } from '../../runtime/observe/log/settings.ts';
import { type CommandModule, type OptionRow, usageError } from './command.ts';
import type { Environment, Io } from './io.ts';

export const LOG_OPTION: OptionRow = {
  flags: '--log-format <format>',
  help: 'tell it as a log, `json` (an object a line) or `text`; PIPEC_LOG_LEVEL says from which level on',
};

/** Null where none is asked for. Raises `CommandError` command-line. */
export function logAsked(
  { options }: Pick<CommandModule<never>, 'options'>,
  given: { readonly json?: boolean; readonly logFormat?: string },
  environment: Environment,
): LogSettings | null {
  if (!options.includes(LOG_OPTION)) return null;
  if (given.json === true && given.logFormat !== undefined)
    throw usageError('`--json` and `--log-format` are two ways to tell the same: one of them');
  if (given.json === true) return null;
  try {
    const format = logFormat(environment, given.logFormat);
    const level = logLevel(environment);
    return format === null ? null : { format, level };
  } catch (failure) {
    if (failure instanceof LogSettingError) throw usageError(failure.message);
    throw failure;
  }
}

/** Of a command that tells something in one of its forms, and runs something in another. Raises `CommandError` command-line. */
export function refuseLog({ logFormat }: { readonly logFormat?: string }, command: string): void {
  if (logFormat !== undefined) throw usageError(`\`${command}\` runs nothing that a log could tell of`);
}

/** On the standard output. */
export async function logTo({ out, environment }: Io, settings: LogSettings): Promise<Log> {
  const { openLog } = await import('../../runtime/observe/log/open.ts');
  return await openLog(settings, environment, (text) => out.write(text));
}

/** Whether people read what the command says, and no program. */
export const isForPeople = ({ json, log }: Pick<Io, 'json' | 'log'>): boolean => !json && log === null;
