/**
 * Completion: what may be written at a cursor, the most fitting first.
 *
 * The tokens before the cursor say in which bracket of which clause of which declaration it is; half-typed texts have tokens
 * too. What is in reach there is asked of the checker, which is given the declaration with a placeholder in place of the word:
 * nothing that the workspace knows of its files is disturbed.
 */
import type { Column } from '../relational/types.ts';
import type { Token } from '../syntax/tokens.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { checkArguments, checkItems, rowItems, testBodyItems, typeBodyItems } from './completion/bodies.ts';
import { argumentItems, castItems, expressionItems, NOWHERE, nameOf, overClause } from './completion/expression.ts';
import { headerItems, type Kind, kindItems } from './completion/header.ts';
import { type CompletionItem, fitting, MANY, Rank } from './completion/items.ts';
import { checkedRow, functionPlace, type Mode, openModes } from './completion/modes.ts';
import { columnItem, schemaItems } from './completion/names.ts';
import {
  connectorItems,
  keyItems,
  lastKey,
  propertyItems,
  selectionItems,
  signatureArguments,
  valueItems,
} from './completion/properties.ts';
import { pipeItems, queryStart, sqlItems, usingItems } from './completion/query.ts';
import { type ListFiles, Scene } from './completion/scene.ts';
import { id, is, isEnded, lastItem, pathBefore, writingAt } from './frames.ts';

export interface Completion {
  /** What is replaced: up to the cursor, or up to the end of the word where the editor is told to replace. Offsets of the file. */
  readonly start: number;
  readonly end: number;
  readonly wordEnd: number;
  /** Whether there are more, or others, once more is typed. */
  readonly incomplete: boolean;
  /** In their order. */
  readonly items: readonly CompletionItem[];
}

/** `list` tells the files of the project's folder. */
export function complete(
  workspace: Workspace,
  file: string,
  offset: number,
  list: ListFiles = () => [],
): Completion | null {
  const writing = writingAt(workspace, file, offset);
  if (writing === null || writing.number) return null;
  const scene = new Scene(workspace, writing, list);
  const { start, end, wordEnd } = writing;
  const named = is(writing.next ?? undefined, id.Colon);
  const items = itemsAt(scene).map((each) => (named ? withoutValue(each) : each));
  const all = inOrder(items, writing.ticked);
  const shown = fitting(all, writing.word, ({ filter }) => filter);
  const more = shown.length < all.length || workspace.names('dataset').length > MANY;
  return { start, end, wordEnd, incomplete: more || scene.quoted, items: shown };
}

/** A property whose name is being changed has its value behind it. */
function withoutValue(each: CompletionItem): CompletionItem {
  const colon = each.insert.indexOf(': ');
  return colon === -1 ? each : { ...each, insert: each.insert.slice(0, colon), then: null };
}

/** Each label once, by rank; within one rank in the order given. */
function inOrder(items: readonly CompletionItem[], ticked: boolean): readonly CompletionItem[] {
  const byLabel = new Map<string, CompletionItem>();
  for (const each of items) {
    const known = byLabel.get(each.label);
    if (known === undefined || each.rank < known.rank) byLabel.set(each.label, each);
  }
  const all = [...byLabel.values()].sort((a, b) => a.rank - b.rank);
  return ticked ? all.filter(({ kind }) => kind === 'column' || kind === 'dataset').map(inTicks) : all;
}

const inTicks = (each: CompletionItem): CompletionItem => {
  const text = each.insert.startsWith('`') ? each.insert : `\`${each.insert}\``;
  return { ...each, insert: text, filter: `\`${each.filter}` };
};

function itemsAt(scene: Scene): readonly CompletionItem[] {
  const { frames, writing } = scene;
  const head = frames[0]?.tokens ?? [];
  const isTop = head.length === 0 || (writing.columnOne && frames.length === 1 && isEnded(head.at(-1)));
  if (isTop) return scene.quoted || writing.ticked ? [] : kindItems(scene);
  const innermost = openModes(scene).at(-1);
  return innermost === undefined ? [] : modeItems(scene, innermost.mode, innermost.tokens);
}

function modeItems(scene: Scene, mode: Mode, tokens: readonly Token[]): readonly CompletionItem[] {
  switch (mode.kind) {
    case 'declaration':
      return declarationItems(scene, mode.of, tokens);
    case 'query':
      return pipeItems(scene, tokens, true);
    case 'sql':
      return sqlItems(scene, tokens);
    case 'value': {
      const query =
        tokens.length === 0 && !scene.quoted ? queryStart(true).map((each) => ({ ...each, rank: Rank.far })) : [];
      return [...expressionItems(scene, tokens, mode.place), ...query];
    }
    case 'arguments':
      return argumentItems(scene, mode.callee, tokens, mode.place);
    case 'cast':
      return castItems(scene, tokens, mode.place);
    case 'over':
      return scene.quoted ? [] : overClause(scene, tokens, scene.reach ?? NOWHERE);
    case 'using':
      return scene.quoted ? [] : usingItems(scene, mode.stage, tokens);
    case 'columns': {
      if (scene.quoted || isEnded(lastItem(tokens).at(-1))) return [];
      const taken = new Set(tokens.map(nameOf));
      return (scene.reach ?? NOWHERE).columns
        .filter(({ name }) => !taken.has(name))
        .map((column) => columnItem(column, Rank.best));
    }
    case 'properties':
      return propertyItems(scene, tokens, mode.schema, ownColumns(scene));
    case 'call':
      return signatureArguments(scene, mode.signature, tokens, ownColumns(scene), mode.over);
    case 'list': {
      const own = lastItem(tokens);
      if (isEnded(own.at(-1))) return [];
      const taken = new Set(tokens.map(nameOf));
      return valueItems(scene, mode.item, own, ownColumns(scene)).filter(({ label }) => !taken.has(label));
    }
    case 'object': {
      const schemas =
        scene.draft?.symbol.kind === 'store'
          ? schemaItems(scene, scene.draft.symbol.name).map(({ label }) => label)
          : [];
      return keyItems(scene, tokens, mode.keys, mode.item, ownColumns(scene), schemas);
    }
    case 'selection':
      return isEnded(lastItem(tokens).at(-1)) ? [] : selectionItems(scene, pathBefore(tokens).map(nameOf));
    case 'parameters':
      return [];
    case 'type':
      return typeBodyItems(scene, tokens);
    case 'test':
      return lastKey(tokens) === null ? testBodyItems(scene, tokens) : [];
    case 'checks':
      return checkItems(scene, tokens, checkedRow(scene));
    case 'check':
      return checkArguments(scene, mode.callee, tokens, checkedRow(scene));
    case 'row':
      return rowItems(scene, tokens, mode.dataset);
    case 'rows':
    case 'nothing':
      return [];
  }
}

const ownColumns = (scene: Scene): readonly Column[] => scene.ownRow?.columns ?? [];

function declarationItems(scene: Scene, kind: Kind | null, tokens: readonly Token[]): readonly CompletionItem[] {
  if (kind === null) return [];
  const equals = tokens.findIndex((token) => is(token, id.Equals));
  if (equals === -1) return headerItems(scene, kind, tokens);
  const value = tokens.slice(equals + 1);
  switch (kind.value) {
    case 'call':
      return value.length === 0 && !scene.quoted ? connectorItems('connection') : [];
    case 'function':
      return is(value[0], id.From, id.With, id.Pipe)
        ? pipeItems(scene, value, false)
        : expressionItems(scene, value, functionPlace(scene));
    case 'query':
      return is(value[0], id.Select) ? sqlItems(scene, value) : pipeItems(scene, value, false);
    case null:
      return [];
  }
}
