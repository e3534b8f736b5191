/** `pipec sql`: the SQL of a dataset, as a run would send it. */

import { askedSpan, boundSql, intervalAt, spanText } from '../../runtime/intervals.ts';
import type { BuildStep, ViewStep } from '../../runtime/plan.ts';
import { planSelection } from '../plan/plan.ts';
import { type EngineName, engineTitles } from '../semantics/functions/table.ts';
import type { DatasetModel } from '../semantics/model.ts';
import { refusals } from '../semantics/refusals.ts';
import { dialects, engineNamed } from '../sql/registry.ts';
import { type CommandModule, EXIT, JSON_OPTION, moment, usageError } from './command.ts';
import { ENVIRONMENT_OPTION, type EnvironmentOption, inEnvironment } from './environment.ts';
import type { SqlLine } from './machine.ts';
import { checkedProgram, findDataset, openProject, targetOf } from './project.ts';

interface Options extends EnvironmentOption {
  readonly target?: string;
  readonly engine?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

export const sql: CommandModule<Options> = {
  arguments: [{ name: '<dataset>', help: 'a table of the project', completes: 'dataset' }],
  options: [
    { flags: '--engine <engine>', help: "in the words of duckdb, postgres or clickhouse (default: the target's)" },
    { flags: '--from <time>', help: 'of a table in intervals: the statement from here on', parse: moment('--from') },
    { flags: '--to <time>', help: 'up to here (default: one interval)', parse: moment('--to') },
    { flags: '-t, --target <target>', help: "for this target (default: the project's)" },
    ENVIRONMENT_OPTION,
    JSON_OPTION,
  ],
  examples: [
    { text: 'pipec sql daily_revenue', does: 'to read it' },
    { text: 'pipec sql daily_revenue --engine clickhouse', does: 'to read it as ClickHouse would' },
    { text: 'pipec sql daily_revenue --from 2024-03-01', does: 'what computes that day' },
    { text: 'pipec sql daily_revenue > daily_revenue.sql', does: 'to keep it' },
  ],
  run: (io, [name = ''], { target, env, engine, from, to, json = false }) => {
    const program = inEnvironment(checkedProgram(io, openProject(io)), env);
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
    const shown = from === undefined && to === undefined ? step : { ...step, ...statementOf(dataset, step, from, to) };
    if (json)
      io.out.json({
        dataset: dataset.name,
        kind: step.kind,
        sql: shown.sql,
        assertions: shown.assertions.map(({ message, sql: text }) => ({ message, sql: text })),
      } satisfies SqlLine);
    else io.out.line(shown.sql.trimEnd());
    return EXIT.done;
  },
};

/** What an increment runs. */
function statementOf(
  { name, refresh }: DatasetModel,
  step: BuildStep | ViewStep,
  from: string | undefined,
  to: string | undefined,
): Pick<BuildStep, 'sql' | 'assertions'> {
  const plan = step.kind === 'build' ? step.increment : null;
  if (plan?.kind !== 'intervals')
    throw usageError(
      `\`${name}\` has no intervals: it has \`refresh: ${refresh.kind}\``,
      `its statement: pipec sql ${name}`,
    );
  if (from === undefined) throw usageError('`--to` needs `--from`');
  if (to !== undefined && from >= to) throw usageError(`there is nothing between ${from} and ${to}`);
  const span = to === undefined ? intervalAt(plan, from) : askedSpan(plan, from, to);
  return {
    sql: `-- ${plan.by}: ${spanText(plan, span)}\n${boundSql(plan, plan.sql, span)}`,
    assertions: plan.assertions.map((one) => ({ ...one, sql: boundSql(plan, one.sql, span) })),
  };
}

/** The engine of that name. */
function engineOf(name: string): EngineName {
  const engine = engineNamed(name);
  if (engine === null)
    throw usageError(`there is no engine \`${name}\``, `engines: ${Object.keys(dialects).join(', ')}`);
  return engine;
}
