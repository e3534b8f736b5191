import { optimize, withoutAssertions } from '../../relational/optimize.ts';
import { isAskedOfInputs, spanOf } from '../../relational/span.ts';
import { builtKinds } from '../declarations/registry.ts';
import { lintOf } from './lint.ts';

/**
 * An increment is the whole query within its interval. Where the interval can be asked of no input, each increment reads and
 * computes everything and throws most of it away: a full build costs the same, and hides nothing.
 */
export const intervalReadsAll = lintOf(
  'interval-reads-all',
  builtKinds,
  (declaration, { name, refresh, rel }, { report }) => {
    if (refresh.kind !== 'batch' || rel === null) return;
    const column = rel.columns.find((one) => one.name === refresh.by);
    if (column === undefined || isAskedOfInputs(optimize(withoutAssertions(spanOf(rel, column))))) return;
    const property = declaration.properties.find((one) => one.name.text === 'refresh')?.value;
    const argument = property?.kind === 'call' ? property.args.find((one) => one.name?.text === 'by') : undefined;
    report('interval-reads-all', { dataset: name, by: refresh.by }, argument?.value ?? property ?? declaration.kind);
  },
);
