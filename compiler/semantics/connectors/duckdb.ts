import { required } from '../config.ts';
import type { Connector } from './connector.ts';
import { runtime } from './values.ts';

/** The embedded engine: one file, no server. */
export const duckdb: Connector = {
  name: 'duckdb',
  doc: "A DuckDB file: `engine: duckdb(path: '.pipec/shop.duckdb')`.",
  delivery: null,
  replayable: false,
  over: [],
  as: {
    engine: {
      notYet: null,
      signature: {
        positional: ['path'],
        schema: { path: required(runtime("the file's path in quotes"), "relative to the project's folder") },
      },
    },
  },
};
