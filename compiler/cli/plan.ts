/** `pipec plan`: what the program would change in a target, before anything does it. */
import type { DatasetChange, TargetChanges } from '../../runtime/changes.ts';
import type { Style } from '../diagnostics/style.ts';
import { changeLines, type Found, findChanges } from './changes.ts';
import { type CommandModule, EXIT, JSON_OPTION } from './command.ts';
import { askOutside } from './outside.ts';
import { checkedProgram, findDataset, openProject, targetOf } from './project.ts';

interface Options {
  readonly target?: string;
  readonly why?: string;
  readonly json?: boolean;
}

export const plan: CommandModule<Options> = {
  arguments: [],
  options: [
    { flags: '-t, --target <target>', help: "where (default: the project's target)" },
    { flags: '--why <dataset>', help: 'tell why a dataset changes, or does not' },
    JSON_OPTION,
  ],
  details: `Compares the program with what the target says of itself, and changes nothing. What is destructive, as building again does not bring it back, is marked.
Exit codes: 0 whether something changes or not, 1 the program is wrong, 3 the target cannot be asked.`,
  examples: [
    { text: 'pipec plan --target prod', does: 'what would change there' },
    { text: 'pipec plan --why daily_revenue', does: 'why one dataset is built again' },
    { text: 'pipec plan --json > plan.json', does: 'for programs: one object' },
  ],
  run: async (io, _words, options) => {
    const project = openProject(io);
    await askOutside(project, io.environment);
    const program = checkedProgram(io, project);
    const target = targetOf(program, options.target);
    const asked = options.why === undefined ? null : findDataset(program.datasets, options.why).name;
    const found = await findChanges(io, project.root, program, target);
    if (options.json === true) {
      io.out.json(machineForm(found, asked));
      return EXIT.done;
    }
    if (asked !== null) {
      for (const line of whyLines(found, asked, io.out.style)) io.out.line(line);
      return EXIT.done;
    }
    for (const line of changeLines(found, io.out.style)) io.out.line(line);
    for (const line of whatNow(found, program.project.target)) io.out.line(line);
    return EXIT.done;
  },
};

function whatNow({ changes, target }: Found, usual: string): readonly string[] {
  if (changes.length === 0) return ['The target has what the program says.'];
  const where = target === usual ? '' : ` --target ${target}`;
  const allowing = changes.some(({ destructive }) => destructive.length > 0) ? ' --allow-destructive' : '';
  return ['', `Nothing has been changed. Apply with: pipec apply${where}${allowing}`];
}

function machineForm({ tasks: _tasks, removes: _removes, ...found }: Found, asked: string | null): TargetChanges {
  return asked === null ? found : { ...found, changes: found.changes.filter(({ dataset }) => dataset === asked) };
}

/** From the dataset up to where the change is its own. */
function whyLines(found: Found, asked: string, style: Style): readonly string[] {
  const changes = new Map(found.changes.map((one) => [one.dataset, one]));
  const own = changes.get(asked);
  if (own === undefined)
    return [`${asked} stays: its code and that of all it stands on is what ${found.target} was built by.`];
  const seen = new Set<string>();
  const chain: DatasetChange[] = [];
  const visit = (one: DatasetChange): void => {
    if (seen.has(one.dataset)) return;
    seen.add(one.dataset);
    chain.push(one);
    for (const name of one.because) {
      const above = changes.get(name);
      if (above !== undefined) visit(above);
    }
  };
  visit(own);
  return changeLines(
    { ...found, changes: chain, unchanged: found.changes.length - chain.length + found.unchanged },
    style,
  );
}
