/** How an end of a command that is not success is told: on stderr, never with a stack trace. */
import type { RunError } from '../../runtime/events.ts';
import { harmless, wrap } from '../diagnostics/text-width.ts';
import { AlreadyTold, CommandError, EXIT, type ExitCode } from './command.ts';
import type { Io } from './io.ts';

/** Shows what was thrown and answers the exit code. */
export function tellFailure(thrown: unknown, io: Io): ExitCode {
  if (thrown instanceof AlreadyTold) return thrown.exit;
  if (thrown instanceof CommandError) {
    tell(io, thrown.code, thrown.message, thrown.hints);
    return thrown.exit;
  }
  if (isRunError(thrown)) {
    tell(io, thrown.code, thrown.message, [
      ...(thrown.hint === null ? [] : [thrown.hint]),
      `more: pipec explain ${thrown.code}`,
    ]);
    return EXIT.run;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  tell(
    io,
    'internal-error',
    `${message.split('\n', 1)[0] ?? ''} — a fault in pipec: please report it (PIPEC_DEBUG=1 shows where)`,
    [],
  );
  if ((io.environment['PIPEC_DEBUG'] ?? '') !== '')
    io.err.line(thrown instanceof Error ? (thrown.stack ?? message) : message);
  return EXIT.internal;
}

function tell(io: Io, code: string, message: string, hints: readonly string[]): void {
  const { paint, width } = io.err.style;
  const head = `error[${code}]`;
  for (const [index, line] of wrap(`${head}: ${message}`, width).entries()) {
    io.err.line(
      index === 0
        ? `${paint.bold(paint.red(head))}${paint.bold(harmless(line.slice(head.length)))}`
        : paint.bold(harmless(line)),
    );
  }
  for (const hint of hints) {
    for (const [index, line] of wrap(hint, width - 4).entries())
      io.err.line(`${index === 0 ? `  ${paint.blue('=')} ` : '    '}${harmless(line)}`);
  }
}

/** By its shape: the runtime is loaded only by commands that run something. */
function isRunError(thrown: unknown): thrown is Pick<RunError, 'code' | 'message' | 'hint'> {
  return thrown instanceof Error && thrown.name === 'PipecError' && 'code' in thrown && 'hint' in thrown;
}
