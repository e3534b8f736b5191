/** `pipec sql`: the SQL of a dataset, as a run would send it. */
import { planSelection } from '../plan/plan.ts';
import { type EngineName, engineTitles } from '../semantics/functions/table.ts';
import { refusals } from '../semantics/refusals.ts';
import { dialects, engineNamed } from '../sql/registry.ts';
import { type CommandModule, EXIT, JSON_OPTION, usageError } from './command.ts';
import type { SqlLine } from './machine.ts';
import { checkedProgram, findDataset, openProject, targetOf } from './project.ts';

export const sql: CommandModule<{ readonly target?: string; readonly engine?: string; readonly json?: boolean }> = {
  arguments: [{ name: '<dataset>', help: 'a table of the project', completes: 'dataset' }],
  options: [
    { flags: '--engine <engine>', help: "in the words of duckdb, postgres or clickhouse (default: the target's)" },
    { flags: '-t, --target <target>', help: "for this target (default: the project's)" },
    JSON_OPTION,
  ],
  examples: [
    { text: 'pipec sql daily_revenue', does: 'to read it' },
    { text: 'pipec sql daily_revenue --engine clickhouse', does: 'to read it as ClickHouse would' },
    { text: 'pipec sql daily_revenue > daily_revenue.sql', does: 'to keep it' },
  ],
  run: (io, [name = ''], { target, engine, json = false }) => {
    const program = checkedProgram(io, openProject(io));
    const dataset = findDataset(program.datasets, name);
    const words = engine === undefined ? undefined : engineOf(engine);
    const refused = words === undefined || dataset.rel === null ? [] : refusals(dataset.rel, words);
    if (words !== undefined && refused.length > 0)
      throw usageError(
        `\`${dataset.name}\` cannot run on ${engineTitles[words]}`,
        ...refused.map(({ fn, reason }) => `\`${fn}\`: ${engineTitles[words]} takes no ${reason}`),
      );
    const step = planSelection(program, targetOf(program, target), [dataset.name], words).tasks[0]?.step;
    if (step === undefined) throw new Error(`${dataset.name} has no step`);
    if (step.kind === 'load') {
      const readers = program.datasets.filter((one) => one.reads.includes(dataset.name)).map((one) => one.name);
      throw usageError(
        `\`${dataset.name}\` is a source: its rows are loaded, not computed by SQL`,
        ...(readers.length > 0 ? [`what reads it: ${readers.join(', ')}`] : []),
      );
    }
    if (step.kind === 'function')
      throw usageError(
        `\`${dataset.name}\` is a step: its rows are computed by \`${step.function.name}\` of \`${step.function.file}\`, not by SQL`,
      );
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

/** The engine of that name. */
function engineOf(name: string): EngineName {
  const engine = engineNamed(name);
  if (engine === null)
    throw usageError(`there is no engine \`${name}\``, `engines: ${Object.keys(dialects).join(', ')}`);
  return engine;
}
