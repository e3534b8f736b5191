/** Runs a command of pipec that prints one JSON object a line. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type * as vscode from 'vscode';
import type { Pipec } from './install.ts';

export interface Ended {
  /** Null where it was killed. */
  readonly code: number | null;
  /** What it said on stderr, in the words of its `Failure`s where they are some. */
  readonly error: string;
}

const MOST_ERROR_TEXT = 20_000;

/**
 * Calls `onLine` with each object as it comes. Cancelling interrupts the command as Ctrl-C does, so that it leaves what
 * was there.
 */
export function runLines(
  pipec: Pipec,
  args: readonly string[],
  cwd: string,
  cancellation: vscode.CancellationToken,
  onLine: (line: unknown) => void,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(pipec.command, [...pipec.args, ...args], {
      cwd,
      env: { ...process.env, ...pipec.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let error = '';
    const cancelling = cancellation.onCancellationRequested(() => child.kill('SIGINT'));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (error.length < MOST_ERROR_TEXT) error += text;
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const read = parsed(line);
      if (read !== null) onLine(read);
    });
    child.on('error', (problem) => {
      cancelling.dispose();
      resolve({ code: null, error: `${pipec.path} could not be started: ${problem.message}` });
    });
    child.on('close', (code) => {
      cancelling.dispose();
      resolve({ code, error: failures(error) });
    });
  });
}

function parsed(line: string): object | null {
  try {
    const read: unknown = JSON.parse(line);
    return typeof read === 'object' && read !== null ? read : null;
  } catch {
    return null;
  }
}

/** `{"code":…,"message":…,"hints":[…]}` lines as sentences; anything else as it stands. */
function failures(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const read = parsed(line);
      if (read === null || !('message' in read)) return line;
      const hints = 'hints' in read && Array.isArray(read.hints) ? read.hints : [];
      return [read.message, ...hints].join('\n');
    })
    .join('\n')
    .trim();
}
