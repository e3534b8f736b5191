/** A project's program in a target of one engine, and in its environments: planned, run and looked at in this process. */
import { mkdirSync } from 'node:fs';
import { publicRelations } from '../../compiler/plan/destination.ts';
import { planProgram, planSelection } from '../../compiler/plan/plan.ts';
import { valueName } from '../../compiler/relational/types.ts';
import type { Program } from '../../compiler/semantics/model.ts';
import { changesOf, type DatasetChange, removedBy } from '../../runtime/changes.ts';
import { type ComparedDataset, type DatasetDiff, diffTargets } from '../../runtime/diff/diff.ts';
import type { TargetChange } from '../../runtime/engine.ts';
import type { Published } from '../../runtime/engines/published.ts';
import type { TargetPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { type RunSummary, runJob } from '../../runtime/run.ts';
import { allVersions, targetContents } from '../../runtime/status.ts';
import { workspaceOf } from './check.ts';

export const now = new Date('2024-03-12T09:00:00Z');

export class TargetOf {
  readonly folder: string;
  readonly target: TargetPlan;
  #text: string;
  #sample: NonNullable<Program['sample']> | null = null;

  constructor(folder: string, target: TargetPlan, text: string) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.target = target;
    this.#text = text;
  }

  /** From now on the program is this one. */
  edit(text: string): void {
    this.#text = text;
  }

  /** From now on only so much of the rows is read; null: all. */
  sample(sample: Program['sample'] | null): void {
    this.#sample = sample ?? null;
  }

  program(environment: string | null): Program {
    const workspace = workspaceOf([{ path: 'shop.pipe', text: this.#text }]);
    const program = workspace.program();
    if (program === null)
      throw new Error(
        workspace
          .check()
          .map(({ message }) => message)
          .join('\n'),
      );
    return {
      ...program,
      ...(environment === null ? {} : { environment }),
      ...(this.#sample === null ? {} : { sample: this.#sample }),
    };
  }

  async #compared(environment: string | null) {
    const program = this.program(environment);
    const { tasks } = planSelection(program, 'here', null);
    const { datasets } = planProgram(program, 'here', '0.0.0');
    const place = { folder: this.folder, target: this.target };
    const { published, production, catalogue } = await targetContents(place, environment);
    return {
      project: 'shop',
      tasks,
      datasets,
      exposures: [],
      took: new Map(),
      now,
      published,
      production,
      catalogue,
    };
  }

  /** What `plan` tells, without what stays. */
  async plan(environment: string | null = null): Promise<readonly DatasetChange[]> {
    return changesOf(await this.#compared(environment)).filter(({ change }) => change !== 'unchanged');
  }

  async told(environment: string | null = null): Promise<readonly string[]> {
    return (await this.plan(environment)).map(
      ({ dataset, change, work }) => `${change} ${dataset}${work?.kind === 'share' ? ', shared' : ''}`,
    );
  }

  async apply(environment: string | null = null): Promise<RunSummary> {
    const compared = await this.#compared(environment);
    const changes = changesOf(compared).filter(({ change }) => change !== 'unchanged');
    const names = changes.flatMap(({ dataset, change }) => (change === 'removed' ? [] : [dataset]));
    return await this.#job(environment, names, {
      full: true,
      apply: {
        kind: 'apply',
        environment,
        program: '',
        plan: null,
        changes: changes.map(({ dataset, change }) => ({ dataset, change })),
      },
      changes: removedBy(changes, compared).map((removed) => ({ kind: 'remove', removed, held: false })),
    });
  }

  async run(environment: string | null = null, names: readonly string[] | null = null): Promise<RunSummary> {
    return await this.#job(environment, names, {});
  }

  async change(environment: string | null, changes: readonly TargetChange[]): Promise<RunSummary> {
    return await this.#job(environment, [], { changes });
  }

  async #job(
    environment: string | null,
    names: readonly string[] | null,
    more: Partial<Parameters<typeof runJob>[0]>,
  ): Promise<RunSummary> {
    const { folder, target } = this;
    const job = planSelection(this.program(environment), 'here', names);
    return await runJob({ folder, project: 'shop', target, job, environment, now, ...more });
  }

  /** Rows of a view as texts, sorted. */
  async rows(view: string): Promise<readonly string[]> {
    const { folder, target } = this;
    const rows = await queryAll({ folder, target, sql: `SELECT * FROM ${view}`, limit: null });
    return rows.map((row) => Object.values(row).join(' ')).sort();
  }

  /** How the data of an environment differs from production's. */
  async compared(environment: string): Promise<readonly DatasetDiff[]> {
    const { folder, target } = this;
    const [production, own] = [this.program(null), this.program(environment)].map(publicRelations);
    const datasets = this.program(null).datasets.map(({ name, key, row }) => ({
      name,
      key,
      views: [production?.get(name), own?.get(name)] as unknown as ComparedDataset['views'],
      columns: row.columns.map((column) => ({
        name: column.name,
        type: valueName(column),
        inexact: column.inexact,
        personal: false,
      })),
    }));
    const place = { folder, target };
    const found: DatasetDiff[] = [];
    for await (const one of diffTargets({ from: place, to: { ...place, environment }, datasets, samples: 1 }))
      found.push(one);
    return found;
  }

  /** All that the target says of itself, by place. */
  async said(): Promise<ReadonlyMap<string, Published>> {
    return await allVersions({ folder: this.folder, target: this.target });
  }

  /** Names of all tables and views, those of work that views do not name marked by `orphan`. */
  async relations(): Promise<readonly string[]> {
    return [...(await targetContents({ folder: this.folder, target: this.target })).catalogue.keys()].sort();
  }
}
