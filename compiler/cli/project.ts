/** A project as a command sees it: its files in a workspace, its mistakes, its checked program. */
import { setFlagsFromString } from 'node:v8';
import { type Diagnostic, inOrder, type Place, type Severity } from '../diagnostics/diagnostic.ts';
import { grouped, jsonDiagnostic, type Located, plural, renderDiagnostics, summary } from '../diagnostics/render.ts';
import { wrap } from '../diagnostics/text-width.ts';
import type { DatasetModel, Program, TargetModel } from '../semantics/model.ts';
import { rawEngines } from '../semantics/raw-sql.ts';
import { engineNotYet, sourceNotYet, sourceUse } from '../semantics/runnable.ts';
import { closest } from '../semantics/suggest.ts';
import type { SourceFile } from '../syntax/source.ts';
import { Workspace } from '../workspace/workspace.ts';
import { AlreadyTold, CommandError, EXIT, usageError } from './command.ts';
import { tellProblem } from './failures.ts';
import type { Io, Sink } from './io.ts';
import { readProject } from './project-files.ts';

/** More than these are not read by anybody; the summary still counts them. */
const MOST_SHOWN = 100;
/** Characters of programs from which a project is large: some two thousand datasets. */
const LARGE = 1_000_000;
/** The first few of a code tell what is the matter; the rest would push everything else off the screen. */
const MOST_OF_CODE: Readonly<Record<Severity, number>> = { error: 20, warning: 3, info: 3 };

export interface Project {
  /** Absolute. */
  readonly root: string;
  readonly workspace: Workspace;
  readonly sources: ReadonlyMap<string, SourceFile>;
  /** Of files that are no part of the workspace, as they cannot be read. */
  readonly problems: readonly Diagnostic[];
  readonly locate: (place: Place) => Located | null;
  /** Files of another language, in which a place of a mistake may be. */
  readonly showFiles: (files: readonly SourceFile[]) => void;
}

/**
 * Most of what is made of a large project lives as long as the command does. V8 would grow the space for what dies young
 * ever larger beside it; kept as it is, checking ten thousand datasets takes a third less memory in the same time.
 */
function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Reads the project that the command's folder belongs to. `saved` gives what an earlier command knew of it, by its folder.
 * Raises `CommandError`: command-line, no-project, folder-too-large.
 */
export function openProject(io: Pick<Io, 'folder'>, saved: (root: string) => Uint8Array | null = () => null): Project {
  const { root, files, problems } = readProject(io.folder);
  if (files.reduce((sum, { text }) => sum + text.length, 0) > LARGE) keepYoungGenerationSmall();
  const workspace = new Workspace(saved(root));
  workspace.setFiles(files);
  const sources = new Map<string, SourceFile>();
  for (const source of [...files, ...problems.map((problem) => problem.source)]) sources.set(source.path, source);
  const shown = new Map<string, SourceFile>();
  const showFiles = (more: readonly SourceFile[]): void => {
    for (const source of more) shown.set(source.path, source);
  };
  const locate = (place: Place): Located | null => {
    const source = sources.get(place.file) ?? shown.get(place.file);
    if (source === undefined || source.text === '') return null;
    const { start, end } = place.declaration === null ? place : workspace.absolute(place);
    return { source, start: Math.min(start, source.text.length), end: Math.min(end, source.text.length) };
  };
  return { root, workspace, sources, problems: problems.map(({ diagnostic }) => diagnostic), locate, showFiles };
}

/** Everything that is wrong, in the order of the text. A file that cannot be read stands alone: what it declares is missing everywhere. */
export function mistakes(project: Project, keep: 'all' | 'findings' = 'all'): readonly Diagnostic[] {
  return project.problems.length > 0 ? inOrder(project.problems, ({ start }) => start) : project.workspace.check(keep);
}

export const hasErrors = (found: readonly Diagnostic[]): boolean => found.some((one) => one.severity === 'error');

/** Shows mistakes with code frames: the first few of each code, or all. A blank line follows. */
export function showMistakes(found: readonly Diagnostic[], project: Project, sink: Sink, all = false): void {
  if (found.length === 0) return;
  const { style } = sink;
  const shown = all ? found : firstOfEach(found);
  sink.write(renderDiagnostics(shown, project.locate, style));
  sink.line();
  if (shown.length === found.length) return;
  const left = new Map<string, number>();
  const seen = new Set(shown);
  for (const one of found) if (!seen.has(one)) left.set(one.code, (left.get(one.code) ?? 0) + 1);
  const codes = [...left].map(([code, count]) => `${grouped(count)} more ${code}`);
  const some = codes.length > 4 ? [...codes.slice(0, 3), `more of ${plural(codes.length - 3, 'other code')}`] : codes;
  for (const line of wrap(`${style.glyphs.ellipsis} ${some.join(', ')} (all of them: pipec check --all)`, style.width))
    sink.line(style.paint.dim(line));
  sink.line();
}

function firstOfEach(found: readonly Diagnostic[]): Diagnostic[] {
  const counts = new Map<string, number>();
  return found
    .filter(({ code, severity }) => {
      const count = (counts.get(code) ?? 0) + 1;
      counts.set(code, count);
      return count <= MOST_OF_CODE[severity];
    })
    .slice(0, MOST_SHOWN);
}

/** `✗ 2 errors, 1 warning (…)`. */
export function tellErrors(found: readonly Diagnostic[], sink: Sink): void {
  const { paint, glyphs } = sink.style;
  sink.line(`${paint.red(glyphs.failed)} ${summary(found, sink.style)}`);
}

/** The program, where it has no error. Else the errors are shown and `AlreadyTold` ends the command with exit 1. */
export function checkedProgram(io: Io, project: Project): Program {
  const found = mistakes(project);
  if (hasErrors(found)) {
    const errors = found.filter((one) => one.severity === 'error');
    if (io.json || io.log?.format === 'json')
      for (const one of errors) tellProblem(io, jsonDiagnostic(one, project.locate));
    else {
      showMistakes(errors, project, io.err);
      tellErrors(errors, io.err);
    }
    throw new AlreadyTold(EXIT.program);
  }
  const program = project.workspace.program();
  if (program === null) throw new Error('the program has no error and yet is not there');
  return program;
}

/** The target a command is for: the named one, else the project's. */
export function targetOf(program: Program, named: string | undefined): string {
  const wanted = named ?? program.project.target;
  const names = program.targets.map((target) => target.name);
  const target = program.targets.find(({ name }) => name === wanted);
  if (target !== undefined) {
    refuseNotYet(program, target);
    refuseWithoutSql(program, target);
    return wanted;
  }
  const meant = closest(wanted, names);
  throw usageError(
    `the project has no target \`${wanted}\`${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
    `its targets: ${names.join(', ')}`,
  );
}

/** There is no job of a name. */
export function noJob(name: string, jobs: readonly string[]): CommandError {
  const meant = closest(name, jobs);
  return usageError(
    `there is no job \`${name}\`${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
    jobs.length === 0 ? 'the project has no job' : `its jobs: ${jobs.join(', ')}`,
  );
}

/**
 * By its full name or its last parts. `others` are names that may stand in its place, for suggestions.
 * Raises `CommandError`: unknown-dataset, ambiguous-dataset.
 */
export function findDataset<Dataset extends Pick<DatasetModel, 'name'>>(
  datasets: readonly Dataset[],
  name: string,
  others: readonly string[] = [],
): Dataset {
  const found = datasets.filter((one) => one.name === name);
  const ends = found.length > 0 ? found : datasets.filter((one) => one.name.endsWith(`.${name}`));
  const [first] = ends;
  if (first === undefined) {
    const meant = closest(name, [
      ...datasets.flatMap((one) => [one.name, one.name.slice(one.name.lastIndexOf('.') + 1)]),
      ...others,
    ]);
    throw new CommandError(
      'unknown-dataset',
      EXIT.usage,
      `there is no dataset${others.length === 0 ? '' : ' or job'} \`${name}\`${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
      ['all datasets: pipec lineage'],
    );
  }
  if (ends.length > 1)
    throw new CommandError(
      'ambiguous-dataset',
      EXIT.usage,
      `\`${name}\` may be ${ends.map((one) => `\`${one.name}\``).join(' or ')}`,
    );
  return first;
}

/** Raw SQL runs on the engines that it is given for: of the project's own target that was checked with the program. */
function refuseWithoutSql(program: Program, target: TargetModel): void {
  const own = target.engine.connector;
  const without = program.datasets.flatMap(({ name, rel }) => {
    const engines = rel === null ? [] : rawEngines(rel);
    return engines.length === 0 || engines.includes(own) ? [] : [{ name, engines }];
  });
  const [first, ...more] = without;
  if (first === undefined) return;
  const texts = [...first.engines, own].map((engine) => `${engine}: sql"""…"""`).join(', ');
  throw new CommandError(
    'no-sql-for-engine',
    EXIT.program,
    `\`${first.name}\` has no SQL for ${own}, the engine of the target \`${target.name}\``,
    [`give it one: \`= { ${texts} }\``, ...more.map(({ name }) => `\`${name}\` has none either`)],
  );
}

/** What a target needs and this version has not. What the project's own needs of its sources was checked with the program. */
function refuseNotYet(program: Program, target: TargetModel): void {
  const engine = engineNotYet(target);
  const missing = engine === null ? [] : [{ ...engine, by: `the target \`${target.name}\`` }];
  for (const { name, source } of program.datasets) {
    const reading = source === null ? null : sourceNotYet(sourceUse(source.use), target);
    if (reading !== null) missing.push({ ...reading, by: `\`${name}\` in the target \`${target.name}\`` });
  }
  const { connector } = target.engine;
  const lakes = new Set(program.stores.filter(({ kind }) => kind === 'lake').map(({ name }) => name));
  for (const dataset of connector === 'duckdb' ? [] : program.datasets) {
    const by = `\`${dataset.name}\` in the target \`${target.name}\``;
    if (
      dataset.function === null &&
      dataset.rel !== null &&
      lakes.has(dataset.store) &&
      dataset.refresh.kind !== 'view'
    )
      missing.push({
        what: `a table that ${connector} computes into a lake`,
        instead: 'keep it in a warehouse, or compute it in a target on `duckdb`',
        by,
      });
  }
  const [first] = missing;
  if (first !== undefined)
    throw new CommandError(
      'not-supported-yet',
      EXIT.program,
      `${first.by} needs what is not supported yet: ${first.what}`,
      [first.instead, ...missing.slice(1).map(({ by, what }) => `${by} needs ${what}`)],
    );
}
