import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { plainText, runtime } from './values.ts';

/** Rows that others post to us. */
export const webhook: Connector = {
  name: 'webhook',
  doc: "Rows that others post: `from webhook('/orders', signature: secret('HOOK_KEY'))`.",
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
  },
};
