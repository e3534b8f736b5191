import { integer, readProperties, required } from '../config.ts';
import type { PoolModel } from '../model.ts';
import type { DeclarationKind } from './kind.ts';

const properties = { places: required(integer(1, 1000), 'how many tasks may hold one at a time') };

/** Something that only so many tasks may use at a time. */
export const pool: DeclarationKind<PoolModel> = {
  word: 'pool',
  namespace: 'pool',
  doc: 'What only so many tasks may use at a time, whichever jobs they are of: a small database that is read, an API with a limit. A dataset says `pool: erp`, or its job for all that it builds.',
  example: 'pool erp { places: 2 }',
  name: 'required',
  header: {},
  properties,
  body: null,
  value: null,
  check: (declaration, context) => {
    const at = declaration.name ?? declaration.kind;
    const { places } = readProperties(properties, declaration.properties, 'a pool', at, context);
    return places === undefined ? null : { name: context.symbol.name, places };
  },
};
