/** A run of a job from its first word to its last: its texts, its record, those who are told of it, and the tasks between. */
import './threads.ts';
import { type Holder, holderText } from './engine.ts';
import { engineTexts, loadEngine, openAhead } from './engines/registry.ts';
import { redacted, toRunError } from './errors.ts';
import type { RunEvent } from './events.ts';
import { Run, type RunOptions, type RunSummary } from './executor.ts';
import { announcer } from './listeners.ts';
import { openObservers } from './observe/observers.ts';
import type { JobPlan, Step, TargetPlan, Text } from './plan.ts';
import { resolveTexts } from './secrets.ts';
import { readerTexts } from './sources/reader.ts';
import { statePlace, stateText } from './state/place.ts';
import { openState, type State } from './state/state.ts';

export type { RunOptions, RunSummary };

/** Who asks for a run to be cancelled is heard after so long. */
const LOOK_MS = 500;

/** The part of a job that makes these datasets; what is not chosen is taken as it is. */
export function selectTasks(job: JobPlan, chosen: ReadonlySet<string>): JobPlan {
  const tasks = job.tasks
    .filter((task) => chosen.has(task.id))
    .map((task) => ({ ...task, after: task.after.filter((id) => chosen.has(id)) }));
  return { ...job, tasks };
}

/** Every text of a plan that is known at run time at the latest. */
function textsOf(target: TargetPlan, steps: readonly Step[]): Text[] {
  const texts: Text[] = [...engineTexts(target.engine), stateText(target.state)];
  for (const step of steps) {
    if (step.into.storage.kind === 'lake') texts.push(step.into.storage.path);
    if (step.kind === 'load') texts.push(...readerTexts(step.from));
  }
  return texts;
}

/**
 * Runs a job. A task that fails is in the summary; what keeps the run from starting is thrown.
 * @throws PipecError `secret-missing`, `env-missing`, `state-unusable`, `database-busy`, `database-unreadable`, `not-writable`, `disk-full`
 */
export async function runJob(options: RunOptions): Promise<RunSummary> {
  const { folder, project, target, job, name = job.name, env = process.env } = options;
  const steps = job.tasks.map((task) => task.step);
  const texts = await resolveTexts(textsOf(target, steps), target.secrets, folder, env);
  await using _database = await openAhead({ folder, plan: target.engine, texts });
  await loadEngine(target.engine);
  const { state, setAside } = await openState(statePlace(target.state, folder, texts));
  const { recorder } = state;
  const observers = await openObservers({ folder, project, target, job, name, texts, env }, options.describe);
  const observing = announcer(observers.listeners);
  const others = announcer(options.listeners ?? []);
  // Told last, when it is known whether all that came before has arrived in the record and with those who observe.
  let end: RunEvent | null = null;
  const run = new Run(options, texts, (event) => {
    const clean = texts.redact(event);
    recorder.record(clean);
    observing.tell(clean);
    if (clean.event === 'run.finished') end = clean;
    else others.tell(clean);
  });
  const stopLooking = again(LOOK_MS, async () => {
    if (await state.look(run.id)) run.cancel();
  });
  try {
    const start = texts.redact(run.start());
    recorder.record(start);
    recorder.expect(
      run.id,
      job.tasks.map((task) => task.id),
    );
    const { action = 'run', program = null } = options;
    const subject = start.event === 'run.started' ? start.job : null;
    await state.audit.append({ action, target: target.name, subject: subject ?? chosen(job), run: run.id, program });
    // Whoever is told of a run finds it in the record.
    await recorder.flush();
    observing.tell(start);
    others.tell(start);
    for (const warning of observers.warnings) run.warn(warning);
    if (setAside !== null) run.warn(`the record of earlier runs was damaged and is now ${setAside}`);
    return await run.perform((holder) => nameHolder(state, holder));
  } catch (failure) {
    throw redacted(failure, texts.redact);
  } finally {
    stopLooking();
    await Promise.all([observing.settled(), others.settled()]);
    for (const told of await observers.close()) run.warn(told);
    const lost = await state.close();
    if (lost !== null) run.warn(`the record of this run is not complete: ${toRunError(lost).message}`);
    if (end !== null) others.tell(end);
    await others.settled();
  }
}

/** Does it after so long, and again so long after it has been done, until the answer is called. */
function again(ms: number, work: () => Promise<void>): () => void {
  let stopped = false;
  let timer = setTimeout(look, ms).unref();
  async function look(): Promise<void> {
    await work();
    if (!stopped) timer = setTimeout(look, ms).unref();
  }
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** The datasets of a selection, in a few words. */
function chosen({ tasks }: JobPlan): string {
  const named = tasks.slice(0, 5).map(({ id }) => id);
  return `${named.join(', ')}${tasks.length > named.length ? ` and ${tasks.length - named.length} more` : ''}`;
}

async function nameHolder(state: State, holder: Holder): Promise<string> {
  if (holder.name !== undefined) return holder.name;
  const run = (await state.running()).find((other) => other.pid === holder.pid && other.waiting === null);
  return run === undefined ? holderText(holder) : `run ${run.run} (process ${holder.pid})`;
}
