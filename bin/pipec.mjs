#!/usr/bin/env node
// The launcher: the right Node, a cache of compiled code, then the bundle. Everything else is in compiler/cli.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 13)) {
  const bundle = new URL('../build/cli/main.mjs', import.meta.url);
  if (existsSync(bundle)) {
    if (process.env.PIPEC_LAUNCHED && process.channel) endWithLauncher();
    // In the person's own cache folder: what lies in a shared one, others could have written.
    if (!process.env.NODE_COMPILE_CACHE) nodeModule.enableCompileCache(join(cacheFolder(), 'pipec', 'code'));
    if (process.env.PIPEC_DEBUG) process.setSourceMapsEnabled(true);
    await import(bundle.href);
  } else {
    console.error('pipec is not built yet: run `npm run build` in its checkout.');
    process.exitCode = 2;
  }
} else {
  const own = join(home, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(own)) await launch(own);
  else {
    console.error(`pipec needs Node 22.13 or later; this is Node ${process.versions.node}.`);
    process.exitCode = 2;
  }
}

function cacheFolder() {
  if (process.platform === 'win32') return process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

/** Runs this same command with the Node that the checkout brings; signals and the exit code pass through. */
async function launch(node) {
  const { spawn } = await import('node:child_process');
  const child = spawn(node, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PIPEC_LAUNCHED: '1' },
  });
  // A terminal sends Ctrl-C to both already; whoever signals this process alone means the command.
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  process.on('SIGINT', () => onTerminal || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** The launcher was killed outright: go with it, or the command would run on unseen. */
function endWithLauncher() {
  delete process.env.PIPEC_LAUNCHED;
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
}
