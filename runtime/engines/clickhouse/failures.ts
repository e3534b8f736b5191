/** ClickHouse's errors as errors of the table, by their numbers. */
import { PipecError, type RunErrorExtras, runError } from '../../errors.ts';
import { OUT_OF_RANGE } from '../overflow.ts';
import { tlsFailure } from '../tls.ts';

interface Thrown {
  readonly message?: string;
  readonly code?: string;
  readonly type?: string;
  readonly cause?: unknown;
}

const NETWORK = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH)$/;

/**
 * @param statement the SQL that failed, null while connecting
 * @param place of the server, for what cannot be reached
 */
export function clickhouseFailure(thrown: unknown, statement: string | null, place: string): PipecError {
  if (thrown instanceof PipecError) return thrown;
  const { message = String(thrown), code = '', type } = (thrown ?? {}) as Thrown;
  const text = message.replace(/^Query failed: /, '');
  const told = /Code: (\d+)\. DB::\w*Exception: (.*)/s.exec(text);
  const number = /^\d+$/.test(code) ? code : (told?.[1] ?? '');
  const why = ((told?.[2] ?? text).split('\n')[0] ?? text)
    .replace(/ \([A-Z_]+\)( \(version .*\))?$/, '')
    // Its inner names and the statement once more: they stay in `engine`.
    .replace(/: (while executing|In scope) .*$/, '');
  const named = type === undefined || text.includes(`(${type})`) ? text : `${text} (${type})`;
  const extras: RunErrorExtras = statement === null ? { engine: named } : { engine: named, statement };
  if (NETWORK.test(code) || /^(Timeout error|socket hang up|The user aborted)/i.test(text))
    return runError('server-unreachable', { place, why: text === '' ? code : why }, extras);
  const tls = tlsFailure(code, text, place, extras);
  if (tls !== null) return tls;
  // What answers is no ClickHouse: a web server, or a proxy before one that is away.
  if (statement === null && number === '')
    return runError('server-unreachable', { place, why: 'what answers there is not ClickHouse' }, extras);
  // It asks for room before it writes (243), and may find none later all the same.
  if (number === '243' || /No space left on device|Disk quota exceeded/.test(text))
    return runError('disk-full', { why, place }, extras);
  switch (number) {
    case '192':
    case '193':
    case '194':
    case '516':
      return runError('login-refused', { place, why }, extras);
    case '81':
      return statement === null
        ? runError('database-unknown', { place, why }, extras)
        : runError('statement-failed', { why }, extras);
    case '497':
      return runError('not-permitted', { why }, extras);
    case '164':
      return runError('query-refused', { why: 'this one changes something' }, extras);
    case '394':
      return runError('cancelled', {}, extras);
    case '202':
    case '209':
    case '210':
    case '236':
      return runError('server-unreachable', { place, why }, extras);
    case '241':
      return runError('out-of-memory', { why }, extras);
    case '69':
    case '70':
    case '321':
    case '131':
    case '407':
      return runError('overflow', { why }, extras);
    case '153':
      return /by zero/i.test(why) ? runError('division-by-zero', {}, extras) : runError('overflow', { why }, extras);
    case '395':
      return OUT_OF_RANGE.test(why)
        ? runError('overflow', { why }, extras)
        : runError('statement-failed', { why }, extras);
    case '6':
    case '38':
    case '41':
    case '72':
    case '376':
    case '467':
      return runError('value-unreadable', { why }, extras);
    default:
      return runError('statement-failed', { why }, extras);
  }
}

/** A value that a column of a build does not take: a null, or a float64 that is not finite. */
export function isValueRefused(failure: unknown): boolean {
  return (
    failure instanceof PipecError &&
    /Code: (349|469)\b|\((CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN|VIOLATED_CONSTRAINT)\)/.test(failure.engine ?? '')
  );
}
