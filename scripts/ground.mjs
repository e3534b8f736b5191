/**
 * What every script stands on: packages installed, the bundle built, and Node 24 first in PATH.
 * Plain JavaScript without dependencies, because it runs on whatever Node the machine has (20 or later) before anything is installed.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const binaries = join(root, 'node_modules', '.bin');
const onWindows = process.platform === 'win32';

const colours = process.env.NO_COLOR ? false : process.stdout.isTTY || Boolean(process.env.FORCE_COLOR);
const paint = (open, text) => (colours ? `\u001b[${open}m${text}\u001b[0m` : text);
export const bold = (text) => paint('1', text);
export const dim = (text) => paint('2', text);
export const green = (text) => paint('32', text);
export const red = (text) => paint('31', text);

export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** PATH without, or with, the tools that this checkout installed. */
function pathFor(tools) {
  const outside = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.endsWith(`node_modules${sep}.bin`));
  return [...(tools === 'installed' ? [binaries] : []), ...outside].join(delimiter);
}

/**
 * Runs a command in the checkout and answers its exit code and, where `output` is 'keep', what it printed.
 * `tools: 'machine'` hides node_modules/.bin: npm must not run on the Node that it is about to replace.
 */
export function run(command, args, { output = 'show', tools = 'installed', env = {}, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env, PATH: pathFor(tools) },
      stdio: output === 'show' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      shell: onWindows,
    });
    let text = '';
    child.stdout?.on('data', (chunk) => (text += chunk));
    child.stderr?.on('data', (chunk) => (text += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 1), text }));
  });
}

/** True where node_modules holds what the lockfile names. Compared by content: a checkout touches the files' times. */
function installed(folder = '.') {
  if (folder === '.' && !existsSync(join(binaries, onWindows ? 'node.cmd' : 'node'))) return false;
  try {
    const read = (path) => JSON.parse(readFileSync(join(root, folder, path), 'utf8')).packages;
    const there = read('node_modules/.package-lock.json');
    return Object.entries(read('package-lock.json')).every(
      ([path, wanted]) =>
        path === '' || wanted.optional || wanted.devOptional || there[path]?.version === wanted.version,
    );
  } catch {
    return false;
  }
}

async function install(folder, what, takes, scripts = ['--ignore-scripts=false']) {
  const began = performance.now();
  console.log(`${bold(`Installing ${what}`)} ${dim(`(npm ci; ${takes})`)}`);
  const ticking = process.stdout.isTTY
    ? setInterval(() => process.stdout.write(`\r${dim(seconds(began))} `), 500)
    : null;
  const done = await run('npm', ['ci', '--no-audit', '--no-fund', ...scripts], {
    output: 'keep',
    tools: 'machine',
    cwd: join(root, folder),
    // The bundle is built by the caller, who shows how it went.
    env: { PIPEC_SKIP_PREPARE: '1' },
  });
  if (ticking) clearInterval(ticking);
  if (done.code !== 0) {
    console.error(`\n${done.text.trim()}\n\n${red('npm ci failed')}: the lines above are npm's own words.`);
    process.exit(1);
  }
  console.log(`${process.stdout.isTTY ? '\r' : ''}${green('✔')} ${what} installed ${dim(seconds(began))}`);
}

/** PostgreSQL and ClickHouse in-process, which only tests need: 570 MB that the demo does without. */
export async function prepareEngines() {
  if (!installed('test/engines'))
    await install('test/engines', 'the engines that the tests run on', '570 MB, about a minute the first time');
}

/** A VS Code without a desktop, which the tests of the extension drive in a browser, and the extension built for it. */
export async function prepareEditor() {
  if (!installed('test/editor'))
    await install('test/editor', 'the editor that the tests open', '500 MB, about half a minute', ['--ignore-scripts']);
  const made = await run('node', ['test/editor/setup.mjs']);
  const built = made.code === 0 ? await run('node', ['scripts/extension.mjs']) : made;
  if (built.code !== 0) process.exit(1);
}

/** Installs where needed, says which Node runs things from here on, builds the bundle. Ends the process where it cannot. */
export async function prepare() {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 20) {
    console.error(
      `Node ${process.versions.node} is too old: Node 20 or later is needed to begin (the rest comes with npm ci).`,
    );
    process.exit(2);
  }
  if (!installed()) await install('.', 'packages', 'about a minute the first time');
  const began = performance.now();
  const built = await run('node', ['scripts/build.mjs', '--quiet'], { output: 'keep' });
  if (built.code !== 0) {
    console.error(built.text.trim());
    process.exit(1);
  }
  console.log(`${green('✔')} built ${dim(seconds(began))}${built.text ? `\n${built.text.trim()}` : ''}`);
}
