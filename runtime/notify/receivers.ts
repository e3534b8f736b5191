/** Who can be told: one line a kind of receiver. */

import { traceparentOf } from '../observe/trace.ts';
import type { ReceiverPlan, Text } from '../plan.ts';
import { mail } from './email.ts';
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

/** @throws Undelivered */
export async function send(
  to: ReceiverPlan,
  known: (text: Text) => string,
  event: string,
  message: Message,
): Promise<void> {
  switch (to.kind) {
    case 'slack':
      return await post(known(to.url), slackBody(message));
    case 'webhook': {
      const text = [titleOf(message), ...linesOf(message)].join('\n');
      const token = to.token === null ? {} : { authorization: `Bearer ${known(to.token)}` };
      return await post(known(to.url), { ...message, event, text } satisfies WebhookBody, {
        ...token,
        ...traceHeader(message),
      });
    }
    case 'email':
      return await mail({ from: to.from, to: to.to, server: known(to.server) }, event, message);
  }
}
