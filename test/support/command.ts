/** The real command as a process, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '../..');
export const bin = join(root, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).bin.pipec);

/** A folder that goes with the test. */
export function newFolder(name = 'pipec test'): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Path → text; folders are made. */
export function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** A folder with `pipec` in it, for PATH. */
export function commandFolder(parent: string): string {
  const folder = join(parent, 'bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pipec'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`);
  chmodSync(join(folder, 'pipec'), 0o755);
  return folder;
}

/** What a command sees of the machine: nothing that differs from one to the next. */
export function plainEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: process.env['HOME'] ?? '',
    LC_ALL: 'C.UTF-8',
    ...more,
  };
}

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has printed so far. */
  readonly out: () => string;
  /** Resolves when what was printed so far, on either stream, matches; rejects where the process ends before. */
  readonly printed: (pattern: RegExp) => Promise<void>;
}

interface Options {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Starts `pipec`; the test that started it ends it. */
export function start(words: readonly string[], { folder, env = {}, input }: Options): Started {
  const child = spawn(process.execPath, [bin, ...words], {
    cwd: folder,
    env: plainEnvironment(env),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (input !== undefined) child.stdin?.end(input);
  let [out, err, over] = ['', '', false];
  const watchers = new Set<() => void>();
  const tell = () => {
    for (const watcher of watchers) watcher();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    tell();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    tell();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      over = true;
      tell();
      resolve({ code, out, err });
    });
  });
  const printed = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (pattern.test(out) || pattern.test(err)) resolve();
        else if (over) reject(new Error(`the command ended without printing ${pattern}:\n${out}${err}`));
        else return;
        watchers.delete(look);
      };
      watchers.add(look);
      look();
    });
  return { process: child, ended, out: () => out, printed };
}

export function pipec(words: readonly string[], options: Options): Promise<Ended> {
  return start(words, options).ended;
}

/** Output without what differs from run to run: times, ids of runs, the folder. */
export function timeless(text: string, folder: string): string {
  return text
    .replaceAll(folder, '/work')
    .replaceAll(/\b\d+ m \d\d s\b|\b\d+\.\d+ s\b/g, '0.00 s')
    .replaceAll(/ {2,}0\.00 s/g, '   0.00 s')
    .replaceAll(/\(\d+ ms\)/g, '(0 ms)')
    .replaceAll(/\b\d{8}-\d{6}-[0-9a-f]{6}\b/g, '<run>')
    .replaceAll(/\bprocess \d+/g, 'process <pid>')
    .replaceAll(/\b(__[0-9a-z]{12})_[a-z2-7]{8}\b/g, '$1_<build>')
    .replaceAll(/"at":"[^"]*"/g, '"at":"<time>"')
    .replaceAll(/"ms":[\d.]+/g, '"ms":0')
    .replaceAll(/"pid":\d+/g, '"pid":0');
}
