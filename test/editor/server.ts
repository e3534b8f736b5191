/** Starts one VS Code with the built extension for all tests of the editor, and ends it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Null where there is no browser. */
    readonly editor: Bench | null;
  }
}

export interface Bench {
  readonly port: number;
  readonly chromium: string;
  /** The folder of the editor's own data and of the projects that tests open. */
  readonly home: string;
}

const root = join(import.meta.dirname, '..', '..');
const entry = join(import.meta.dirname, 'node_modules', 'code-server', 'out', 'node', 'entry.js');

/** What makes the editor quiet, and equal from test to test. */
const settings = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'telemetry.telemetryLevel': 'off',
  'files.hotExit': 'off',
  'files.autoSave': 'off',
  'editor.minimap.enabled': false,
  // What is in a terminal can then be read on the page.
  'terminal.integrated.gpuAcceleration': 'off',
  'editor.fontFamily': "'DejaVu Sans Mono', monospace",
  'workbench.colorTheme': 'Default Dark Modern',
};

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const chromium = browser();
  if (chromium === null) {
    if (process.env['CI'] === 'true') throw new Error('the tests of the editor need Chromium, and CI has none');
    console.warn('No Chromium here: the tests of the editor are skipped.');
    project.provide('editor', null);
    return async () => {};
  }
  // Short, as sockets in it have long names already.
  const home = mkdtempSync(join(tmpdir(), 'pe-'));
  for (const folder of ['ext', 'tmp', 'xdg']) mkdirSync(join(home, folder), { recursive: true });
  write(join(home, 'ud'), settings);
  const env = environment(home);
  const folders = ['--user-data-dir', join(home, 'ud'), '--extensions-dir', join(home, 'ext')];
  const vsix = join(root, 'build', 'pipec.vsix');
  const installed = spawnSync(process.execPath, [entry, ...folders, '--install-extension', vsix], {
    env,
    encoding: 'utf8',
  });
  if (installed.status !== 0)
    throw new Error(`the extension could not be installed: ${installed.stdout}${installed.stderr}`);
  const server = await start(home, 'ud', ['--disable-workspace-trust']);
  project.provide('editor', { port: server.port, chromium, home });
  return async () => {
    await server.end();
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
}

export interface Running {
  readonly port: number;
  readonly end: () => Promise<void>;
}

/** An editor that trusts no folder before it is told to. */
export async function startWary({ home }: Bench): Promise<Running> {
  write(join(home, 'wary'), {
    ...settings,
    'security.workspace.trust.enabled': true,
    'security.workspace.trust.startupPrompt': 'never',
  });
  return await start(home, 'wary', []);
}

/** @param data the folder of its own data, in the home of the bench */
async function start(home: string, data: string, options: readonly string[]): Promise<Running> {
  const port = await freePort();
  const words = [
    ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check'],
    ...['--disable-getting-started-override', '--ignore-last-opened', '--reconnection-grace-time', '5'],
    ...['--user-data-dir', join(home, data), '--extensions-dir', join(home, 'ext')],
    ...options,
  ];
  const server = spawn(process.execPath, [entry, ...words], {
    env: environment(home),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await listening(server);
  await (await fetch(`http://127.0.0.1:${port}/?ew=true`)).text();
  return { port, end: () => ended(server) };
}

function write(data: string, values: Readonly<Record<string, unknown>>): void {
  mkdirSync(join(data, 'User'), { recursive: true });
  writeFileSync(join(data, 'User', 'settings.json'), JSON.stringify(values, null, 2));
}

function browser(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const found = spawnSync('which', [name], { encoding: 'utf8' });
    if (found.status === 0) return found.stdout.trim();
  }
  return null;
}

/** Of this process, without what would send the editor elsewhere. */
function environment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:VSCODE_|PORT$|PASSWORD$|VITEST|NODE_OPTIONS$)/.test(name),
  );
  const xdg = join(home, 'xdg');
  return {
    ...Object.fromEntries(kept),
    XDG_CONFIG_HOME: xdg,
    XDG_DATA_HOME: xdg,
    XDG_CACHE_HOME: xdg,
    XDG_RUNTIME_DIR: xdg,
    TMPDIR: join(home, 'tmp'),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function listening(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (text: Buffer) => {
      said += String(text);
      if (said.includes('HTTP server listening')) resolve();
    };
    server.stdout?.on('data', listen);
    server.stderr?.on('data', listen);
    server.on('exit', (code) => reject(new Error(`code-server ended with ${code}: ${said}`)));
  });
}

/** The whole group: extension hosts and language servers are children of it. */
function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.pid === undefined || server.exitCode !== null) return resolve();
    const group = -server.pid;
    const last = setTimeout(() => process.kill(group, 'SIGKILL'), 5000);
    server.on('exit', () => {
      clearTimeout(last);
      resolve();
    });
    process.kill(group, 'SIGTERM');
  });
}
