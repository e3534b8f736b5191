/** `pipec build`: checks, then writes what runs without pipec: jobs, SQL, lineage, pages. */
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jsonDiagnostic, plural } from '../diagnostics/render.ts';
import { writeBuild } from '../emit/build.ts';
import { OutputError } from '../emit/replace.ts';
import { planProgram } from '../plan/plan.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION } from './command.ts';
import type { Io } from './io.ts';
import { askOutside } from './outside.ts';
import { checkedProgram, hasErrors, mistakes, openProject, type Project, targetOf } from './project.ts';
import { VERSION } from './version.ts';

interface Options {
  readonly target?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export const build: CommandModule<Options> = {
  arguments: [],
  options: [
    { flags: '-t, --target <target>', help: "build for this target (default: the project's)" },
    { flags: '-o, --out <folder>', help: 'write here (default: dist, in the project)' },
    JSON_OPTION,
  ],
  details: 'The folder is replaced whole or not at all; the same program gives the same bytes.',
  examples: [
    { text: 'pipec build', does: 'to dist/' },
    { text: 'pipec build --target prod --out build/prod', does: 'for another target' },
    { text: 'node dist/jobs/nightly.mjs run', does: 'a job, without pipec' },
  ],
  run: async (io, _args, { target, out, json = false }) => {
    const began = performance.now();
    const project = openProject(io);
    await askOutside(project, io.environment);
    if (json && tellJson(io, project)) return EXIT.program;
    const program = checkedProgram(io, project);
    const plan = planProgram(program, targetOf(program, target), VERSION);
    const folder = out === undefined ? resolve(project.root, 'dist') : resolve(io.folder, out);
    const { files } = await writeBuild({ plan, root: project.root, out: folder, runtime: runtimeModule() }).catch(
      (error: unknown) => {
        if (error instanceof OutputError) throw new CommandError(error.code, EXIT.run, error.message);
        throw error;
      },
    );
    if (!json) {
      const { glyphs, paint } = io.out.style;
      const bundle = files.find((file) => /^jobs\/.*\.mjs$/.test(file));
      const runtime = bundle === undefined ? '' : ' and the runtime';
      io.out.line(
        `${paint.green(glyphs.done)} ${plural(files.length, 'file')}${runtime} in ${shown(folder, io)} ${paint.dim(`(${Math.round(performance.now() - began)} ms)`)}`,
      );
      if (bundle !== undefined) io.out.line(`Run a job without pipec: node ${shown(join(folder, bundle), io)} run`);
      io.out.line(`Look at it: ${join(folder, 'docs', 'index.html')}`);
    }
    return EXIT.done;
  },
};

/** A path as it is typed where the command was called; whole where it lies outside. */
function shown(path: string, io: Io): string {
  const near = relative(io.folder, path);
  return near === '' ? '.' : near.startsWith('..') ? path : near;
}

/** Diagnostics as lines of JSON; true where there are errors. */
function tellJson(io: Io, project: Project): boolean {
  const found = mistakes(project);
  for (const one of found) io.out.json(jsonDiagnostic(one, project.locate));
  return hasErrors(found);
}

/** What `pipec/runtime` stands for in the bundles: built beside this module, or its source in a checkout. */
function runtimeModule(): string {
  const found = ['../runtime.mjs', '../../runtime/index.ts']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('the runtime is not beside the command');
  return found;
}
