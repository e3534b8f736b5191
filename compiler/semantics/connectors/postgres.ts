import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { checkPlace, place } from './place.ts';
import { oneWord, plainText, query, runtime } from './values.ts';

const url = required(runtime("the address, mostly `secret('NAME')`"), '`postgres://…`');

/** A PostgreSQL server: as engine, as state store, and as a source by query or by its change log. */
export const postgres: Connector = {
  name: 'postgres',
  doc: "A PostgreSQL server: `engine: postgres(url: secret('DWH_URL'))`, or inside the process: `postgres(embedded: true)`.",
  delivery: 'pull',
  changeLog: { argument: 'capture', value: 'log' },
  replayable: true,
  over: ['postgres'],
  as: {
    engine: { notYet: null, check: checkPlace, signature: { positional: ['url'], schema: place('postgres://…') } },
    state: {
      notYet: "use `sqlite(path: '…')`, or leave `state` out",
      signature: { positional: ['url'], schema: { url } },
    },
    connection: { notYet: null, signature: { positional: ['url'], schema: { url } } },
    source: {
      notYet:
        "export the rows to a file and read it with `file('…')`, or let the target put `files('…')` in place of the connection",
      signature: {
        positional: [],
        schema: {
          url: optional(runtime(), 'where no connection is named'),
          table: optional(plainText(), 'read whole, or from the cursor on'),
          query: optional(query(), 'read whole, or from the cursor on'),
          capture: optional(oneWord('log', 'none'), '`log` reads the change log by logical replication'),
        },
      },
    },
  },
};
