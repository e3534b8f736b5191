/** `pipec notify`: tells everybody who is told of runs that this is a test, and what they answered. */
import type { Message } from '../../runtime/notify/message.ts';
import type { NotifyPlan } from '../../runtime/plan.ts';
import { plural } from '../diagnostics/render.ts';
import { harmless, padEnd, textWidth } from '../diagnostics/text-width.ts';
import { planProgram } from '../plan/plan.ts';
import { closest } from '../semantics/suggest.ts';
import { type CommandModule, EXIT, JSON_OPTION, usageError } from './command.ts';
import type { Io } from './io.ts';
import type { NotifyLine } from './machine.ts';
import { checkedProgram, openProject, targetOf } from './project.ts';
import { VERSION } from './version.ts';
import { type Telling, textsOf } from './watch.ts';

interface Options {
  readonly target?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const notify: CommandModule<Options> = {
  arguments: [{ name: '[receivers...]', help: 'names of `notify` declarations; all where none is named' }],
  options: [
    { flags: '-t, --target <target>', help: "of which target (default: the project's target)" },
    { flags: '--dry-run', help: 'show what each would be given, and send nothing' },
    JSON_OPTION,
  ],
  details: `The message says that it is a test; it has the form of a failure, as that is what has to arrive. Addresses, passwords and tokens are looked up as \`pipec schedule\` does, and never shown.
Exit codes: 0 all of them took it, 1 the program is wrong, 2 there is nobody to tell, 3 somebody could not be told.`,
  examples: [
    { text: 'pipec notify --target prod', does: 'before it is night' },
    { text: 'pipec notify on_call --dry-run', does: 'what it would be given' },
  ],
  run: async (io, names, options) => {
    const project = openProject(io);
    const program = checkedProgram(io, project);
    const target = targetOf(program, options.target);
    const plan = planProgram(program, target, VERSION);
    const receivers = named(plan.notify, names, target);
    const place = { root: project.root, plan, environment: io.environment };
    const width = Math.max(...receivers.map(({ name }) => textWidth(name)));
    let failed = 0;
    for (const receiver of receivers) {
      const line = await told(receiver, place, options.dryRun === true);
      if (line.status === 'failed') failed += 1;
      if (io.json) io.out.json(line);
      else tell(io, line, width);
    }
    if (failed > 0 && !io.json) io.err.line(`${plural(failed, 'receiver')} could not be told.`);
    return failed > 0 ? EXIT.run : EXIT.done;
  },
};

function named(receivers: readonly NotifyPlan[], names: readonly string[], target: string): readonly NotifyPlan[] {
  if (receivers.length === 0)
    throw usageError(
      `nobody is told of runs in \`${target}\``,
      "say who is: `notify on_call { to: slack(secret('SLACK_URL')) }`",
    );
  const known = receivers.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const meant = closest(unknown, known);
    throw usageError(
      `nobody who is told of runs in \`${target}\` is called \`${unknown}\`${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
      `there are: ${known.join(', ')}`,
    );
  }
  return names.length === 0 ? receivers : receivers.filter(({ name }) => names.includes(name));
}

async function told(
  receiver: NotifyPlan,
  place: Pick<Telling, 'root' | 'plan' | 'environment'>,
  isDry: boolean,
): Promise<NotifyLine> {
  const { PipecError } = await import('../../runtime/errors.ts');
  const { Undelivered } = await import('../../runtime/notify/post.ts');
  const { send, written } = await import('../../runtime/notify/receivers.ts');
  const { name, to } = receiver;
  const at = new Date().toISOString();
  const message = messageOf(name, place.plan.project, place.plan.target.name, at);
  // Told anew each time: who keeps what he has seen by its name sees each test.
  const event = `test ${name} ${at}`;
  const line = { notify: name, kind: to.kind, message: written(to, event, message) };
  if (isDry) return { ...line, status: 'shown', said: null };
  try {
    const texts = await textsOf(receiver, place);
    return { ...line, status: 'sent', said: await send(to, texts.valueOf, event, message) };
  } catch (failure) {
    if (!(failure instanceof Undelivered || failure instanceof PipecError)) throw failure;
    return { ...line, status: 'failed', said: failure.message };
  }
}

function messageOf(name: string, project: string, target: string, at: string): Message {
  return {
    about: 'failure',
    project,
    target,
    subject: 'test',
    job: null,
    dataset: null,
    at,
    dueAt: at,
    run: null,
    title: `This is a test of ${name}`,
    said: 'Nothing has failed: somebody tries whether messages arrive here.',
    failed: [],
    counts: null,
    inARow: null,
    next: null,
  };
}

function tell({ out }: Io, { notify: name, kind, status, said, message }: NotifyLine, width: number): void {
  const { paint, glyphs } = out.style;
  const sign = {
    sent: paint.green(glyphs.done),
    failed: paint.red(glyphs.failed),
    shown: paint.blue(glyphs.arrow),
  }[status];
  out.line(`${sign} ${padEnd(name, width)}  ${padEnd(kind, 'webhook'.length)}  ${harmless(said ?? '')}`.trimEnd());
  if (status !== 'shown') return;
  for (const line of shown(kind, message)) out.line(`    ${harmless(line)}`.trimEnd());
}

/** What programs read as they do; what people read as lines. */
function shown(kind: NotifyLine['kind'], { text, ...rest }: NotifyLine['message']): readonly string[] {
  if (kind === 'webhook') return JSON.stringify({ ...rest, text }, null, 2).split('\n');
  return [...Object.entries(rest).map(([name, value]) => `${name}: ${String(value)}`), ...String(text).split('\n')];
}
