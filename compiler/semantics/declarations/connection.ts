import { describeValue } from '../config.ts';
import { readConnector } from '../connectors/read.ts';
import type { ConnectionModel } from './context.ts';
import type { DeclarationKind } from './kind.ts';

/** A system that sources go through, declared once. */
export const connection: DeclarationKind<ConnectionModel> = {
  word: 'connection',
  namespace: 'connection',
  doc: 'A system that several sources go through: a cluster, a server, a folder. A target may put files in its place.',
  example: "connection exports = files('data/exports')",
  name: 'required',
  header: {},
  properties: {},
  body: null,
  value: 'call',
  check: (declaration, context) => {
    const { value } = declaration;
    if (value === null) return null;
    if (value.kind !== 'call') {
      if (value.kind !== 'missing')
        context.report(
          'wrong-property-value',
          {
            property: 'a connection',
            expected: "a call such as `files('…')`",
            found: value.kind === 'query' ? 'a query' : describeValue(value),
          },
          value,
        );
      return null;
    }
    const use = readConnector(value, 'connection', context);
    return use === undefined ? null : { name: context.symbol.name, use };
  },
};
