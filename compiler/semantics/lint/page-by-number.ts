import { callName } from '../config.ts';
import { lintOf } from './lint.ts';

/** A row that comes or goes between two requests moves all that follow to another page: one is read twice or never. */
export const pageByNumber = lintOf('page-by-number', ['source'], (declaration, source, { report }) => {
  const { from } = declaration;
  if (from?.kind !== 'call') return;
  for (const { name, value } of from.args) {
    if (name?.text !== 'paginate' || value.kind !== 'call') continue;
    const how = callName(value);
    if (how === 'page' || how === 'offset') report('page-by-number', { source: source.name, how }, value);
  }
});
