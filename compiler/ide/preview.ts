/** What an editor shows of the data at the cursor, or why it cannot: plain data, for whoever has an engine. */
import type { PreviewPlan } from '../../runtime/preview/messages.ts';
import type { Diagnostic, Place } from '../diagnostics/diagnostic.ts';
import { previewPlan } from '../plan/preview.ts';
import type { Rel } from '../relational/rel.ts';
import type { Column } from '../relational/types.ts';
import { datasetsRead, expressionsOf, forEachRel, someExpr } from '../relational/walk.ts';
import { engineTitles } from '../semantics/functions/table.ts';
import type { DatasetModel, TargetModel } from '../semantics/model.ts';
import { rawEngines } from '../semantics/raw-sql.ts';
import { namesUsed } from '../semantics/reads.ts';
import { refusals } from '../semantics/refusals.ts';
import { sourceNotYet, sourceUse } from '../semantics/runnable.ts';
import { type DeclarationSymbol, joinName, lastPart } from '../semantics/symbols.ts';
import type { Query, SqlSelect } from '../syntax/ast.ts';
import type { Declared, Workspace } from '../workspace/workspace.ts';
import { cursorAt } from './cursor.ts';
import { queryUpTo } from './stage.ts';

export type Preview =
  | {
      readonly is: 'plan';
      /** By its full name. */
      readonly dataset: string;
      /** The last stage, as written in one line; null where all of the dataset is shown. */
      readonly stage: string | null;
      /** Columns that tell the rows of the dataset apart; empty where none are known to. */
      readonly key: readonly string[];
      readonly plan: PreviewPlan;
    }
  /** Something is wrong that decides the rows. */
  | { readonly is: 'mistake'; readonly dataset: string; readonly diagnostic: Diagnostic }
  /** Nothing is wrong, and yet it is not computed here. */
  | { readonly is: 'refused'; readonly dataset: string; readonly why: string; readonly place: Place };

export interface PreviewOptions {
  /** Whose sources are read; the project's own where it is null, or not there. */
  readonly target: string | null;
  /** Rows of each source at most. */
  readonly sample: number;
}

/** The rows after the stage at an offset; of all of a dataset where the cursor is in none. Null where there is no dataset. */
export function previewAt(workspace: Workspace, file: string, offset: number, options: PreviewOptions): Preview | null {
  const text = workspace.has(file) ? workspace.text(file) : '';
  const cursor = cursorAt(workspace, file, atWord(text, offset));
  if (cursor === null) return null;
  const { declared } = cursor;
  if (declared.symbol.namespace === 'test') {
    const tested = declared.tree.of === null ? [] : workspace.datasetsNamed(joinName(declared.tree.of));
    return tested.length === 1 && tested[0] !== undefined ? previewOf(workspace, tested[0], options) : null;
  }
  if (declared.symbol.namespace !== 'dataset' || declared.symbol.name === '') return null;
  const { value } = declared.tree;
  if (value?.kind !== 'query' || cursor.offset < value.start) return previewOf(workspace, declared.symbol, options);
  const own = text.slice(declared.start, declared.end);
  const { query, stage } = queryUpTo(value, cursor.offset, own);
  const words =
    stage === null ? '' : own.slice(stage.start, stage.end).replace(/^\|>/, '').replaceAll(/\s+/g, ' ').trim();
  return stagePreview(workspace, declared, query, words, options);
}

/** All rows of a dataset, as it is stored. */
export function previewOf(workspace: Workspace, symbol: DeclarationSymbol, options: PreviewOptions): Preview {
  const asked = new Asked(workspace, symbol.name, options);
  const model = asked.take(symbol);
  return model === null ? asked.problem(symbol) : asked.plan(model, null, model.row.columns, null);
}

function stagePreview(
  workspace: Workspace,
  declared: Declared,
  query: Query | SqlSelect,
  stage: string,
  options: PreviewOptions,
): Preview {
  const { symbol } = declared;
  const asked = new Asked(workspace, symbol.name, options);
  const mistake = mistakeIn(workspace, declared, query);
  if (mistake !== null) return asked.mistake(mistake);
  const { diagnostics, query: made } = workspace.elaborate(symbol, query);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (error !== undefined) return asked.mistake(error);
  if (made === null || !isWhole(made.rel)) {
    const names = namesUsed(query).datasets.map(joinName);
    const wrong = names.flatMap((name) => workspace.datasetsNamed(name)).find((read) => asked.take(read) === null);
    return wrong === undefined ? asked.untold(symbol) : asked.problem(wrong);
  }
  for (const name of datasetsRead(made.rel)) {
    const read = workspace.symbol('dataset', name);
    if (read === null || asked.take(read) === null) return asked.problem(read ?? symbol);
  }
  const refused = refusedBy(made.rel);
  if (refused !== null) return asked.refused(refused, symbol);
  return asked.plan(null, made.rel, made.row.columns, stage);
}

/** What a preview reads, as it is found: each dataset after those that it reads itself. */
class Asked {
  readonly #workspace: Workspace;
  readonly #dataset: string;
  readonly #options: PreviewOptions;
  readonly #target: TargetModel;
  readonly #taken = new Map<string, DatasetModel>();
  /** Why something cannot be taken. */
  #why: Preview | null = null;

  constructor(workspace: Workspace, dataset: string, options: PreviewOptions) {
    this.#workspace = workspace;
    this.#dataset = dataset;
    this.#options = options;
    this.#target = targetOf(workspace, options.target);
  }

  /** A dataset with all that it reads; null where one of them has a mistake or is not computed here. */
  take(symbol: DeclarationSymbol): DatasetModel | null {
    // A long chain of datasets is deeper than the stack.
    const open: { readonly symbol: DeclarationSymbol; readonly model: DatasetModel | null }[] = [
      { symbol, model: null },
    ];
    const seen = new Set<string>();
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { name } = next.symbol;
      if (next.model !== null) this.#taken.set(name, next.model);
      else if (!seen.has(name) && !this.#taken.has(name)) {
        seen.add(name);
        const model = this.#sound(next.symbol);
        if (model === null) return null;
        open.push({ symbol: next.symbol, model });
        for (const read of model.reads) {
          const upstream = this.#workspace.symbol('dataset', read);
          if (upstream !== null) open.push({ symbol: upstream, model: null });
        }
      }
    }
    return this.#taken.get(symbol.name) ?? null;
  }

  plan(model: DatasetModel | null, rel: Rel | null, columns: readonly Column[], stage: string | null): Preview {
    const datasets = [...this.#taken.values()];
    const target = this.#target;
    const key = model === null ? [] : keyOf(model);
    const plan = previewPlan({ datasets, target, rel, columns, sample: this.#options.sample });
    return { is: 'plan', dataset: this.#dataset, stage, key, plan };
  }

  mistake(diagnostic: Diagnostic): Preview {
    return { is: 'mistake', dataset: this.#dataset, diagnostic };
  }

  refused(why: string, { file, id, span }: DeclarationSymbol): Preview {
    return { is: 'refused', dataset: this.#dataset, why, place: { file, declaration: id, ...span } };
  }

  untold(symbol: DeclarationSymbol): Preview {
    return this.refused(`what \`${lastPart(symbol.name)}\` gives is not known, because of a mistake elsewhere`, symbol);
  }

  problem(symbol: DeclarationSymbol): Preview {
    return this.#why ?? this.untold(symbol);
  }

  #sound(symbol: DeclarationSymbol): DatasetModel | null {
    const declared = this.#workspace.declaration(symbol);
    const mistake = mistakeIn(this.#workspace, declared, null);
    if (mistake !== null) {
      this.#why = this.mistake(mistake);
      return null;
    }
    const model = this.#workspace.dataset(symbol);
    if (model === null || (model.rel !== null && !isWhole(model.rel))) return null;
    const refused = this.#refusedOf(model);
    if (refused === null) return model;
    this.#why = this.refused(refused, symbol);
    return null;
  }

  #refusedOf({ name, source, rel }: DatasetModel): string | null {
    if (source !== null) {
      const missing = sourceNotYet(sourceUse(source.use), this.#target);
      return missing === null
        ? null
        : `\`${lastPart(name)}\` cannot be sampled: ${missing.what} is not supported yet; ${missing.instead}`;
    }
    return rel === null ? null : refusedBy(rel, lastPart(name));
  }
}

/** A preview is computed by DuckDB. */
function refusedBy(rel: Rel, name: string | null = null): string | null {
  const raw = rawEngines(rel);
  const who = name === null ? 'this query' : `\`${name}\``;
  if (raw.length > 0 && !raw.includes('duckdb'))
    return `${who} is written in the SQL of ${raw.join(' and ')}, and a preview is computed by DuckDB: give it \`duckdb: sql"""…"""\` as well`;
  const [refused] = refusals(rel, 'duckdb');
  return refused === undefined
    ? null
    : `${who} cannot run on ${engineTitles.duckdb}: \`${refused.fn}\` takes no ${refused.reason} there`;
}

/** Half a project is looked at as well: sources are then read where they say. */
const NO_TARGET: TargetModel = {
  name: '',
  engine: { connector: 'duckdb', args: {} },
  state: null,
  keep: null,
  secrets: null,
  replaced: {},
  at: { file: '', line: 1 },
};

function targetOf(workspace: Workspace, named: string | null): TargetModel {
  const project = workspace.symbols.find(({ namespace }) => namespace === 'project');
  const own = project === undefined ? null : (workspace.model('project', project)?.target ?? null);
  for (const name of [named, own]) {
    const symbol = name === null ? null : workspace.symbol('target', name);
    const model = symbol === null ? null : workspace.model('target', symbol);
    if (model !== null) return model;
  }
  return NO_TARGET;
}

const keyOf = ({ key, row }: DatasetModel): readonly string[] => (key.length > 0 ? key : (row.keys[0] ?? []));

/** The first error in a declaration, or in its text up to the end of one of its queries. */
function mistakeIn(
  workspace: Workspace,
  { symbol, start, end }: Declared,
  query: Query | SqlSelect | null,
): Diagnostic | null {
  const from = query === null ? start : start + query.start;
  const to = query === null ? end : start + query.end;
  return (
    workspace.problems(symbol.file).find((each) => {
      if (each.severity !== 'error') return false;
      // What a check of the whole query finds, the check of a part finds as well, where it is of the part.
      if (query !== null && each.place.declaration !== null) return false;
      if (each.place.declaration !== null) return each.place.declaration === symbol.id;
      return from <= each.place.start && each.place.start <= to;
    }) ?? null
  );
}

/** Whether it has nothing in it that follows from an error which is told elsewhere. */
function isWhole(rel: Rel): boolean {
  let whole = true;
  forEachRel(rel, (node) => {
    if (node.columns.some(({ type }) => type.kind === 'error')) whole = false;
    for (const expr of expressionsOf(node)) if (someExpr(expr, ({ type }) => type.kind === 'error')) whole = false;
  });
  return whole;
}

/**
 * A cursor in the indentation of a line means its first word, one behind its last word that one; on an empty line below others
 * the next stage is about to be typed, so that it means the end of the one above.
 */
function atWord(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  const line = text.slice(start, end === -1 ? undefined : end);
  const words = line.trimEnd().length;
  if (words === 0) return start === 0 ? offset : start - 1 - trailing(text.slice(0, start - 1));
  const indent = line.length - line.trimStart().length;
  return Math.max(start + indent, Math.min(offset, start + words));
}

/** Blanks at the end of a text, its last line's alone. */
const trailing = (text: string): number => /[ \t\r]*$/.exec(text)?.[0].length ?? 0;
