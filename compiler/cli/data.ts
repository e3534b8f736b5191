/** Questions to the data of a target, in the words of the command. */
import type { Plan, TargetPlan } from '../../runtime/plan.ts';
import type { TargetRows } from '../../runtime/query.ts';
import type { StatePlace } from '../../runtime/state/place.ts';
import type { CheckRecord } from '../../runtime/state/records.ts';
import type { State } from '../../runtime/state/state.ts';
import { publicRelations } from '../plan/destination.ts';
import { dialectOf, planProgram } from '../plan/plan.ts';
import type { Program } from '../semantics/model.ts';
import { CommandError, EXIT } from './command.ts';
import { placeFlags } from './environment.ts';
import type { Environment, Io } from './io.ts';
import { VERSION } from './version.ts';

/** The public view of each dataset, quoted for a target, by the dataset's qualified name. */
export function publicViews(program: Program, target: string): ReadonlyMap<string, string> {
  const { quote } = dialectOf(program, target);
  return new Map(
    [...publicRelations(program)].map(([name, { schema, name: view }]) => [name, `${quote(schema)}.${quote(view)}`]),
  );
}

export interface Question {
  readonly root: string;
  readonly program: Program;
  readonly target: string;
  readonly sql: string;
  readonly limit: number | null;
  /** Datasets that have to be there for an answer: told apart from other failures. */
  readonly reads: readonly string[];
}

/** Raises `CommandError` never-built where what is read is not there yet, else what the target says. */
export async function ask(io: Io, { root, program, target, sql, limit, reads }: Question): Promise<TargetRows> {
  const { queryTarget } = await import('../../runtime/query.ts');
  try {
    return await queryTarget({ folder: root, target: planTarget(program, target), sql, limit, env: io.environment });
  } catch (error) {
    if (isMissing(error)) throw neverBuilt(reads, target, program);
    throw error;
  }
}

/** Qualified names of the datasets that have rows in the target. */
export async function publishedDatasets(
  io: Io,
  root: string,
  { target, datasets }: Pick<Plan, 'target' | 'datasets'>,
): Promise<ReadonlySet<string>> {
  const { queryTarget } = await import('../../runtime/query.ts');
  const views = new Map(datasets.map(({ name, view }) => [`${view.schema}.${view.name}`, name]));
  const found = new Set<string>();
  try {
    const { batches } = await queryTarget({
      folder: root,
      target,
      sql: `SELECT concat(table_schema, '.', table_name) AS name FROM information_schema.tables WHERE table_type = 'VIEW'`,
      limit: null,
      env: io.environment,
    });
    for await (const batch of batches) {
      for (const [view] of batch) {
        const name = views.get(String(view));
        if (name !== undefined) found.add(name);
      }
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return found;
}

/** The target alone: planning the datasets of a large project would take longer than the answer. */
export function planTarget(program: Program, target: string): TargetPlan {
  return planProgram({ ...program, datasets: [], jobs: [], exposures: [] }, target, VERSION).target;
}

/** What DuckDB, PostgreSQL and ClickHouse say of a view, or a schema, that is not there. */
const MISSING = /^Catalog Error: .*does not exist|^\[(42P01|3F000)\]|\((UNKNOWN_TABLE|UNKNOWN_DATABASE)\)/s;

/** The view or the whole database is not there. By the code, and by the engine's words for a missing view. */
function isMissing(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  if (error.code === 'database-missing') return true;
  return error.code === 'statement-failed' && 'engine' in error && MISSING.test(String(error.engine));
}

function neverBuilt(reads: readonly string[], target: string, program: Program): CommandError {
  const [first = ''] = reads;
  const names = reads.map((name) => `\`${name}\``).join(', ');
  return new CommandError(
    'never-built',
    EXIT.run,
    reads.length === 1
      ? `${names} has never been built in \`${target}\``
      : `not all of ${names} have been built in \`${target}\``,
    [`build it: pipec run${placeFlags(program, target)} +${first}`],
  );
}

/** Where the runtime keeps the rows that broke a source's contract, quoted for a target. */
export async function quarantineOf(program: Program, target: string, name: string): Promise<string> {
  const { PIPEC, quarantineName } = await import('../../runtime/engines/versions.ts');
  const relation = publicRelations(program).get(name);
  if (relation === undefined) throw new Error(`${name} has no public view`);
  const { quote } = dialectOf(program, target);
  return `${quote(PIPEC)}.${quote(quarantineName(relation))}`;
}

/** Checks of a dataset that did not hold in the last run that judged them. */
export async function failedChecks(
  io: Io,
  of: { readonly root: string; readonly program: Program; readonly target: string; readonly dataset: string },
): Promise<CheckRecord[]> {
  const { root, program, target, dataset } = of;
  const state = await openState({ root, target: planTarget(program, target), environment: io.environment });
  try {
    return ((await state?.checks({ task: dataset })) ?? []).filter((check) => !check.passed);
  } finally {
    await state?.close();
  }
}

interface StateOf {
  readonly root: string;
  readonly target: TargetPlan;
  readonly environment: Environment;
}

/** What earlier runs have left of themselves, to be closed; null where nothing has run. */
export async function openState(of: StateOf): Promise<State | null> {
  const { State } = await import('../../runtime/state/state.ts');
  return await State.find(await stateOf(of));
}

/** Where the operational state of a target is kept. */
export async function stateOf({ root, target, environment }: StateOf): Promise<StatePlace> {
  const { resolveTexts } = await import('../../runtime/secrets.ts');
  const { statePlace, stateText } = await import('../../runtime/state/place.ts');
  const texts = await resolveTexts([stateText(target.state)], target.secrets, root, environment);
  return statePlace(target.state, root, texts);
}
