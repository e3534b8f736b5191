/** Whom a scheduler tells: the receivers of a plan, and the messages that they get. */
import type { NotifyPlan, Plan } from '../../runtime/plan.ts';
import type { Watch } from '../../runtime/schedule/watch.ts';
import type { Texts } from '../../runtime/secrets.ts';
import { CommandError, EXIT } from './command.ts';
import type { Environment } from './io.ts';

export interface Telling {
  readonly root: string;
  readonly plan: Plan;
  /** Ends the commands that people are told to type: ` --target prod`, or nothing. */
  readonly option: string;
  readonly environment: Environment;
}

/** Raises what is missing of the addresses: who cannot tell anybody is told before it is night. */
export async function watchOf({ root, plan, option, environment }: Telling): Promise<Watch> {
  const { PipecError } = await import('../../runtime/errors.ts');
  const { Desk } = await import('../../runtime/notify/desk.ts');
  const { send } = await import('../../runtime/notify/receivers.ts');
  const { Watch: Watching } = await import('../../runtime/schedule/watch.ts');
  const place = { root, plan, environment };
  for (const one of plan.notify)
    await textsOf(one, place).catch((failure: unknown) => {
      if (!(failure instanceof PipecError)) throw failure;
      throw new CommandError(failure.code, EXIT.run, `\`notify ${one.name}\` cannot tell anybody: ${failure.message}`, [
        'where nobody is to be told, say where somebody is: `targets: [prod]`',
      ]);
    });
  const desk = new Desk({
    notify: plan.notify,
    project: plan.project,
    target: plan.target.name,
    // Asked for each time, as addresses and passwords change while a scheduler works.
    send: async (to, { event, message }) => {
      const texts = await textsOf(to, place);
      await send(to.to, texts.valueOf, event, message);
    },
  });
  return new Watching(desk, { jobs: plan.jobs, datasets: plan.datasets, blackouts: plan.blackouts }, option);
}

/** Every text of a receiver. @throws PipecError `secret-missing`, `env-missing` */
export async function textsOf(
  { to }: NotifyPlan,
  { root, plan, environment }: Pick<Telling, 'root' | 'plan' | 'environment'>,
): Promise<Texts> {
  const { receiverTexts } = await import('../../runtime/notify/receivers.ts');
  const { resolveTexts } = await import('../../runtime/secrets.ts');
  return await resolveTexts(receiverTexts(to), plan.target.secrets, root, environment);
}
