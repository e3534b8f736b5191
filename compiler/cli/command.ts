/** What a command is: one file each, listed in commands.ts. */
import type { Io } from './io.ts';

/** Exit codes that CI can use; documented in docs/cli.md. */
export const EXIT = { done: 0, program: 1, usage: 2, run: 3, check: 4, internal: 70, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface OptionRow {
  /** As commander reads them: `-o, --out <dir>`. */
  readonly flags: string;
  readonly help: string;
  /** Checks and converts a value; throws `CommandError` by `usageError`. */
  readonly parse?: (text: string) => unknown;
}

/** `Options` is what the rows of `options` give, by their camel-cased long names. */
export interface CommandModule<Options> {
  /** In usage lines: `[files...]`. */
  readonly arguments: readonly {
    readonly name: string;
    readonly help: string;
    readonly completes?: 'dataset' | 'code' | 'file';
  }[];
  readonly options: readonly OptionRow[];
  /** Told after the options: what the command does beyond its summary. */
  readonly details?: string;
  readonly examples: readonly { readonly text: string; readonly does: string }[];
  readonly run: (io: Io, args: readonly string[], options: Options) => Promise<ExitCode> | ExitCode;
}

/** A command before it is loaded: what `pipec --help` says of it. */
export interface CommandRow {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule<never>>;
}

export const JSON_OPTION: OptionRow = { flags: '--json', help: 'output for programs, one JSON object a line' };

/** A number of at least `least`, for `parse` of an option. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text.replaceAll('_', ''));
    if (!Number.isSafeInteger(value) || value < least)
      throw usageError(`\`${option}\` takes a whole number from ${least}, not \`${text}\``);
    return value;
  };
}

/** Numbers by name, `erp=1,api=2`, for `parse` of an option. */
export function namedNumbers(option: string, least: number): (text: string) => Readonly<Record<string, number>> {
  const number = wholeNumber(option, least);
  return (text) =>
    Object.fromEntries(
      text.split(',').map((part) => {
        const [, name, value] = /^\s*([^=]+?)\s*=\s*(\d+)\s*$/.exec(part) ?? [];
        if (name === undefined || value === undefined)
          throw usageError(`\`${option}\` takes names with numbers, \`erp=1,api=2\`, not \`${text}\``);
        return [name, number(value)];
      }),
    );
}

/** A day or a moment, `2024-03-01` or `2024-03-01 06:00`, for `parse` of an option. Those of one form are ordered as texts. */
export function moment(option: string): (text: string) => string {
  return (text) => {
    const [, day, time] = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}))?$/.exec(text) ?? [];
    const real = day !== undefined && new Date(`${day}T${time ?? '00:00'}Z`);
    if (real === false || Number.isNaN(real.getTime()) || real.toISOString().slice(0, 10) !== day)
      throw usageError(`\`${option}\` takes a day, \`2024-03-01\`, or a moment, \`2024-03-01 06:00\`, not \`${text}\``);
    return time === undefined ? day : `${day} ${time}`;
  };
}

/** An end of a command that is no fault of pipec's: shown as it is, without a stack. */
export class CommandError extends Error {
  readonly code: string;
  readonly exit: ExitCode;
  readonly hints: readonly string[];

  constructor(code: string, exit: ExitCode, message: string, hints: readonly string[] = []) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
    this.exit = exit;
    this.hints = hints;
  }
}

/** The command line is wrong: exit 2. */
export function usageError(message: string, ...hints: readonly string[]): CommandError {
  return new CommandError('command-line', EXIT.usage, message, hints);
}

/** Ends a command whose reason is on the screen already. */
export class AlreadyTold extends Error {
  readonly exit: ExitCode;
  constructor(exit: ExitCode) {
    super('already told');
    this.exit = exit;
  }
}
