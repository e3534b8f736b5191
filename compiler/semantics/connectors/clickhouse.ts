import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { checkDatabaseRows, databaseRows } from './database-rows.ts';
import { checkPlace, place } from './place.ts';
import { plainText, runtime } from './values.ts';

const database = optional(plainText(), 'the database, `default` where it is left out');

/** A ClickHouse server: as engine, and as a source by table or query. */
export const clickhouse: Connector = {
  name: 'clickhouse',
  doc: "A ClickHouse server: `engine: clickhouse(url: secret('CH_URL'), database: 'shop')`, or inside the process: `clickhouse(embedded: true)`. As a source: `connection events = clickhouse(secret('CH_URL'))`, then `from clickhouse(events, table: 'web.hits')`.",
  delivery: 'pull',
  replayable: true,
  over: ['clickhouse'],
  as: {
    engine: {
      notYet: null,
      check: checkPlace,
      signature: { positional: ['url'], schema: { ...place('https://…'), database } },
    },
    connection: {
      notYet: null,
      signature: {
        positional: ['url'],
        schema: { url: required(runtime("the address, mostly `secret('NAME')`"), '`https://…`'), database },
      },
    },
    source: {
      notYet: null,
      check: checkDatabaseRows('url', "the address, mostly `secret('NAME')`, or a connection in the first place"),
      signature: {
        positional: [],
        schema: { url: optional(runtime(), 'where no connection is named'), database, ...databaseRows },
      },
    },
  },
};
