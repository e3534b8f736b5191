import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { checkDatabaseRows, databaseRows } from './database-rows.ts';
import { checkPlace, place } from './place.ts';
import { oneWord, runtime } from './values.ts';

const url = required(runtime("the address, mostly `secret('NAME')`"), '`postgres://…`');

/** A PostgreSQL server: as engine, as state store, and as a source by query or by its change log. */
export const postgres: Connector = {
  name: 'postgres',
  elsewhere: ['postgresql', 'pg'],
  doc: "A PostgreSQL server: `engine: postgres(url: secret('DWH_URL'))`, or inside the process: `postgres(embedded: true)`. For runs, tasks and logs: `state: postgres(url: secret('STATE_URL'))`. As a source: `connection erp = postgres(secret('ERP_URL'))`, then `from postgres(erp, table: 'sales.orders')`, which reads the table as it is at one moment, or with a `cursor` what has come since.",
  delivery: 'pull',
  changeLog: { argument: 'capture', value: 'log' },
  replayable: true,
  over: ['postgres'],
  as: {
    engine: { notYet: null, check: checkPlace, signature: { positional: ['url'], schema: place('postgres://…') } },
    state: { notYet: null, signature: { positional: ['url'], schema: { url } } },
    connection: { notYet: null, signature: { positional: ['url'], schema: { url } } },
    source: {
      notYet: null,
      check: checkDatabaseRows('url', "the address, mostly `secret('NAME')`, or a connection in the first place"),
      signature: {
        positional: [],
        schema: {
          url: optional(runtime(), 'where no connection is named'),
          ...databaseRows,
          capture: optional(oneWord('log', 'none'), '`log` reads the change log by logical replication: not run yet'),
        },
      },
    },
  },
};
