/** `pipec fmt`: lays out `.pipe` files. A file is replaced whole or not at all. */
import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { plural, renderDiagnostics } from '../diagnostics/render.ts';
import { isCallable } from '../semantics/functions/table.ts';
import { format } from '../syntax/format.ts';
import { parseFile } from '../syntax/parser.ts';
import { SourceFile } from '../syntax/source.ts';
import { CommandError, type CommandModule, EXIT, type ExitCode, JSON_OPTION, usageError } from './command.ts';
import type { Io } from './io.ts';
import type { FormattedLine } from './machine.ts';
import { readProject, systemWords } from './project-files.ts';

interface Options {
  readonly check?: boolean;
  readonly json?: boolean;
}

export const fmt: CommandModule<Options> = {
  arguments: [
    {
      name: '[files...]',
      help: 'files or folders; the whole project where none is named; - reads standard input',
      completes: 'file',
    },
  ],
  options: [{ flags: '--check', help: 'change nothing; exit 1 where a file would change' }, JSON_OPTION],
  details: 'A file with a syntax error is left as it is, and the error is shown.',
  examples: [
    { text: 'pipec fmt', does: 'the whole project' },
    { text: 'pipec fmt --check', does: 'in CI' },
    { text: 'pipec fmt - < marts.pipe', does: 'from an editor' },
  ],
  run: (io, args, { check = false, json = false }) => {
    if (args.includes('-')) {
      if (args.length > 1) throw usageError('`-` (standard input) stands alone');
      return formatInput(io);
    }
    const { root, sources, problems, all } = filesOf(io, args);
    const options = { isBuiltin: builtins(all) };
    const changed: string[] = [];
    let broken = problems;
    for (const source of sources) {
      if (showErrors(io, source)) {
        broken += 1;
        continue;
      }
      const text = format(source.text, options);
      if (text === source.text) continue;
      changed.push(source.path);
      if (!check) replaceFile(resolve(root, source.path), text);
    }
    if (json) for (const file of changed) io.out.json({ file, formatted: !check } satisfies FormattedLine);
    else tell(io, changed, sources.length, check);
    return broken > 0 || (check && changed.length > 0) ? EXIT.program : EXIT.done;
  },
};

function tell(io: Io, changed: readonly string[], all: number, check: boolean): void {
  for (const file of changed) io.out.line(`${check ? 'would change' : 'formatted'} ${file}`);
  const { glyphs, paint } = io.err.style;
  if (changed.length === 0) io.err.line(`${paint.green(glyphs.done)} ${plural(all, 'file')} laid out already`);
  else if (check) io.err.line(`${changed.length} of ${plural(all, 'file')} would change: pipec fmt`);
}

function filesOf(
  io: Io,
  args: readonly string[],
): {
  readonly root: string;
  readonly sources: readonly SourceFile[];
  readonly problems: number;
  /** All files of the project. */
  readonly all: readonly SourceFile[];
} {
  const project = readNamed(io, args);
  for (const { diagnostic } of project.problems)
    io.err.line(`${diagnostic.severity}[${diagnostic.code}]: ${diagnostic.message}`);
  return { root: project.root, sources: project.files, problems: project.problems.length, all: project.all };
}

/** Tells the built-in functions by their names in lower case; a function of the project keeps its name, in its own case. */
function builtins(files: readonly SourceFile[]): (name: string) => boolean {
  const own = new Set<string>();
  for (const source of files) {
    if (!/\bfn\s/.test(source.text)) continue;
    for (const { kind, name } of parseFile(source).declarations)
      if (kind.text === 'fn' && name !== null) own.add(name.text.toLowerCase());
  }
  return (name) => isCallable(name) && !own.has(name);
}

/** The files of the project that were named, or below folders that were. */
function readNamed(io: Io, args: readonly string[]) {
  const project = readProject(io.folder);
  if (args.length === 0) return { ...project, all: project.files };
  const wanted = args.map((arg) => {
    const path = resolve(io.folder, arg);
    if (statSync(path, { throwIfNoEntry: false }) === undefined) throw usageError(`there is no file \`${arg}\``);
    return relative(project.root, path).split(sep).join('/');
  });
  const isNamed = (path: string) => wanted.some((name) => name === '' || path === name || path.startsWith(`${name}/`));
  const files = project.files.filter((source) => isNamed(source.path));
  const problems = project.problems.filter(({ source }) => isNamed(source.path));
  for (const [index, name] of wanted.entries()) {
    if (
      ![...files, ...problems.map(({ source }) => source)].some(
        (source) => name === '' || source.path === name || source.path.startsWith(`${name}/`),
      )
    ) {
      throw usageError(`\`${args[index] ?? ''}\` holds no \`.pipe\` file of the project in \`${project.root}\``);
    }
  }
  return { ...project, files, problems, all: project.files };
}

function formatInput(io: Io): ExitCode {
  const source = new SourceFile('<stdin>', readFileSync(0, 'utf8'));
  if (showErrors(io, source)) return EXIT.program;
  io.out.write(format(source.text, { isBuiltin: builtins([source]) }));
  return EXIT.done;
}

/** Shows the syntax errors of a file; true where there are any. */
function showErrors(io: Io, source: SourceFile): boolean {
  const errors = parseFile(source).diagnostics.filter((one) => one.severity === 'error');
  if (errors.length === 0) return false;
  io.err.write(renderDiagnostics(errors, (place) => ({ source, start: place.start, end: place.end }), io.err.style));
  return true;
}

/** By a new file that takes the old one's name. Raises `CommandError` file-unwritable. */
export function replaceFile(named: string, text: string): void {
  // A symbolic link stays one.
  const path = realpathSync(named);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: statSync(path).mode });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CommandError('file-unwritable', EXIT.program, `\`${path}\` cannot be written: ${systemWords(error)}`);
  }
}
