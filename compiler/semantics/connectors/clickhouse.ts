import { optional } from '../config.ts';
import type { Connector } from './connector.ts';
import { checkPlace, place } from './place.ts';
import { plainText } from './values.ts';

/** A ClickHouse server as engine. */
export const clickhouse: Connector = {
  name: 'clickhouse',
  doc: "A ClickHouse server: `engine: clickhouse(url: secret('CH_URL'), database: 'shop')`, or inside the process: `clickhouse(embedded: true)`.",
  delivery: null,
  replayable: false,
  over: [],
  as: {
    engine: {
      notYet: null,
      check: checkPlace,
      signature: {
        positional: ['url'],
        schema: {
          ...place('https://…'),
          database: optional(plainText(), 'the database, `default` where it is left out'),
        },
      },
    },
  },
};
