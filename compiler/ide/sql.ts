/** The SQL of a dataset for each engine, and which part of it says which stage: for an editor that shows both side by side. */
import { headOf } from '../plan/steps.ts';
import { optimize, withoutAssertions } from '../relational/optimize.ts';
import type { Rel } from '../relational/rel.ts';
import { forEachRel } from '../relational/walk.ts';
import { type EngineName, engineTitles } from '../semantics/functions/table.ts';
import type { DatasetModel } from '../semantics/model.ts';
import { refusals } from '../semantics/refusals.ts';
import type { DeclarationSymbol } from '../semantics/symbols.ts';
import { dialects } from '../sql/registry.ts';
import { renderWithParts, type SqlPart } from '../sql/select.ts';
import { walk } from '../syntax/walk.ts';
import type { Declared, Workspace } from '../workspace/workspace.ts';
import { stagesOf } from './hover/stages.ts';
import type { DatasetSql, EngineSql, StagePart } from './sql-parts.ts';
import { within } from './tree.ts';

/** Null where the declaration has a mistake, so that there is no SQL to show. */
export function datasetSql(workspace: Workspace, symbol: DeclarationSymbol): DatasetSql | null {
  const model =
    workspace.model('table', symbol) ??
    workspace.model('dimension', symbol) ??
    workspace.model('source', symbol) ??
    workspace.model('step', symbol);
  // What follows from a mistake has no type, so no SQL either.
  if (model === null || model.row.columns.some(({ type }) => type.kind === 'error')) return null;
  const declared = workspace.declaration(symbol);
  const text = workspace.text(symbol.file).slice(declared.start, declared.end);
  const stages = stagesOf(declared, text).map(({ stage, start }) => ({ start, end: stage.end }));
  const engines = (Object.keys(dialects) as EngineName[]).map((engine): EngineSql => {
    const title = engineTitles[engine];
    const why = whyNot(model, engine);
    if (why.length > 0 || model.rel === null) return { engine, title, sql: null, why, parts: [] };
    const rel = optimize(withoutAssertions(model.rel));
    const { sql, parts } = renderWithParts(rel, dialects[engine], { head: headOf(model) });
    return { engine, title, sql, why: [], parts: stageParts(parts, stages, declared) };
  });
  const { file } = symbol;
  const places = stages.map(({ start, end }) => ({ file, start: declared.start + start, end: declared.start + end }));
  return { dataset: model.name, engines, stages: places };
}

function whyNot({ name, rel, function: step }: DatasetModel, engine: EngineName): readonly string[] {
  const title = engineTitles[engine];
  if (step !== null) return [`${name} is a step: its rows are computed by ${step.name} of ${step.file}, not by SQL.`];
  if (rel === null) return [`${name} is a source: its rows are loaded, not computed by SQL.`];
  const reasons = new Set(refusals(rel, engine).map(({ fn, reason }) => `${fn}: ${title} takes no ${reason}.`));
  forEachRel(rel, (node) => {
    if (node.kind === 'raw-sql' && node.sql[engine] === undefined)
      reasons.add(`It has SQL of its own for ${others(node.sql)}, and none for ${title}.`);
  });
  return reasons.size === 0 ? [] : [`${name} cannot run on ${title}.`, ...reasons];
}

const others = (sql: Extract<Rel, { readonly kind: 'raw-sql' }>['sql']): string =>
  (Object.keys(sql) as EngineName[]).map((engine) => engineTitles[engine]).join(' and ');

/** Parts by the stages that they say. What a function of the project says is written elsewhere, and told of no stage here. */
function stageParts(
  parts: readonly SqlPart[],
  stages: readonly { readonly start: number; readonly end: number }[],
  { tree }: Declared,
): readonly StagePart[] {
  const own = new Set<string>();
  walk(tree, ({ start, end }) => own.add(`${start} ${end}`));
  return parts.flatMap(({ says, ...part }) => {
    const told = says.flatMap((at) => {
      if (!own.has(`${at.start} ${at.end}`)) return [];
      const around = stages.findLastIndex((stage) => within(at, stage));
      return around < 0 ? [] : [around];
    });
    return told.length === 0 ? [] : [{ ...part, stages: [...new Set(told)] }];
  });
}
