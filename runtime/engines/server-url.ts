/** Addresses of servers. What is told of one never holds its password. */
import { runError } from '../errors.ts';

/** `db.example:5432/shop`. @throws PipecError `wrong-url` for what is none of these schemes */
export function placeOf(url: string, schemes: readonly string[], port: string): string {
  const parsed = URL.parse(url);
  // Behind a `#`, `?` or `/` of a password that is not written as `%23` … the address ends, and would show a part of it.
  const isCut = parsed?.username === '' && (/@/.test(parsed.pathname + parsed.hash) || /^\?[^=]*@/.test(parsed.search));
  if (parsed === null || isCut || !schemes.includes(parsed.protocol.slice(0, -1)))
    throw runError('wrong-url', { expected: `${schemes[0]}://user:password@host:${port}/database` });
  const { hostname, pathname } = parsed;
  return `${hostname === '' ? 'localhost' : hostname}:${parsed.port || port}${pathname === '/' ? '' : pathname}`;
}
