import { lintOf } from './lint.ts';

/** A lake without an owner or a retention only ever grows: there is nobody to ask, and no time after which things go. */
export const swamp = lintOf('swamp', ['store'], (declaration, store, { report }) => {
  if (store.kind !== 'lake') return;
  const missing = [...(store.owner === null ? ['owner'] : []), ...(store.retentionMs === null ? ['retention'] : [])];
  if (missing.length > 0) report('swamp', { store: store.name, missing }, declaration.name ?? declaration.kind);
});
