/** A PostgreSQL server of the tests' own, on a free port of this machine, in a folder that goes with it. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The folder of `initdb` and `postgres`; null where they are not installed. Debian keeps them out of PATH. */
export function postgresPrograms(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
}

export interface PostgresServer {
  readonly port: number;
  readonly password: string;
  /** Of the owner of everything. */
  readonly url: string;
  /** Runs statements as the owner. */
  readonly sql: (text: string) => string;
  /** The same in the database of an address. */
  readonly sqlIn: (url: string, text: string) => string;
  /** Of the process that the others belong to. */
  readonly pid: () => number | undefined;
  readonly start: () => Promise<void>;
  /** As a crash: nothing is written to the end. */
  readonly kill: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The server refuses to run as root, so it then runs as the user that its package made. */
function owner(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'pipec-postgres-'));
  const user = owner();
  const [data, pass] = [join(folder, 'data'), join(folder, 'password')];
  const password = 'correct-horse';
  writeFileSync(pass, password);
  mkdirSync(data);
  for (const path of [folder, data, pass]) if (user.uid !== undefined) chownSync(path, user.uid, user.gid ?? 0);
  const made = spawnSync(
    join(programs, 'initdb'),
    // It orders texts as people do, which is not how the program does.
    [
      '-D',
      data,
      '-U',
      'owner',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '--locale-provider=icu',
      '--icu-locale=en-US',
      '--auth=scram-sha-256',
      `--pwfile=${pass}`,
      '--no-sync',
    ],
    { ...user, encoding: 'utf8', cwd: folder },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  const port = await freePort();
  let server: ReturnType<typeof spawn> | null = null;
  let said = '';
  const url = `postgres://owner:${password}@127.0.0.1:${port}/postgres`;
  const sqlIn = (place: string, text: string): string => {
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', place, '-c', text];
    const { status, stdout, stderr } = spawnSync(join(programs, 'psql'), args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const sql = (text: string): string => sqlIn(url, text);
  const stop = async (signal: 'SIGINT' | 'SIGQUIT'): Promise<void> => {
    const running = server;
    server = null;
    if (running === null || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await ended;
  };
  const start = async (): Promise<void> => {
    const options = [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'fsync=off',
      '-c',
      'max_connections=40',
      '-c',
      'log_statement=none',
    ];
    server = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), '-k', folder, ...options], {
      ...user,
      cwd: folder,
    });
    server.stderr?.on('data', (chunk) => (said += String(chunk)));
    for (let tries = 0; tries < 200; tries += 1) {
      if (spawnSync(join(programs, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]).status === 0) return;
      if (server.exitCode !== null) break;
      await sleep(50);
    }
    throw new Error(`the server does not start: ${said}`);
  };
  await start();
  return {
    port,
    password,
    url,
    sql,
    sqlIn,
    pid: () => server?.pid,
    start,
    kill: () => stop('SIGQUIT'),
    async close() {
      await stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
