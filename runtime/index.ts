/** What `pipec/runtime` is: the builders of jobs, their runner, and what the command and the editor ask of a target. */
import './threads.ts';

export { type Batch, type BatchFunction, type FunctionContext, type FunctionLoader, functionsOf } from './batches.ts';
export {
  after,
  type DagOptions,
  type DagScope,
  type Duration,
  dag,
  elt,
  etl,
  from,
  load,
  log,
  rowsAfter,
  rowsSince,
  since,
  spanOf,
  sql,
  step,
  type Target,
  type TaskRef,
  to,
  view,
} from './builders.ts';
export { PipecError, type RunCode, runCodes, runError, toRunError } from './errors.ts';
export type { LoadResult, RunError, RunEvent, RunStatus } from './events.ts';
export type { RunListener } from './listeners.ts';
export { main } from './main.ts';
export type * from './plan.ts';
export { queryAll, queryTarget, type TargetQuery, type TargetRows } from './query.ts';
export { type RunOptions, type RunSummary, runJob, selectTasks } from './run.ts';
export type { CheckRecord, RunRecord, RunState, TaskRecord, TaskState } from './state/records.ts';
export { State } from './state/state.ts';
