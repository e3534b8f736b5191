/** What a log looks like, as the command line and the environment say. */
import type { Environment } from '../observer.ts';

export const LOG_FORMATS = ['json', 'text'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** From the least to the most important, as pino has them. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogSettings {
  readonly format: LogFormat;
  readonly level: LogLevel;
}

/** Of `--log-format`, else of `PIPEC_LOG_FORMAT`; null where nobody asks for a log. @throws LogSettingError */
export function logFormat(env: Environment, option: string | undefined): LogFormat | null {
  return option === undefined
    ? oneOf('PIPEC_LOG_FORMAT', env['PIPEC_LOG_FORMAT'], LOG_FORMATS)
    : oneOf('--log-format', option, LOG_FORMATS);
}

/** @throws LogSettingError */
export const logLevel = (env: Environment): LogLevel =>
  oneOf('PIPEC_LOG_LEVEL', env['PIPEC_LOG_LEVEL'], LOG_LEVELS) ?? 'info';

/** What is asked for is none of what there is; its message says so. */
export class LogSettingError extends Error {}

function oneOf<T extends string>(name: string, given: string | undefined, words: readonly T[]): T | null {
  const text = (given ?? '').trim().toLowerCase();
  const found = words.find((word) => word === text);
  if (found === undefined && text !== '')
    throw new LogSettingError(
      `\`${name}\` is one of ${words.map((word) => `\`${word}\``).join(', ')}, not \`${text}\``,
    );
  return found ?? null;
}
