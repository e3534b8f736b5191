import type { Declaration, QualifiedName } from '../../syntax/ast.ts';
import { checkModels } from '../checks.ts';
import { describeValue, readProperties } from '../config.ts';
import { type ChecksModel, type DeclarationContext, datasetOf } from './context.ts';
import type { DeclarationKind } from './kind.ts';

/** Checks that stand apart from their dataset: in another file, or for a source that another team declares. */
export const check: DeclarationKind<ChecksModel> = {
  word: 'check',
  namespace: 'check',
  doc: 'Checks on a dataset that stand apart from its declaration.',
  example: 'check no_refunds on dwh.marts.daily_revenue { expect revenue >= 0 }',
  name: 'required',
  header: { on: 'required' },
  properties: {},
  body: 'checks-body',
  value: null,
  check: (declaration, context) => {
    readProperties({}, declaration.properties, 'a check', declaration.name ?? declaration.kind, context);
    const name = declaration.on === null ? null : datasetName(declaration.on, context);
    const dataset = name === null ? null : datasetOf(name, context);
    if (dataset === null) return null;
    const clauses = declaration.body?.kind === 'checks-body' ? declaration.body.clauses : [];
    if (declaration.body !== null && clauses.length === 0)
      context.report('missing-body', { kind: 'check', example: check.example }, declaration.name ?? declaration.kind);
    return { dataset: dataset.name, checks: checkModels(clauses, dataset, context) };
  },
};

function datasetName(on: NonNullable<Declaration['on']>, context: DeclarationContext): QualifiedName | null {
  if (on.kind === 'missing') return null;
  if (on.kind === 'name' && !on.name.wildcard) return on.name;
  context.report('wrong-property-value', { property: 'on', expected: 'one dataset', found: describeValue(on) }, on, {
    notes: ['checks speak of columns, so each is about one dataset'],
  });
  return null;
}
