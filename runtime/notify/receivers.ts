/** Who can be told: one line a kind of receiver. */

import { traceparentOf } from '../observe/trace.ts';
import type { ReceiverPlan, Text } from '../plan.ts';
import { letter, mail } from './email.ts';
import { linesOf, type Message, titleOf } from './message.ts';
import { post } from './post.ts';
import { slackBody } from './slack.ts';

/** Every text of a receiver that is known at run time at the latest. */
export function receiverTexts(to: ReceiverPlan): readonly Text[] {
  switch (to.kind) {
    case 'slack':
      return [to.url];
    case 'webhook':
      return to.token === null ? [to.url] : [to.url, to.token];
    case 'email':
      return [to.server];
  }
}

/** What a message about a run makes happen belongs to the trace of the run. */
function traceHeader({ run }: Message): Readonly<Record<string, string>> {
  return run === null ? {} : { traceparent: traceparentOf(run, {}) };
}

/** What a webhook is given: the message as data, with its words. */
export type WebhookBody = Message & { readonly event: string; readonly text: string };

/** What a receiver is given, without its address, user, password or token. */
export function written(to: ReceiverPlan, event: string, message: Message): Readonly<Record<string, unknown>> {
  switch (to.kind) {
    case 'slack':
      return slackBody(message);
    case 'webhook':
      return { ...message, event, text: [titleOf(message), ...linesOf(message)].join('\n') } satisfies WebhookBody;
    case 'email':
      return letter(to, message);
  }
}

/** What it answered, in a few words. @throws Undelivered */
export async function send(
  to: ReceiverPlan,
  known: (text: Text) => string,
  event: string,
  message: Message,
): Promise<string> {
  switch (to.kind) {
    case 'slack':
      return await post(known(to.url), written(to, event, message));
    case 'webhook': {
      const token = to.token === null ? {} : { authorization: `Bearer ${known(to.token)}` };
      return await post(known(to.url), written(to, event, message), { ...token, ...traceHeader(message) });
    }
    case 'email':
      return await mail({ from: to.from, to: to.to, server: known(to.server) }, event, message);
  }
}
