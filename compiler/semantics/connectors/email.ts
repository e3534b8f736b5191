import { list, mapped, oneOf, type Reader, required, text } from '../config.ts';
import type { ConfigValue } from '../model.ts';
import type { Connector } from './connector.ts';
import { runtime } from './values.ts';

/** One mailbox. The rest of RFC 5322 is for programs that take mail in. */
const ADDRESS = /^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/;

const address: Reader<ConfigValue> = mapped(
  text("an address in quotes, such as `'data@shop.example'`"),
  (value, at, what, context) => {
    if (ADDRESS.test(value)) return { kind: 'text', value };
    const expected = "one address, such as `'data@shop.example'`";
    context.report('wrong-property-value', { property: what, expected, found: `\`${value}\`` }, at);
    return undefined;
  },
);

const addresses: Reader<ConfigValue> = oneOf<ConfigValue>(
  'an address in quotes or a list of them',
  address,
  mapped(list(address), (items) => ({ kind: 'list', items })),
);

/** Messages by mail, handed to a server that sends it. */
export const email: Connector = {
  name: 'email',
  doc: "Mail, by a server that speaks SMTP: `notify desk { to: email('data@shop.example', from: 'pipec@shop.example', server: secret('SMTP_URL')) }`. The address is `smtps://user:password@host`, or `smtp://…` for a server that changes to TLS by itself.",
  delivery: null,
  replayable: false,
  over: [],
  as: {
    receiver: {
      notYet: null,
      signature: {
        positional: ['to'],
        schema: {
          to: required(addresses, 'who gets it'),
          from: required(address, 'who it comes from'),
          server: required(runtime("the address of the server, mostly `secret('NAME')`"), '`smtps://…` or `smtp://…`'),
        },
      },
    },
  },
};
