import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { plainText, runtime } from './values.ts';

/** Rows that others post to us, and messages that we post to others. */
export const webhook: Connector = {
  name: 'webhook',
  doc: "Rows that others post: `from webhook('/orders', signature: secret('HOOK_KEY'))`. Of `notify`, an address that messages are posted to, as JSON: `to: webhook(secret('HOOK_URL'))`.",
  delivery: 'push',
  replayable: false,
  over: [],
  as: {
    source: {
      notYet: "collect the rows in a file and read it with `file('…')`",
      signature: {
        positional: ['path'],
        schema: {
          path: required(plainText('the path in quotes'), 'where they are posted'),
          signature: optional(runtime("`secret('NAME')`"), 'the key that deliveries are signed with'),
        },
      },
    },
    receiver: {
      notYet: null,
      signature: {
        positional: ['url'],
        schema: {
          url: required(runtime("the address, mostly `secret('NAME')`"), '`https://…`'),
          token: optional(runtime("`secret('NAME')`"), 'sent along as `Authorization: Bearer …`'),
        },
      },
    },
  },
};
