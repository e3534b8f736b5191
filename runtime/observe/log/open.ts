/** A log of what happens, as it is asked for: lines for people, or a JSON object a line. */
import type { RunListener } from '../../listeners.ts';
import type { Environment } from '../observer.ts';
import { type LogLine, RunLines } from './lines.ts';
import { LOG_LEVELS, type LogSettings } from './settings.ts';
import { textOf } from './words.ts';

export interface Log {
  readonly line: (line: LogLine) => void;
  /** Hears one run, from its first event on. */
  readonly run: () => RunListener;
}

/** @param write is given whole lines, their ends included */
export async function openLog(
  { format, level }: LogSettings,
  env: Environment,
  write: (text: string) => void,
): Promise<Log> {
  switch (format) {
    case 'json': {
      const { jsonLog } = await import('./json.ts');
      const line = jsonLog(level, write);
      return {
        line,
        run: () => {
          const lines = new RunLines(env);
          return (event) => line(lines.of(event));
        },
      };
    }
    case 'text': {
      const isTold = (line: LogLine): boolean => LOG_LEVELS.indexOf(line.level) >= LOG_LEVELS.indexOf(level);
      return {
        line: (line) => {
          if (isTold(line)) write(`${line.at} ${line.message}\n`);
        },
        run: () => {
          const lines = new RunLines(env);
          return (event) => {
            const text = textOf(event);
            if (isTold(lines.of(event)) && text !== null) write(`${event.at} ${text}\n`);
          };
        },
      };
    }
  }
}
