import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { plainText, runtime } from './values.ts';

/** A ClickHouse server as engine. */
export const clickhouse: Connector = {
  name: 'clickhouse',
  doc: "A ClickHouse server: `engine: clickhouse(url: secret('CH_URL'), database: 'shop')`.",
  delivery: null,
  replayable: false,
  over: [],
  as: {
    engine: {
      notYet: "use `duckdb(path: '…')`",
      signature: {
        positional: ['url'],
        schema: {
          url: required(runtime("the address, mostly `secret('NAME')`"), '`https://…`'),
          database: optional(plainText(), 'the database, `default` where it is left out'),
        },
      },
    },
  },
};
