import { required } from '../config.ts';
import type { Connector } from './connector.ts';
import { runtime } from './values.ts';

/** A channel that takes messages as Slack does: also Mattermost, Rocket.Chat, Zulip and others. */
export const slack: Connector = {
  name: 'slack',
  doc: "A channel of Slack, by an incoming webhook: `notify on_call { to: slack(secret('SLACK_URL')) }`. Others take the same form of message: Mattermost, Rocket.Chat.",
  delivery: null,
  replayable: false,
  over: [],
  as: {
    receiver: {
      notYet: null,
      signature: {
        positional: ['url'],
        schema: {
          url: required(runtime("the address of the incoming webhook, mostly `secret('NAME')`"), '`https://…`'),
        },
      },
    },
  },
};
