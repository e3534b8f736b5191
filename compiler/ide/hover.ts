/**
 * What stands under the cursor, in Markdown: what a name means, what a word does, of what type an expression is, and which
 * rows a stage gives.
 */
import { type EngineName, engineTitles } from '../semantics/functions/table.ts';
import { refusals } from '../semantics/refusals.ts';
import type { Use } from '../semantics/trace.ts';
import type { Span } from '../syntax/source.ts';
import { walk } from '../syntax/walk.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type Cursor, cursorAt, useAt } from './cursor.ts';
import { columnCard } from './hover/columns.ts';
import { declarationCard, kindCard, schemaCard } from './hover/declarations.ts';
import { functionCard } from './hover/functions.ts';
import { code, fence, paragraphs } from './hover/markdown.ts';
import { propertyCard } from './hover/properties.ts';
import { rowText } from './hover/rows.ts';
import { type StageAt, stageAt, stageCard } from './hover/stages.ts';
import { valueCard } from './hover/values.ts';
import type { FileSpan } from './occurrences.ts';
import { holds, isSame } from './tree.ts';

export interface Hover {
  readonly at: FileSpan;
  readonly markdown: string;
  /** The stage whose rows are shown: its SQL can be asked for. */
  readonly stage: StageAt | null;
}

/** @param now when schedules are asked for their next runs */
export function hover(workspace: Workspace, file: string, offset: number, now: Date): Hover | null {
  const cursor = cursorAt(workspace, file, offset);
  if (cursor === null) return null;
  const { start } = cursor.declared;
  const at = (span: Span): FileSpan => ({ file, start: start + span.start, end: start + span.end });
  const use = useAt(workspace, cursor);
  const named = use === null ? null : nameCard(workspace, cursor, use, now);
  if (use !== null && named !== null) return { at: at(use.span), markdown: named, stage: null };
  const { kind } = cursor.declared.tree;
  const known = holds(kind, cursor.offset) ? kindCard(kind.text) : null;
  if (known !== null) return { at: at(kind), markdown: known, stage: null };
  const word = propertyCard(cursor);
  if (word !== null) return { at: at(word.span), markdown: word.markdown, stage: null };
  const value = valueCard(workspace, cursor, now);
  if (value !== null) return { at: at(value.span), markdown: value.markdown, stage: null };
  const stage = stageAt(workspace, cursor);
  return stage === null ? null : { at: at(stage.at), markdown: stageCard(workspace, stage), stage };
}

/** What a name means; null where its declaration is gone. */
function nameCard(workspace: Workspace, { declared }: Cursor, use: Use, now: Date): string | null {
  const { meaning } = use;
  switch (meaning.kind) {
    case 'declaration': {
      const symbol = workspace.symbol(meaning.namespace, meaning.name);
      return symbol === null ? null : declarationCard(workspace, symbol, now);
    }
    case 'column':
    case 'owned':
      return columnCard(workspace, declared, use);
    case 'builtin':
      return functionCard(meaning.name, refusedHere(workspace, declared, use.span, meaning.name));
    case 'parameter': {
      const parameter = declared.tree.parameters?.find(({ name }) => name.text === meaning.name);
      if (parameter === undefined) return null;
      const written = workspace
        .text(declared.symbol.file)
        .slice(declared.start + parameter.start, declared.start + parameter.end);
      return paragraphs([fence('pipe', written), `A parameter of ${code(declared.symbol.name)}.`]);
    }
    case 'value': {
      const symbol = workspace.symbol('type', meaning.enum);
      const body = symbol === null ? null : workspace.declaration(symbol).tree.body;
      const value =
        body?.kind === 'enum-body' ? body.values.find(({ name }) => name.text === meaning.value) : undefined;
      return paragraphs([fence('pipe', `${meaning.enum}.${meaning.value}`), value?.doc ?? null]);
    }
    case 'schema':
      return schemaCard(workspace, meaning.store, meaning.name);
    case 'local':
      return localCard(workspace, declared, meaning);
  }
}

/** Which engines cannot run a call as it stands there, and why; whether a target has them or not. */
function refusedHere(
  workspace: Workspace,
  { symbol }: Cursor['declared'],
  call: Span,
  name: string,
): readonly string[] {
  const rel = workspace.dataset(symbol)?.rel ?? null;
  if (rel === null) return [];
  const reasons = engineNames.flatMap((engine) =>
    refusals(rel, engine)
      .filter(({ fn, at }) => fn === name && at !== null && at.start <= call.start && call.end <= at.end)
      .map(({ reason }) => `${engineTitles[engine]} cannot run it here: it takes no ${reason}.`),
  );
  return [...new Set(reasons)];
}

const engineNames = Object.keys(engineTitles) as EngineName[];

/** What was given a name in the query, and its columns where it is a table. */
function localCard(
  workspace: Workspace,
  { symbol, start, tree }: Cursor['declared'],
  { given, what }: Extract<Use['meaning'], { readonly kind: 'local' }>,
): string {
  const name = workspace.text(symbol.file).slice(start + given.start, start + given.end);
  if (what === 'window') return paragraphs([fence('pipe', `window ${name}`), 'A window that the stage names.']);
  const { seen } = workspace.trace(symbol);
  if (what === 'query') {
    let last: Span | undefined;
    walk(tree, (node) => {
      const queries = node.kind === 'with' ? node.queries : node.kind === 'sql-select' ? node.with : [];
      const query = queries.find((each) => isSame(each.name, given))?.query;
      if (query?.kind === 'query') last = query.stages.at(-1);
    });
    const columns = seen.find(({ span }) => last !== undefined && isSame(span, last))?.after ?? null;
    return paragraphs([
      'A query by name, seen by the stages after it.',
      columns === null ? null : rowText({ columns, keys: [] }),
    ]);
  }
  const table = seen.flatMap(({ before }) => before.tables).find((each) => each.name === name.replaceAll('`', ''));
  return paragraphs([
    `The rows go by the name ${code(name)} here.`,
    table === undefined ? null : rowText({ columns: table.columns, keys: [] }),
  ]);
}
