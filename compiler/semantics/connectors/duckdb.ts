import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { checkDatabaseRows, databaseRows } from './database-rows.ts';
import { runtime } from './values.ts';

const path = required(runtime("the file's path in quotes"), "relative to the project's folder");

/** The embedded engine: one file, no server. */
export const duckdb: Connector = {
  name: 'duckdb',
  doc: "A DuckDB file: `engine: duckdb(path: '.pipec/shop.duckdb')`. As a source: `from duckdb(path: 'old.duckdb', table: 'orders')`.",
  delivery: 'pull',
  replayable: true,
  over: ['duckdb'],
  as: {
    engine: {
      notYet: null,
      signature: {
        positional: ['path'],
        schema: { path },
      },
    },
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
