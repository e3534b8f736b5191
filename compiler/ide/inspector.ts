/** A dataset at a glance: its columns, promises, tests and neighbours, as the program says them. */
import { valueName } from '../relational/types.ts';
import type { DeclarationSymbol } from '../semantics/symbols.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { keptWords, refreshWords } from './hover/declarations.ts';
import type { Inspection } from './inspection.ts';

export function inspect(workspace: Workspace, symbol: DeclarationSymbol): Inspection {
  const { name, kind, file } = symbol;
  const { tree, start, end } = workspace.declaration(symbol);
  const row = workspace.row(name);
  const model =
    workspace.model('table', symbol) ??
    workspace.model('source', symbol) ??
    workspace.model('step', symbol) ??
    workspace.model('dimension', symbol);
  const key = model?.key ?? row?.keys[0] ?? [];
  const facts: readonly (readonly [name: string, value: string | null])[] = [
    ['Owner', model?.owner ?? null],
    ['Layer', model?.layer ?? null],
    ['Refresh', model === null || kind === 'source' ? null : refreshWords(model.refresh).replaceAll('`', '')],
    ['Kept for', model?.retentionMs == null ? null : keptWords(model.retentionMs)],
    ['Key', key.length === 0 ? null : key.join(', ')],
    ['Tags', model === null || model.tags.length === 0 ? null : model.tags.join(', ')],
  ];
  const errors = workspace.problems(file).filter(({ severity, place }) => {
    const at = severity === 'error' && place.file === file ? workspace.whereIs(place) : null;
    return at !== null && start <= at.start && at.start <= end;
  });
  return {
    name,
    is: kind,
    doc: tree.doc,
    errors: errors.length,
    facts: facts.flatMap(([fact, value]) => (value === null ? [] : [{ name: fact, value }])),
    columns: (row?.columns ?? []).map((column) => ({
      name: column.name,
      type: column.type.kind === 'error' ? '' : valueName(column),
      isKey: key.includes(column.name),
      doc: column.doc,
      tags: column.tags.map((tag) => `${tag.name}(${tag.value})`),
      from: column.origins.flatMap((origin) =>
        origin.kind === 'direct' ? [`${origin.dataset}.${origin.column}`] : [],
      ),
    })),
    checks: (model?.checks ?? []).map(({ text, severity, at }) => ({ text, isWarning: severity === 'warn', ...at })),
    tests: workspace.symbols.flatMap((each) =>
      each.kind === 'test' && each.of !== null && workspace.datasetsNamed(each.of)[0]?.name === name
        ? [each.name === '' ? null : each.name]
        : [],
    ),
    reads: workspace.catalog.get(name)?.reads ?? [],
    readers: workspace.catalog.readers(name),
  };
}
