/**
 * Completes code-server after `npm ci --ignore-scripts`: its VS Code comes without its packages, and two of those are
 * native and would have to be compiled. Small stand-ins in JavaScript do for tests; without the logger the output
 * channels would stay empty. Run again it does nothing.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const vscode = join(import.meta.dirname, 'node_modules', 'code-server', 'lib', 'vscode');
const done = join(vscode, 'node_modules', '.complete');
if (existsSync(done)) process.exit(0);

execFileSync('npm', ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund'], {
  cwd: vscode,
  stdio: ['ignore', 'ignore', 'inherit'],
  shell: process.platform === 'win32',
});

writeFileSync(
  join(vscode, 'node_modules', '@vscode', 'native-watchdog', 'index.js'),
  'exports.start = () => {};\nexports.exit = (code) => process.exit(code ?? 0);\n',
);
writeFileSync(
  join(vscode, 'node_modules', '@vscode', 'spdlog', 'index.js'),
  `const { appendFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');
class Logger {
  constructor(file) { this.file = file; this.plain = false; mkdirSync(dirname(file), { recursive: true }); }
  write(level, text) {
    appendFileSync(this.file, this.plain ? text : new Date().toISOString() + ' [' + level + '] ' + text + '\\n');
  }
  trace(text) { this.write('trace', text); }
  debug(text) { this.write('debug', text); }
  info(text) { this.write('info', text); }
  warn(text) { this.write('warning', text); }
  error(text) { this.write('error', text); }
  critical(text) { this.write('critical', text); }
  clearFormatters() { this.plain = true; }
  setPattern() {} setLevel() {} getLevel() { return 0; } flush() {} drop() {}
}
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.shutdown = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = async (name, file) => new Logger(file);
exports.createAsyncRotatingLogger = exports.createRotatingLogger;
`,
);
// What no test needs: 280 MB.
for (const folder of ['node_modules/@github', 'node_modules/@devcontainers', 'extensions/copilot'])
  rmSync(join(vscode, folder), { recursive: true, force: true });
writeFileSync(done, '');
