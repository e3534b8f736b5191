import { required } from '../config.ts';
import type { Connector } from './connector.ts';
import { runtime } from './values.ts';

/** Runs, tasks and logs in one local file: what a target keeps them in where it says nothing. */
export const sqlite: Connector = {
  name: 'sqlite',
  doc: "Runs, tasks and logs in a local file: `state: sqlite(path: '.pipec/state.db')`.",
  delivery: null,
  replayable: false,
  over: [],
  as: {
    state: {
      notYet: null,
      signature: {
        positional: ['path'],
        schema: { path: required(runtime("the file's path in quotes"), "relative to the project's folder") },
      },
    },
  },
};
