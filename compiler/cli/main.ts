/**
 * The command `pipec`: reads the command line, loads the one command that is meant, gives its exit code.
 * Nothing heavy is imported here: `pipec --help` builds no parser.
 */
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { WORKER, type Work, work } from '../../runtime/schedule/worker.ts';
import type { Style } from '../diagnostics/style.ts';
import { wrap } from '../diagnostics/text-width.ts';
import { type CommandModule, type CommandRow, EXIT, type ExitCode, usageError } from './command.ts';
import { commands } from './commands.ts';
import { tellFailure } from './failures.ts';
import { type Environment, type Io, Sink } from './io.ts';
import { logAsked } from './log.ts';
import { VERSION } from './version.ts';

const EXIT_CODES =
  'Exit codes: 0 done, 1 the program is wrong, 2 the command line is wrong, 3 a run failed, 4 a check failed.';
const PROJECT_FLAGS = '-C, --project <folder>';

const environment: Environment = process.env;
const [out, err] = [new Sink(process.stdout, environment), new Sink(process.stderr, environment)];
/** What the command that goes on, or went on last, sees and says. */
let io: Io = { folder: '.', environment, json: false, log: null, out, err };
const fail = (thrown: unknown): never => process.exit(tellFailure(thrown, io));
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

async function main(args: readonly string[]): Promise<ExitCode> {
  io = { folder: '.', environment, json: args.includes('--json'), log: null, out, err };
  let exit: ExitCode = EXIT.done;
  const program = new Command('pipec')
    .description('Pipelines as a typed program, compiled to readable jobs.')
    .version(VERSION, '-V, --version', 'show the version')
    .option(PROJECT_FLAGS, 'folder of the project (default: this one, or one above it)')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help, of all or of one command')
    .configureHelp({ helpWidth: out.style.width, minWidthToWrap: 10, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => out.write(spoken(text, out.style)),
      writeErr: (text) => err.write(spoken(text, err.style)),
      getOutHasColors: () => out.style.paint.isColorSupported,
      getErrHasColors: () => err.style.paint.isColorSupported,
      outputError: () => {},
    })
    .addHelpText(
      'after',
      `\nExamples:\n  $ pipec init shop && cd shop && pipec run\n  $ pipec check --fix\n  $ pipec show dwh.marts.daily_revenue\n\n${wrap(EXIT_CODES, out.style.width).join('\n')}`,
    )
    .exitOverride();

  try {
    io = { ...io, folder: currentFolder() };
    const called = commandIn(args);
    for (const row of commands) {
      const command = program.command(row.name).description(row.summary).helpGroup(`${row.group}:`);
      if (row !== called) continue;
      const module = await row.load();
      define(command, module, out.style);
      command.action(async () => {
        const { project } = program.opts<{ project?: string }>();
        io = { ...io, folder: resolve(io.folder, command.opts<{ project?: string }>().project ?? project ?? '.') };
        io = { ...io, log: logAsked(module, command.opts(), environment) };
        exit = await module.run(io, command.args, command.opts() as never);
      });
    }
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return exit;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) return tellFailure(thrown, io);
    if (thrown.exitCode === 0) return EXIT.done;
    const [message = '', suggestion] = thrown.message.replace(/^error: /, '').split('\n');
    const meant = /Did you mean (?:one of )?(.*?)\?/.exec(suggestion ?? '')?.[1];
    const words = `${message.replace(/'([^']*)'/g, '`$1`').replace(/\.$/, '')}${meant === undefined ? '' : `; did you mean \`${meant.replaceAll(', ', '`, `')}\`?`}`;
    const row = commandIn(args);
    return tellFailure(usageError(words, `help: pipec ${row === undefined ? '' : `${row.name} `}--help`), io);
  }
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw usageError('the folder that you are in is gone');
  }
}

/** The command that is called, or asked about by `help`: the first word that is no option. */
function commandIn(args: readonly string[]): CommandRow | undefined {
  const words: string[] = [];
  for (let index = 0; index < args.length && words.length < 2; index++) {
    const word = args[index] ?? '';
    if (word === '-C' || word === '--project') index += 1;
    else if (!word.startsWith('-')) words.push(word);
  }
  const name = words[0] === 'help' ? words[1] : words[0];
  return commands.find((row) => row.name === name);
}

/** Help is written with the characters of the language's pages; where the locale has only ASCII, so has the help. */
function spoken(text: string, style: Style): string {
  return style.unicode ? text : text.replaceAll('…', style.glyphs.ellipsis);
}

function define(command: Command, module: CommandModule<never>, style: Style): void {
  for (const argument of module.arguments) command.argument(argument.name, argument.help);
  for (const { flags, help, parse } of module.options) {
    if (parse === undefined) command.option(flags, help);
    else command.option(flags, help, (text: string) => parse(text));
  }
  command.option(PROJECT_FLAGS, 'folder of the project');
  const widest = Math.max(...module.examples.map((example) => example.text.length));
  const beside = module.examples.every((example) => 4 + widest + 3 + example.does.length <= style.width);
  const examples = module.examples
    .map(({ text, does }) => (beside ? `  $ ${text.padEnd(widest)}   ${does}` : `  $ ${text}\n      ${does}`))
    .join('\n');
  const details = module.details === undefined ? '' : `\n${wrap(module.details, style.width).join('\n')}\n`;
  command.addHelpText('after', `${details}\nExamples:\n${examples}`);
}

process.exitCode = process.env[WORKER] === '1' ? await work(await runsOfWorker()) : await main(process.argv.slice(2));

/** What a scheduler has done here. */
async function runsOfWorker(): Promise<Work> {
  const { warm } = await import('./run.ts');
  const { hasLoaded } = await import('./functions.ts');
  return { warm, perform: main, isForeign: hasLoaded };
}
