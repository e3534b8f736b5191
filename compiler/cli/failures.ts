/** How an end of a command that is not success is told: on stderr, never with a stack trace. */
import type { RunError } from '../../runtime/events.ts';
import type { JsonDiagnostic } from '../diagnostics/render.ts';
import { harmless, wrap } from '../diagnostics/text-width.ts';
import { AlreadyTold, CommandError, EXIT, type ExitCode } from './command.ts';
import type { Io } from './io.ts';
import type { Failure } from './machine.ts';

/** Shows what was thrown and answers the exit code. */
export function tellFailure(thrown: unknown, io: Io): ExitCode {
  if (thrown instanceof AlreadyTold) return thrown.exit;
  if (thrown instanceof CommandError) {
    tell(io, { code: thrown.code, severity: 'error', message: thrown.message, hints: thrown.hints });
    return thrown.exit;
  }
  if (isRunError(thrown)) {
    const { code, message, hint } = thrown;
    tell(io, {
      code,
      severity: 'error',
      message,
      hints: [...(hint === null ? [] : [hint]), `more: pipec explain ${code}`],
    });
    return EXIT.run;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  tell(io, {
    code: 'internal-error',
    severity: 'error',
    message: message.split('\n', 1)[0] ?? '',
    hints: ['a fault in pipec, not in your program: please report it (PIPEC_DEBUG=1 shows where)'],
  });
  if ((io.environment['PIPEC_DEBUG'] ?? '') !== '')
    io.err.line(thrown instanceof Error ? (thrown.stack ?? message) : message);
  return EXIT.internal;
}

function tell(io: Io, failure: Failure): void {
  if (io.json || io.log?.format === 'json') {
    tellProblem(io, failure);
    return;
  }
  const { code, message, hints } = failure;
  const { paint, width } = io.err.unwrapped;
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

/** For programs: a mistake of the program, or why a command fails, as a line on stderr; where they read a log, one of that. */
export function tellProblem({ log, err }: Io, problem: Failure | JsonDiagnostic): void {
  const { severity, message, code, ...rest } = problem;
  if (log === null) err.json(problem);
  else
    err.json({
      level: severity === 'error' ? 'error' : 'warn',
      time: new Date().toISOString(),
      event: 'command.failed',
      error: { code, message, ...rest },
      msg: `[${code}] ${message}`,
    });
}

/** By its shape: the runtime is loaded only by commands that run something. */
function isRunError(thrown: unknown): thrown is Pick<RunError, 'code' | 'message' | 'hint'> {
  return thrown instanceof Error && thrown.name === 'PipecError' && 'code' in thrown && 'hint' in thrown;
}
