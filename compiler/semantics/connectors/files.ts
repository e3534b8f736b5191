import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { oneWord, runtime } from './values.ts';

/** A folder of files: a connection for `file(…)`, and what a target puts in place of a connection it cannot reach. */
export const files: Connector = {
  name: 'files',
  doc: "A folder: `connection exports = files('data/exports')`. A target may put one in place of any connection: `with: { bus: files('fixtures') }`.",
  delivery: 'file',
  replayable: true,
  over: [],
  as: {
    connection: {
      notYet: null,
      signature: {
        positional: ['folder'],
        schema: {
          folder: required(
            runtime("the folder's path in quotes, such as `'data'`"),
            "relative to the project's folder",
          ),
          format: optional(
            oneWord('csv', 'parquet', 'json'),
            'in place of another connection: the ending of the files, json where it is left out',
          ),
        },
      },
    },
  },
};
