import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { checkDatabaseRows, databaseRows } from './database-rows.ts';
import { runtime } from './values.ts';

const path = required(runtime("the file's path in quotes"), "relative to the project's folder");

/** An SQLite file: as a source, and for runs, tasks and logs, which a target keeps in one where it says nothing. */
export const sqlite: Connector = {
  name: 'sqlite',
  doc: "An SQLite file. As a source: `from sqlite(path: 'shop.db', table: 'orders')`, whose values are judged by the contract as those of CSV are, as a column there holds any. For runs, tasks and logs: `state: sqlite(path: '.pipec/state.db')`.",
  delivery: 'pull',
  replayable: true,
  over: ['sqlite'],
  as: {
    state: { notYet: null, signature: { positional: ['path'], schema: { path } } },
    connection: { notYet: null, signature: { positional: ['path'], schema: { path } } },
    source: {
      notYet: null,
      check: checkDatabaseRows('path', "the file's path in quotes, or a connection in the first place"),
      signature: {
        positional: [],
        schema: { path: optional(runtime(), 'where no connection is named'), ...databaseRows },
      },
    },
  },
};
