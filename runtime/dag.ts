/** The tasks of a job as a graph: who waits for whom, and how far each has come. */
import { runError } from './errors.ts';
import type { TaskPlan } from './plan.ts';

export interface Node {
  readonly task: TaskPlan;
  readonly downstream: Node[];
  waitsFor: number;
  settled: boolean;
  /** Of the attempt to come, from 1. */
  attempt: number;
  /** When its first attempt began. */
  start: number;
}

/** @throws PipecError `internal` where a task is after one that is not there */
export function graph(tasks: readonly TaskPlan[]): Node[] {
  const nodes = new Map<string, Node>(
    tasks.map((task) => [
      task.id,
      { task, downstream: [], waitsFor: 0, settled: false, attempt: 1, start: performance.now() },
    ]),
  );
  for (const node of nodes.values()) {
    for (const id of node.task.after) {
      const upstream = nodes.get(id);
      if (upstream === undefined)
        throw runError('internal', { why: `task ${node.task.id} is after ${id}, which is no task of this job` });
      upstream.downstream.push(node);
      node.waitsFor += 1;
    }
  }
  return [...nodes.values()];
}
