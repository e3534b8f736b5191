/** `--env`: the views of one person or branch beside those of production, in the same target. */
import { publicRelations } from '../plan/destination.ts';
import type { Program } from '../semantics/model.ts';
import { type OptionRow, usageError } from './command.ts';

/** PostgreSQL cuts names at 63 bytes without an error. */
const LONGEST_SCHEMA = 63;

export interface EnvironmentOption {
  readonly env?: string;
}

export const ENVIRONMENT_OPTION: OptionRow = {
  flags: '--env <environment>',
  help: 'an environment of the target: views of its own beside those of production',
  parse: environmentName,
};

/** Raises `CommandError` command-line for what is no name of an environment. */
export function environmentName(text: string): string {
  if (!isName(text)) {
    const meant = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
    throw usageError(
      `\`${text}\` is no name of an environment${isName(meant) ? `; did you mean \`${meant}\`?` : ''}`,
      'it has at most 30 lower-case letters, digits and single underscores: dev_anna',
    );
  }
  return text;
}

const isName = (text: string): boolean => /^[a-z](_?[a-z0-9]+)*$/.test(text) && text.length <= 30;

/**
 * The program as it is meant for an environment; as it is where none is named.
 * Raises `CommandError` command-line where the environment's schemas would be production's, or too long.
 */
export function inEnvironment(program: Program, environment: string | undefined): Program {
  if (environment === undefined) return program;
  const own = { ...program, environment };
  const production = new Set([...publicRelations(program).values()].map(({ schema }) => schema.toLowerCase()));
  for (const { schema } of publicRelations(own).values()) {
    if (production.has(schema.toLowerCase()))
      throw usageError(`the schema of \`--env ${environment}\` would be ${schema}, which the program has already`);
    if (Buffer.byteLength(schema) > LONGEST_SCHEMA)
      throw usageError(`the schema of \`--env ${environment}\` would be ${schema}: that is too long a name`);
  }
  return own;
}

/** The program in the environment of a run. @param recorded as the record of runs names a target: `prod`, `prod/dev_anna` */
export const asRecorded = (program: Program, target: string, recorded: string): Program =>
  recorded === target ? program : { ...program, environment: recorded.slice(target.length + 1) };

/** What of a command line names a target, an environment and a sample, with a space before; '' for what is usual. */
export function placeFlags({ project, environment, sample }: Program, target: string): string {
  const flags = [
    ...(target === project.target ? [] : ['--target', target]),
    ...(environment === undefined ? [] : ['--env', environment]),
    ...(sample === undefined ? [] : ['--sample', sample.last]),
  ];
  return flags.map((flag) => ` ${flag}`).join('');
}
