import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { anyCall, rate, runtime } from './values.ts';

/** An API that is asked: pages of JSON rows. */
export const http: Connector = {
  name: 'http',
  elsewhere: ['https', 'rest', 'api'],
  doc: "Rows of an API: `from http('https://rates.example/v1/daily', paginate: cursor('next'), limit: per_second(5))`.",
  delivery: 'pull',
  replayable: false,
  over: ['http'],
  as: {
    connection: {
      notYet: null,
      signature: {
        positional: ['url'],
        schema: {
          url: required(
            runtime("the address in quotes, or `secret('NAME')`"),
            'what the paths of its sources begin with',
          ),
          token: optional(runtime(), 'sent as `Authorization: Bearer …`'),
        },
      },
    },
    source: {
      notYet:
        "fetch the rows into a file and read it with `file('…')`, or name a connection and let the target put `files('…')` in its place",
      signature: {
        positional: ['url'],
        schema: {
          url: required(runtime('the address or path in quotes'), 'the address, or a path below its connection'),
          token: optional(runtime(), 'sent as `Authorization: Bearer …`'),
          paginate: optional(
            anyCall("`cursor('next')`, `page('page')` or `offset('offset')`", 'cursor', 'page', 'offset'),
            'how the next page is found',
          ),
          limit: optional(rate(), 'how often the server may be asked'),
        },
      },
    },
  },
};
