/** `pipec check`: every mistake of the project, with its place; nothing runs. */
import { resolve } from 'node:path';
import { jsonDiagnostic, plural, summary } from '../diagnostics/render.ts';
import { CheckCache } from './check-cache.ts';
import { type CommandModule, EXIT, JSON_OPTION } from './command.ts';
import { replaceFile } from './fmt.ts';
import type { Io } from './io.ts';
import { askOutside } from './outside.ts';
import { hasErrors, mistakes, openProject, showMistakes, tellErrors } from './project.ts';

/** One fix may make way for another; a fix that brings back what another mends must not run for ever. */
const MOST_ROUNDS = 10;

interface Options {
  readonly fix?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly cache: boolean;
}

export const check: CommandModule<Options> = {
  arguments: [],
  options: [
    { flags: '--fix', help: 'apply the fixes that need no choice' },
    { flags: '--all', help: 'show every mistake, not the first few of each code' },
    { flags: '--no-cache', help: 'check everything anew, and keep nothing for the next check' },
    JSON_OPTION,
  ],
  details: 'Parses, binds, types and lints all .pipe files of the project. Exit code 1 where there is an error.',
  examples: [
    { text: 'pipec check', does: 'here' },
    { text: 'pipec check --fix', does: 'and mend what can be mended' },
    { text: 'pipec check --json | jq .code', does: 'for programs' },
  ],
  run: async (io, _args, { fix = false, all = false, json = false, cache }) => {
    const began = performance.now();
    const fixed = fix ? applyFixes(io) : [];
    const kept = cache ? new CheckCache(io.environment) : null;
    const project = openProject(io, (root) => kept?.read(root) ?? null);
    await askOutside(project, io.environment);
    const found = mistakes(project, 'findings');
    if (json) for (const one of found) io.out.json(jsonDiagnostic(one, project.locate));
    else {
      showMistakes(found, project, io.out, all);
      const { glyphs, paint } = io.out.style;
      if (fixed.length > 0) io.out.line(`${paint.green(glyphs.done)} mended ${fixed.join(', ')}`);
      if (hasErrors(found)) tellErrors(found, io.out);
      else {
        const datasets = project.workspace.datasetCount;
        io.out.line(
          `${paint.green(glyphs.done)} ${plural(project.sources.size, 'file')}, ${plural(datasets, 'dataset')}: no errors${found.length === 0 ? '' : `, ${summary(found, io.out.style)}`} ${paint.dim(`(${Math.round(performance.now() - began)} ms)`)}`,
        );
      }
    }
    if (kept !== null && project.problems.length === 0) {
      const saved = project.workspace.save();
      if (saved !== null) kept.write(project.root, saved);
    }
    return hasErrors(found) ? EXIT.program : EXIT.done;
  },
};

/** Applies safe fixes until there are none; answers the files that changed. */
function applyFixes(io: Io): string[] {
  const changed = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const project = openProject(io);
    const texts = project.problems.length > 0 ? new Map<string, string>() : project.workspace.applyFixes();
    if (texts.size === 0) break;
    for (const [file, text] of texts) {
      replaceFile(resolve(project.root, file), text);
      changed.add(file);
    }
  }
  return [...changed].sort();
}
