import { checkModels } from '../checks.ts';
import type { ChecksModel } from './context.ts';
import type { DeclarationKind } from './kind.ts';

/** Checks that stand apart from their dataset: in another file, or for a source that another team declares. */
export const checks: DeclarationKind<ChecksModel> = {
  word: 'checks',
  namespace: 'check',
  doc: 'Checks on a dataset that stand apart from its declaration.',
  example: 'checks of dwh.marts.daily_revenue { expect revenue >= 0 }',
  name: 'optional',
  header: { of: 'required' },
  properties: {},
  body: 'checks-body',
  value: null,
  check: (declaration, context) => {
    const dataset = declaration.of === null ? null : context.dataset(declaration.of);
    if (dataset === null) return null;
    const clauses = declaration.body?.kind === 'checks-body' ? declaration.body.clauses : [];
    return { dataset: dataset.name, checks: checkModels(clauses, dataset, context) };
  },
};
