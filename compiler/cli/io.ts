/** The outside of a command: streams with their looks, environment, folder. Made once, in main.ts. */
import type { LogSettings } from '../../runtime/observe/log/settings.ts';
import { type Style, style } from '../diagnostics/style.ts';

/** Where nobody says how wide a line may be. */
const DEFAULT_WIDTH = 100;
const LEAST_WIDTH = 20;

export type Environment = Readonly<Record<string, string | undefined>>;

/** A stream that people or programs read. Writing to one whose reader has gone (`pipec show x | head`) does nothing. */
export class Sink {
  readonly #stream: NodeJS.WriteStream;
  readonly #environment: Environment;
  #closed = false;

  constructor(stream: NodeJS.WriteStream, environment: Environment) {
    this.#stream = stream;
    this.#environment = environment;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
      this.#closed = true;
    });
  }

  /** True where the reader has gone: there is no use in computing more. */
  get closed(): boolean {
    return this.#closed;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Lines of the terminal; 24 where there is none. */
  get height(): number {
    return this.#stream.rows || 24;
  }

  /** Asked for anew at each use, as a terminal's width changes. Without a terminal `COLUMNS` tells the width. */
  get style(): Style {
    // A terminal that nobody told its size, as in a container, says 0.
    return this.#styled((this.isTerminal ? this.#stream.columns : this.#columns) || DEFAULT_WIDTH);
  }

  /** For rows and lines of a log: what goes to a file or another program is neither cut nor wrapped. */
  get unwrapped(): Style {
    return this.isTerminal ? this.style : this.#styled(this.#columns ?? Number.POSITIVE_INFINITY);
  }

  get #columns(): number | undefined {
    const columns = Number(this.#environment['COLUMNS']);
    return Number.isSafeInteger(columns) && columns > 0 ? columns : undefined;
  }

  #styled(width: number): Style {
    return style({
      width: Math.max(LEAST_WIDTH, width),
      colour: wantsColour(this.isTerminal, this.#environment),
      unicode: speaksUnicode(this.#environment),
    });
  }

  write(text: string): void {
    if (!this.#closed && text !== '') this.#stream.write(text);
  }

  line(text = ''): void {
    this.write(`${text}\n`);
  }

  /** One object a line, as every `--json` prints it. */
  json(value: unknown): void {
    this.write(`${JSON.stringify(value)}\n`);
  }

  onResize(listener: () => void): () => void {
    this.#stream.on('resize', listener);
    return () => this.#stream.off('resize', listener);
  }

  /** Resolves when what was written has left the process. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed || this.#stream.destroyed) resolve();
      else this.#stream.write('', () => resolve());
    });
  }
}

export interface Io {
  /** The folder a command starts in: `--project`, or where it was called. Absolute. */
  readonly folder: string;
  readonly environment: Environment;
  /** Output is for programs (`--json`): why a command fails is then a line of JSON on stderr. */
  readonly json: boolean;
  /** What runs is told as a log; null where none is asked for. */
  readonly log: LogSettings | null;
  readonly out: Sink;
  readonly err: Sink;
}

/** FORCE_COLOR before NO_COLOR (no-color.org) before what the stream is. */
export function wantsColour(isTerminal: boolean, environment: Environment): boolean {
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  return isTerminal && environment['TERM'] !== 'dumb';
}

/** Whether the locale is UTF-8. The first of the variables that is set decides, as POSIX has it. */
export function speaksUnicode(environment: Environment, platform: string = process.platform): boolean {
  const locale = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  if (locale !== undefined) return /utf-?8/i.test(locale);
  // Windows and macOS name no locale in most terminals; theirs are UTF-8, the old Windows console apart.
  if (platform === 'win32') return environment['WT_SESSION'] !== undefined || environment['TERM_PROGRAM'] !== undefined;
  return platform === 'darwin';
}
