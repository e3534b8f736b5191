import { layerOf } from '../declarations/dataset.ts';
import { builtKinds } from '../declarations/registry.ts';
import { symbolPlace } from '../symbols.ts';
import { lintOf } from './lint.ts';

/** Where each mart cleans raw rows for itself, two marts soon count differently. */
export const martReadsRaw = lintOf('mart-reads-raw', builtKinds, (declaration, table, context) => {
  if (table.layer !== 'mart') return;
  for (const read of table.reads) {
    const symbol = context.find('dataset', read);
    if (symbol === null || layerOf(symbol, context) !== 'raw') continue;
    context.report('mart-reads-raw', { dataset: table.name, source: read }, declaration.name ?? declaration.kind, {
      related: [{ place: symbolPlace(symbol), message: 'it is declared here' }],
    });
  }
});
