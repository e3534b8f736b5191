/** A structured log, a JSON object a line, by pino: loaded only where it is asked for. */
import { type DestinationStream, pino } from 'pino';
import type { LogLine } from './lines.ts';
import type { LogLevel } from './settings.ts';

/** @param write is given whole lines, their ends included */
export function jsonLog(level: LogLevel, write: (line: string) => void): (line: LogLine) => void {
  const destination: DestinationStream = { write };
  const logger = pino(
    {
      level,
      base: null,
      // The time is when it happened, which the event says, and not when it is written.
      timestamp: false,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return ({ at, level: severity, message, fields }) => logger[severity]({ time: at, ...fields }, message);
}
