/** The page of what runs: what `pipec ui` and `pipec schedule` serve. */
import { isIP } from 'node:net';
import type { Plan } from '../../runtime/plan.ts';
import type { Launched } from '../../runtime/schedule/scheduler.ts';
import type { Role, RowsAnswer } from '../../runtime/web/api.ts';
import { LEAST_TOKEN } from '../../runtime/web/guard.ts';
import type { OidcPlace } from '../../runtime/web/oidc.ts';
import type { Web } from '../../runtime/web/server.ts';
import { pageAssets } from '../emit/assets.ts';
import { uiPage } from '../emit/ui/page.ts';
import type { Program } from '../semantics/model.ts';
import { CommandError, EXIT, type OptionRow, usageError, wholeNumber } from './command.ts';
import { ask, quarantineOf, stateOf } from './data.ts';
import type { Io } from './io.ts';
import { actionsOf, type PageLog } from './page-actions.ts';
import { findDataset } from './project.ts';
import { legible, shownQuarantine } from './quarantine-rows.ts';
import { plainValue } from './rows.ts';

export interface PageOptions {
  readonly port?: number;
  readonly host?: string;
  readonly url?: string;
}

const PORT = 4700;
const LOOPBACK = '127.0.0.1';

export const PAGE_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--port <n>',
    help: `where the page listens (default: ${PORT}, or one that is free)`,
    parse: wholeNumber('--port', 0),
  },
  {
    flags: '--host <address>',
    help: `for whom: 0.0.0.0 is everybody, with a token (default: ${LOOPBACK}, this machine)`,
  },
  {
    flags: '--url <url>',
    help: 'how people reach it, where that is by another name, such as of a proxy',
    parse: urlOf,
  },
];

export const PAGE_DETAILS = `The page is for this machine alone, unless PIPEC_UI_TOKEN is set: whoever signs in with it may look and act, and with PIPEC_UI_VIEWER_TOKEN only look; or PIPEC_UI_OIDC_ISSUER, for people who sign in at a provider (docs/page.md). \`--host\` needs one of them.`;

export interface PageOf {
  readonly root: string;
  readonly program: Program;
  readonly plan: Plan;
  /** Whether the scheduler beside it leads, where there is one. */
  readonly leads?: () => boolean;
  /** The scheduler's log, where there is one. */
  readonly log?: PageLog;
}

export interface Page {
  readonly url: string;
  /** Ends what was started from it, and the server. */
  readonly close: () => Promise<void>;
}

/** Serves it. Raises `CommandError`: port-in-use, command-line. */
export async function servePage(
  io: Io,
  { root, program, plan, leads, log }: PageOf,
  options: PageOptions,
): Promise<Page> {
  const { openHistory } = await import('../../runtime/web/history.ts');
  const { serveWeb } = await import('../../runtime/web/server.ts');
  const { Metrics } = await import('../../runtime/observe/prometheus.ts');
  const place = { folder: root, target: plan.target, env: io.environment };
  const host = options.host ?? LOOPBACK;
  const { tokens, provider } = signingIn(io, host, options.url);
  const history = await openHistory(
    await stateOf({ root, target: plan.target, environment: io.environment }),
    plan.target.name,
  );
  const started = new Set<Launched>();
  const { script, style } = await pageAssets('ui');
  const url = options.url === undefined ? null : new URL(options.url);
  const jobs = plan.jobs.map(({ name }) => name);
  const metrics = new Metrics({ history, jobs, now: Date.now, leads: () => leads?.() ?? null });
  const serve = async (port: number): Promise<Web> =>
    await serveWeb({
      plan,
      place,
      state: history.state,
      history,
      quarantine: async (dataset) => await rejectedRows(io, { root, program, plan }, dataset),
      texts: { '/metrics': async () => await metrics.text() },
      now: Date.now,
      actions: await actionsOf({
        module: process.argv[1] ?? '',
        root,
        plan,
        history,
        started,
        ...(log === undefined ? {} : { log }),
      }),
      assets: { html: uiPage(), script, style },
      listen: { host, port },
      access: { tokens, secure: url?.protocol === 'https:' },
      provider,
      hosts: url === null ? [] : [url.host],
    });
  try {
    const web = await listening(serve, options.port);
    const name = isIP(host) === 6 ? `[${host}]` : host;
    return {
      url: options.url ?? `http://${name === '0.0.0.0' || name === '[::]' ? LOOPBACK : name}:${web.port}`,
      close: async () => {
        for (const launched of started) launched.cancel();
        await Promise.all([...started].map(async ({ ended }) => await ended));
        await web.close();
        await history.close();
      },
    };
  } catch (failure) {
    await history.close();
    throw failure;
  }
}

/** At the port that is asked for, or at the usual one; where that is taken, at one that is free. */
async function listening(serve: (port: number) => Promise<Web>, wanted: number | undefined): Promise<Web> {
  try {
    return await serve(wanted ?? PORT);
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' && wanted === undefined) return await serve(0);
    if (code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL')
      throw new CommandError('port-in-use', EXIT.run, `the page cannot listen there: ${(failure as Error).message}`, [
        'choose another with `--port`, or none: without it a free one is found',
      ]);
    throw failure;
  }
}

interface SigningIn {
  readonly tokens: Readonly<Record<Role, string | null>>;
  readonly provider: OidcPlace | null;
}

/** From the environment, as secrets come. Raises `CommandError` command-line. */
function signingIn({ environment }: Io, host: string, url: string | undefined): SigningIn {
  const given = (name: string): string | null => environment[`PIPEC_UI_${name}`] || null;
  const tokenIn = (name: string): string | null => {
    const token = given(name);
    if (token !== null && token.length < LEAST_TOKEN)
      throw usageError(
        `\`PIPEC_UI_${name}\` is too short to be a secret: ${LEAST_TOKEN} characters at least`,
        'openssl rand -hex 32',
      );
    return token;
  };
  const tokens = { operator: tokenIn('TOKEN'), viewer: tokenIn('VIEWER_TOKEN') };
  const provider = providerIn(given, url);
  if (tokens.operator === null && tokens.viewer === null && provider === null && !isLoopback(host))
    throw usageError(
      `\`--host ${host}\` lets others reach the page, and nobody would have to sign in`,
      'set PIPEC_UI_TOKEN to a long secret, and PIPEC_UI_VIEWER_TOKEN for those who only look',
      'or let people sign in at an OpenID Connect provider: PIPEC_UI_OIDC_ISSUER',
    );
  return { tokens, provider };
}

function providerIn(given: (name: string) => string | null, url: string | undefined): OidcPlace | null {
  const issuer = given('OIDC_ISSUER');
  if (issuer === null) return null;
  const address = URL.parse(issuer);
  if (
    address === null ||
    !(address.protocol === 'https:' || (address.protocol === 'http:' && isLoopback(address.hostname)))
  )
    throw usageError('`PIPEC_UI_OIDC_ISSUER` is the address of a provider, by https');
  const clientId = given('OIDC_CLIENT_ID');
  if (clientId === null) throw usageError('`PIPEC_UI_OIDC_CLIENT_ID` says who we are to the provider, and is not set');
  if (url === undefined)
    throw usageError('people who sign in at a provider have to come back: say by `--url` how they reach the page');
  const listed = (name: string): readonly string[] =>
    (given(name) ?? '').split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()]));
  const people = { operator: listed('OPERATORS'), viewer: listed('VIEWERS') };
  if (people.operator.length + people.viewer.length === 0)
    throw usageError(
      'nobody may see the page: `PIPEC_UI_OPERATORS` and `PIPEC_UI_VIEWERS` are empty',
      'they list e-mail addresses, groups or subjects, with commas between; `*` is everybody whom the provider lets in',
    );
  return { issuer: address, clientId, clientSecret: given('OIDC_CLIENT_SECRET'), url: new URL(url), people };
}

const isLoopback = (host: string): boolean => [LOOPBACK, 'localhost', '::1', '[::1]'].includes(host);

function urlOf(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '')
    throw usageError(`\`--url\` takes an address such as \`https://pipelines.acme.example\`, not \`${text}\``);
  return url.origin;
}

/** Rows of a source's quarantine that are shown. */
const REJECTED = 50;

async function rejectedRows(io: Io, { root, program, plan }: PageOf, name: string): Promise<RowsAnswer> {
  const { Declined } = await import('../../runtime/web/actions.ts');
  const dataset = findDataset(program.datasets, name);
  const target = plan.target.name;
  try {
    const found = await ask(io, {
      root,
      program,
      target,
      limit: REJECTED,
      sql: `SELECT * FROM ${await quarantineOf(program, target, dataset.name)}`,
      reads: [dataset.name],
    });
    const { columns, batches } = legible(shownQuarantine(found, dataset, null));
    const rows: (string | null)[][] = [];
    for await (const batch of batches) rows.push(...batch.map((row) => row.map(plainValue)));
    return { columns: columns.map((column) => column.name), rows };
  } catch (failure) {
    if (failure instanceof CommandError) throw new Declined(failure.message);
    throw failure;
  }
}
