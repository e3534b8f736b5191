/**
 * ClickHouse's engine (chDB) behind its HTTP interface, as far as the real client uses it: so client, addresses, settings,
 * errors and answers are the real ones. What only a server has is not: users are checked here, a statement cannot be
 * killed, statements run one at a time, and rows that are sent are read from a file in place of the request.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { optionalPackage } from '../../runtime/engines/optional-package.ts';

interface Session {
  queryAsync(sql: string, options: { readonly format: string }): Promise<{ bytes(): Uint8Array }>;
  close(): void;
}

export interface ClickhouseFront {
  readonly url: string;
  readonly password: string;
  /** Statements that were asked, in order. */
  readonly asked: readonly string[];
  /** Runs statements as nobody's client. */
  readonly sql: (...statements: readonly string[]) => Promise<void>;
  /** Ends every connection, whatever is under way. */
  readonly cut: () => void;
  /** The next statement of this form is done, and its answer lost with the connection. */
  readonly loseAnswer: (form: RegExp) => void;
  readonly close: () => Promise<void>;
}

/** Parameters of a request that are no settings. */
const OWN = new Set([
  'query',
  'query_id',
  'database',
  'session_id',
  'role',
  'wait_end_of_query',
  'readonly',
  'limit',
  'default_format',
]);

export async function startClickhouse(): Promise<ClickhouseFront> {
  const packages = join(import.meta.dirname, '../engines');
  const { Session, drainPending } = (await optionalPackage('chdb', packages)) as {
    readonly Session: new () => Session;
    readonly drainPending: () => Promise<void>;
  };
  const session = new Session();
  const folder = mkdtempSync(join(tmpdir(), 'pipec-clickhouse-'));
  const [user, password] = ['owner', 'correct-horse'];
  const asked: string[] = [];
  const ask = async (sql: string): Promise<Uint8Array> => {
    try {
      return (await session.queryAsync(sql, { format: 'TabSeparated' })).bytes();
    } catch (failure) {
      // What was written before the failure would come with the next answer.
      await session.queryAsync('SELECT 1', { format: 'Null' }).catch(() => undefined);
      throw failure;
    }
  };

  const perform = async (request: IncomingMessage, body: Buffer): Promise<Uint8Array> => {
    const { searchParams: given, pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/ping') return Buffer.from('Ok.\n');
    const login = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    if (request.headers.authorization !== login)
      throw new Error(
        'Code: 516. DB::Exception: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)',
      );
    for (const [name, value] of given) if (!OWN.has(name)) await ask(`SET ${name} = '${value.replaceAll("'", "\\'")}'`);
    const database = given.get('database');
    if (database !== null) await ask(`USE "${database}"`);
    const query = given.get('query');
    const sql = query ?? body.toString('utf8');
    asked.push(sql);
    const insert = query === null ? null : /^INSERT INTO (\S+) (\(.*\)) FORMAT Native$/s.exec(query);
    if (insert !== null) {
      const path = join(folder, 'part.native');
      writeFileSync(path, body);
      const columns = (insert[2] ?? '').slice(1, -1);
      return ask(`INSERT INTO ${insert[1]} (${columns}) SELECT ${columns} FROM file('${path}', 'Native')`);
    }
    const limit = given.get('limit');
    await ask(`SET limit = ${limit ?? 0}`);
    return ask(sql);
  };

  let turn: Promise<unknown> = Promise.resolve();
  let lost: RegExp | null = null;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      // What was given up in the queue is not begun.
      const begin = (): Promise<Uint8Array> =>
        response.destroyed ? Promise.resolve(new Uint8Array()) : perform(request, Buffer.concat(chunks));
      turn = turn.then(begin).then(
        (bytes) => {
          if (lost?.test(asked.at(-1) ?? '') === true) {
            lost = null;
            request.socket.destroy();
          } else response.end(bytes);
        },
        (failure: unknown) => {
          const text = (failure instanceof Error ? failure.message : String(failure)).replace(/^Query failed: /, '');
          const [, code = '1002'] = /Code: (\d+)/.exec(text) ?? [];
          response.writeHead(code === '516' ? 403 : 500, { 'X-ClickHouse-Exception-Code': code });
          response.end(`${text}\n`);
        },
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://${user}:${password}@127.0.0.1:${address.port}`,
    password,
    asked,
    async sql(...statements) {
      for (const statement of statements) {
        turn = turn.then(() => ask(statement));
        await turn;
      }
    },
    cut: () => server.closeAllConnections(),
    loseAnswer(form) {
      lost = form;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await turn;
      session.close();
      await drainPending();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
