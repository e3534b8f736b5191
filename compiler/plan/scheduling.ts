/** What a scheduler goes by beside the schedules of jobs: times without runs, who is told, and places in pools. */
import type { NotifyPlan, Plan, ReceiverPlan, TaskPlan } from '../../runtime/plan.ts';
import type { ConnectorUse, Program } from '../semantics/model.ts';
import { plainText, textOf } from './config.ts';

/** Of one target. */
export function schedulingOf(program: Program, target: string): Pick<Plan, 'blackouts' | 'notify'> {
  return {
    blackouts: program.blackouts,
    notify: program.notify.flatMap(({ name, to, about, jobs, targets, againMs }): NotifyPlan[] =>
      targets === null || targets.includes(target) ? [{ name, to: receiverOf(to), about, jobs, againMs }] : [],
    ),
  };
}

function receiverOf({ connector, args }: ConnectorUse): ReceiverPlan {
  const text = (name: string) => {
    const value = args[name];
    return value === undefined ? null : textOf(value);
  };
  switch (connector) {
    case 'slack':
      return { kind: 'slack', url: text('url') ?? '' };
    case 'webhook':
      return { kind: 'webhook', url: text('url') ?? '', token: text('token') };
    case 'email': {
      const to = args['to'];
      const addresses = to?.kind === 'list' ? to.items : to === undefined ? [] : [to];
      return {
        kind: 'email',
        to: addresses.flatMap((each) => plainText(each) ?? []),
        from: plainText(args['from']) ?? '',
        server: text('server') ?? '',
      };
    }
    default:
      throw new Error(`${connector} receives no messages`);
  }
}

/** Tasks with the pools of their datasets, else that of the job, and the places that there are. */
export function pooled(
  tasks: readonly TaskPlan[],
  program: Program,
  own: string | null,
): { readonly tasks: readonly TaskPlan[]; readonly pools?: Readonly<Record<string, number>> } {
  const named = new Map(program.datasets.map(({ name, pool }) => [name, pool]));
  const poolOf = (task: TaskPlan): string | null => named.get(task.id) ?? own;
  const used = new Set(tasks.map(poolOf));
  const pools = program.pools.filter(({ name }) => used.has(name)).map(({ name, places }) => [name, places] as const);
  if (pools.length === 0) return { tasks };
  return {
    pools: Object.fromEntries(pools),
    tasks: tasks.map(({ step, ...task }) => {
      const pool = poolOf({ ...task, step });
      return pool === null ? { ...task, step } : { ...task, pool, step };
    }),
  };
}
