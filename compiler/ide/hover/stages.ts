/** A stage: what it does, which rows it gives, and the SQL of the query as far as it. */

import { optimize, withoutAssertions } from '../../relational/optimize.ts';
import type { RelColumn } from '../../relational/rel.ts';
import { engineTitles } from '../../semantics/functions/table.ts';
import { refusals } from '../../semantics/refusals.ts';
import { stageForms } from '../../semantics/stages/forms.ts';
import { dialects, engineNamed } from '../../sql/registry.ts';
import { renderQuery } from '../../sql/select.ts';
import type { Stage } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import { walk } from '../../syntax/walk.ts';
import type { Declared, Workspace } from '../../workspace/workspace.ts';
import type { Cursor } from '../cursor.ts';
import { holds, isSame } from '../tree.ts';
import { fence, paragraphs } from './markdown.ts';
import { stageText } from './rows.ts';

export interface StageAt {
  readonly declared: Declared;
  /** Relative to the declaration. */
  readonly span: Span;
  /** The words that say which stage it is. */
  readonly keyword: Span;
  /** What the cursor is at: these words, or all of the stage with its sign. */
  readonly at: Span;
  /** Where its query begins. */
  readonly begins: number;
  readonly before: readonly RelColumn[];
  readonly after: readonly RelColumn[] | null;
}

/** SQL of more lines is not shown in a hover. */
const LINES = 40;

/** The innermost stage at the cursor, its `|>` included. */
export function stageAt(workspace: Workspace, { declared, offset }: Cursor): StageAt | null {
  const text = workspace.text(declared.symbol.file).slice(declared.start, declared.end);
  const found = innermost(declared, offset, text);
  if (found === null) return null;
  const { stage, begins, start } = found;
  const keyword = keywordOf(stage, text);
  const seen = workspace.trace(declared.symbol).seen.find(({ span }) => isSame(span, stage));
  return {
    declared,
    span: stage,
    keyword,
    at: holds(keyword, offset) ? keyword : { start, end: stage.end },
    begins,
    before: seen?.before.columns ?? [],
    after: seen?.after ?? null,
  };
}

interface Found {
  readonly stage: Stage;
  /** Where its query begins. */
  readonly begins: number;
  /** Where its sign stands. */
  readonly start: number;
}

function innermost(declared: Declared, offset: number, text: string): Found | null {
  return stagesOf(declared, text).findLast(({ stage, start }) => holds({ start, end: stage.end }, offset)) ?? null;
}

/** All stages of a declaration, those of queries in it as well, each after the one that it stands in. */
export function stagesOf({ tree }: Declared, text: string): readonly Found[] {
  const found: Found[] = [];
  walk(tree, (node) => {
    if (node.kind !== 'query' || !('stages' in node)) return;
    for (const stage of node.stages) {
      const sign = /\|>\s*$/.exec(text.slice(0, stage.start));
      found.push({ stage, begins: node.start, start: sign === null ? stage.start : sign.index });
    }
  });
  return found;
}

/** `left asof join`, `group by` is none of it. */
function keywordOf({ start, end }: Stage, text: string): Span {
  const words =
    /^(?:(?:inner|left|right|full|cross|semi|anti)\s+(?:outer\s+)?(?:asof\s+)?join|asof\s+join|order\s+by|(?:union|intersect|except)\s+(?:all|distinct)|\w+)/i;
  const found = words.exec(text.slice(start, end));
  return { start, end: start + (found?.[0].length ?? 0) };
}

export function stageCard(workspace: Workspace, stage: StageAt): string {
  const { after, before, declared, keyword } = stage;
  const words = workspace
    .text(declared.symbol.file)
    .slice(declared.start + keyword.start, declared.start + keyword.end)
    .toLowerCase();
  const form = stageForms.find((each) => each.words === plainWords(words));
  const sql = stageSql(workspace, stage);
  const lines = sql?.sql.split('\n').length ?? 0;
  return paragraphs([
    fence('pipe', words === 'from' ? words : `|> ${words}`),
    form?.doc ?? null,
    after === null || after.length === 0 ? null : `**The rows after it**`,
    after === null || after.length === 0 ? null : stageText(before, after),
    sql === null ? null : `**SQL for ${sql.engine}**${lines <= LINES ? '' : `: ${lines} lines`}`,
    sql === null || lines > LINES ? null : fence('sql', sql.sql),
  ]);
}

/** `left outer  join` as the table of stages has it. */
const plainWords = (words: string): string =>
  words.replace(/\s+/g, ' ').replace(/ outer | ?inner /, (word) => (word === ' outer ' ? ' ' : ''));

/** The SQL of the query as far as the stage, in the words of the project's own target; null where it is not whole. */
export function stageSql(
  workspace: Workspace,
  { declared, begins, span }: StageAt,
): { readonly engine: string; readonly sql: string } | null {
  const text = workspace.text(declared.symbol.file).slice(declared.start + begins, declared.start + span.end);
  const { query, diagnostics } = workspace.adHocQuery(text);
  const engine = engineNamed(ownEngine(workspace) ?? 'duckdb');
  if (query === null || engine === null || diagnostics.some(({ severity }) => severity === 'error')) return null;
  if (refusals(query.rel, engine).length > 0) return null;
  return { engine: engineTitles[engine], sql: renderQuery(optimize(withoutAssertions(query.rel)), dialects[engine]) };
}

/** Of the target that commands use where none is named. */
function ownEngine(workspace: Workspace): string | null {
  const project = workspace.symbols.find(({ namespace }) => namespace === 'project');
  const model = project === undefined ? null : workspace.model('project', project);
  const target = model === null ? null : workspace.symbol('target', model.target);
  return target === null ? null : (workspace.model('target', target)?.engine.connector ?? null);
}
