import { optional, required } from '../config.ts';
import type { Connector } from './connector.ts';
import { flag, oneWord, plainText, runtime } from './values.ts';

/** One file, or several by a pattern: CSV, Parquet or JSON. Files are read in place. */
export const file: Connector = {
  name: 'file',
  elsewhere: ['csv', 'tsv', 'parquet', 'json', 'read_csv', 'read_parquet', 'read_json'],
  doc: "Rows of a file, or of all files that a pattern covers: `file('orders.csv')`, `file(exports, 'orders-*.parquet')`.",
  delivery: 'file',
  replayable: true,
  over: ['files'],
  as: {
    source: {
      notYet: null,
      signature: {
        positional: ['path'],
        schema: {
          path: required(
            runtime("the file's path in quotes, such as `'orders.csv'`"),
            "path or pattern, relative to the connection's folder or the project's",
          ),
          format: optional(oneWord('csv', 'parquet', 'json'), "by the file's ending where it is left out"),
          delimiter: optional(
            plainText("one character in quotes, such as `';'`"),
            'csv: what separates the fields; found out where it is left out',
          ),
          header: optional(flag(), 'csv: whether the first line names the columns'),
        },
      },
    },
  },
};
