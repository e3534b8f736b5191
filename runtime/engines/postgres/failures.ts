/** PostgreSQL's errors as errors of the table, by their SQLSTATE: its words may be in any language. */
import { PipecError, type RunErrorExtras, runError } from '../../errors.ts';
import { tlsFailure } from '../tls.ts';

interface Thrown {
  readonly message?: string;
  readonly code?: string;
  readonly detail?: string;
}

export function sqlState(thrown: unknown): string {
  const code =
    thrown instanceof PipecError ? (/^\[(\w{5})\]/.exec(thrown.engine ?? '')?.[1] ?? '') : (thrown as Thrown)?.code;
  return code ?? '';
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENOENT',
]);

/**
 * @param statement the SQL that failed, null where there was none
 * @param place of the server, for what cannot be reached
 */
export function postgresFailure(thrown: unknown, statement: string | null, place: string): PipecError {
  if (thrown instanceof PipecError) return thrown;
  const { message = String(thrown), detail } = (thrown ?? {}) as Thrown;
  const code = sqlState(thrown);
  const why = message.split('\n')[0] ?? message;
  const engine = `${/^\w{5}$/.test(code) ? `[${code}] ` : ''}${message}${detail === undefined ? '' : `\n${detail}`}`;
  const extras: RunErrorExtras = statement === null ? { engine } : { engine, statement };
  if (
    NETWORK.has(code) ||
    code.startsWith('08') ||
    /^(Connection terminated|timeout expired|Client has encountered a connection error)/.test(message)
  )
    return runError('server-unreachable', { place, why: message === '' ? code : why }, extras);
  // Inside this process it has no number of its own for it, and speaks English.
  if (/: (No space left on device|File too large|Disk quota exceeded)$/.test(why))
    return runError('disk-full', { why }, extras);
  const tls = tlsFailure(code, message, place, extras);
  if (tls !== null) return tls;
  switch (code) {
    case '28000':
    case '28P01': {
      const hint = 'the server wants TLS: add `?sslmode=verify-full` to the address';
      return runError(
        'login-refused',
        { place, why },
        / no encryption$|, SSL off$/.test(why) ? { ...extras, hint } : extras,
      );
    }
    case '3D000':
      return runError('database-unknown', { place, why }, extras);
    case '42501':
      return runError('not-permitted', { why }, extras);
    case '57014':
      return runError('cancelled', {}, extras);
    case '57P01':
    case '57P02':
    case '57P03':
    case '53300':
    case '58000':
      return runError('server-unreachable', { place, why }, extras);
    case '53100':
    case '53400':
      return runError('disk-full', { why, place }, extras);
    case '53200':
      return runError('out-of-memory', { why }, extras);
    case '40001':
    case '40P01':
    case '55P03':
      return runError('write-conflict', { why }, extras);
    case '22003':
    case '22008':
    case '54000':
      return runError('overflow', { why: why.replace(/^value out of range: /, '') }, extras);
    case '22P02':
    case '22007':
    case '22009':
    case '22021':
      return runError('value-unreadable', { why }, extras);
    case '22012':
      return runError('division-by-zero', {}, extras);
    case '25006':
      return runError('query-refused', { why: 'this one changes something' }, extras);
    case 'XX001':
    case 'XX002':
      return runError('database-damaged', { why }, extras);
    default:
      return statement === null
        ? runError('server-unreachable', { place, why }, extras)
        : runError('statement-failed', { why }, extras);
  }
}
