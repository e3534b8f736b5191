/** `pipec sql`: the SQL of a dataset, as a run would send it. */
import { planSelection } from '../plan/plan.ts';
import { type CommandModule, EXIT, JSON_OPTION, usageError } from './command.ts';
import type { SqlLine } from './machine.ts';
import { checkedProgram, findDataset, openProject, targetOf } from './project.ts';

export const sql: CommandModule<{ readonly target?: string; readonly engine?: string; readonly json?: boolean }> = {
  arguments: [{ name: '<dataset>', help: 'a table of the project', completes: 'dataset' }],
  options: [
    { flags: '--engine <engine>', help: "in the words of this engine (default: the target's)" },
    { flags: '-t, --target <target>', help: "for this target (default: the project's)" },
    JSON_OPTION,
  ],
  examples: [
    { text: 'pipec sql daily_revenue', does: 'to read it' },
    { text: 'pipec sql daily_revenue > daily_revenue.sql', does: 'to keep it' },
  ],
  run: (io, [name = ''], { target, engine, json = false }) => {
    const program = checkedProgram(io, openProject(io));
    const dataset = findDataset(program.datasets, name);
    const step = planSelection(program, targetFor(program, target, engine), [dataset.name]).tasks[0]?.step;
    if (step === undefined) throw new Error(`${dataset.name} has no step`);
    if (step.kind === 'load') {
      const readers = program.datasets.filter((one) => one.reads.includes(dataset.name)).map((one) => one.name);
      throw usageError(
        `\`${dataset.name}\` is a source: its rows are loaded, not computed by SQL`,
        ...(readers.length > 0 ? [`what reads it: ${readers.join(', ')}`] : []),
      );
    }
    if (json)
      io.out.json({
        dataset: dataset.name,
        kind: step.kind,
        sql: step.sql,
        assertions: step.assertions.map(({ message, sql: text }) => ({ message, sql: text })),
      } satisfies SqlLine);
    else io.out.line(step.sql.trimEnd());
    return EXIT.done;
  },
};

type Program = ReturnType<typeof checkedProgram>;

/** The named target; with `engine`, one of that engine. */
function targetFor(program: Program, target: string | undefined, engine: string | undefined): string {
  const name = targetOf(program, target);
  if (engine === undefined) return name;
  const fits = [name, ...program.targets.map((one) => one.name)].find(
    (one) => program.targets.find((candidate) => candidate.name === one)?.engine.connector === engine,
  );
  if (fits === undefined) {
    const engines = [...new Set(program.targets.map((one) => one.engine.connector))];
    throw usageError(
      `no target of the project has the engine \`${engine}\``,
      `engines of its targets: ${engines.join(', ')}`,
    );
  }
  return fits;
}
