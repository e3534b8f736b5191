/**
 * ClickHouse's engine behind its HTTP interface in a process of its own, as a process has one engine only: for tests that need
 * several servers at a time. As a program it is that process, which tells its address and ends with the one who started it.
 */
import { fork } from 'node:child_process';
import { startClickhouse } from './clickhouse-front.ts';

export interface ApartClickhouse {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export async function startClickhouseApart(): Promise<ApartClickhouse> {
  const child = fork(import.meta.filename, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await Promise.race([
    new Promise<string>((resolve) => child.once('message', (told) => resolve(String(told)))),
    ended.then(() => {
      throw new Error('ClickHouse does not start');
    }),
  ]);
  return {
    url,
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

if (import.meta.main) {
  const server = await startClickhouse();
  process.once('disconnect', () => void server.close().then(() => process.exit(0)));
  process.send?.(server.url);
}
