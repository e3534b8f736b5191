import { required } from '../config.ts';
import type { Connector } from './connector.ts';
import { plainText } from './values.ts';

/** A function of the project's own, for what SQL cannot say. */
export const typescript: Connector = {
  name: 'typescript',
  doc: "A function of the project's own: `typescript('clean.ts#clean')` is the export `clean` of the file `clean.ts`.",
  delivery: null,
  replayable: false,
  over: [],
  as: {
    step: {
      notYet: null,
      signature: {
        positional: ['function'],
        schema: {
          function: required(
            plainText("a file and one of its exports, such as `'clean.ts#clean'`"),
            "a TypeScript file, relative to the project's folder, and the name of what it exports",
          ),
        },
      },
    },
  },
};
