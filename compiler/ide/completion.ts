/**
 * Completion: what may be written at a cursor, the most fitting first.
 *
 * The tokens before the cursor say in which bracket of which clause of which declaration it is; half-typed texts have tokens
 * too. What is in reach there is asked of the checker, which is given the declaration with a placeholder in place of the word:
 * nothing that the workspace knows of its files is disturbed.
 */
import type { Column, RowType } from '../relational/types.ts';
import type { KeyOf, Reader, Schema, Signature, ValueForm } from '../semantics/config.ts';
import type { Role } from '../semantics/connectors/connector.ts';
import { connectorNamed } from '../semantics/connectors/registry.ts';
import { kindNamed } from '../semantics/declarations/registry.ts';
import type { Token } from '../syntax/tokens.ts';
import type { Workspace } from '../workspace/workspace.ts';
import {
  checkArguments,
  checkItems,
  rowItems,
  testBodyItems,
  testedDataset,
  typeBodyItems,
} from './completion/bodies.ts';
import {
  argumentItems,
  castItems,
  expressionItems,
  NOWHERE,
  nameOf,
  overClause,
  type Place,
  placeOf,
} from './completion/expression.ts';
import { headerItems, type Kind, kindItems } from './completion/header.ts';
import { type CompletionItem, fitting, MANY } from './completion/items.ts';
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
  if (writing === null) return null;
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

/** What a bracket holds. */
type Mode =
  | { readonly kind: 'declaration'; readonly of: Kind | null }
  | { readonly kind: 'query' | 'sql' }
  | { readonly kind: 'value'; readonly place: Place }
  | { readonly kind: 'arguments'; readonly callee: string; readonly place: Place }
  | { readonly kind: 'cast'; readonly place: Place }
  | { readonly kind: 'over' }
  | { readonly kind: 'using'; readonly stage: readonly Token[] }
  | { readonly kind: 'columns' }
  | { readonly kind: 'properties'; readonly schema: Schema }
  | { readonly kind: 'call'; readonly signature: Signature<Schema>; readonly over: readonly string[] }
  | { readonly kind: 'list'; readonly item: Reader<unknown> }
  | { readonly kind: 'object'; readonly keys: KeyOf | null; readonly item: Reader<unknown> }
  | { readonly kind: 'selection' }
  | { readonly kind: 'parameters' }
  | { readonly kind: 'type' | 'test' | 'nothing' }
  | { readonly kind: 'checks' }
  | { readonly kind: 'check'; readonly callee: string }
  | { readonly kind: 'rows' | 'row'; readonly dataset: string | null };

const NOTHING: Mode = { kind: 'nothing' };

function itemsAt(scene: Scene): readonly CompletionItem[] {
  const { frames, writing } = scene;
  const [outer] = frames;
  const head = outer?.tokens ?? [];
  const isTop = head.length === 0 || (writing.columnOne && frames.length === 1 && isEnded(head.at(-1)));
  if (isTop) return scene.quoted || writing.ticked ? [] : kindItems(scene);
  let mode: Mode = { kind: 'declaration', of: kindNamed(head[0]?.image ?? '') ?? null };
  for (const [depth, frame] of frames.entries()) {
    if (depth === frames.length - 1) return modeItems(scene, mode, frame.tokens);
    mode = inside(scene, mode, frame.tokens);
  }
  return [];
}

// ---------------------------------------------------------------------------------------------- what a bracket holds

/** What the bracket holds that the last of the tokens opens. */
function inside(scene: Scene, mode: Mode, tokens: readonly Token[]): Mode {
  const opener = tokens.at(-1);
  const before = tokens.slice(0, -1);
  if (is(opener, id.QueryParen)) return queryMode(scene);
  switch (mode.kind) {
    case 'declaration':
      return insideDeclaration(scene, mode.of, before, opener);
    case 'query':
      return insideExpression(scene, before, opener, stagePlace(scene, before));
    case 'sql':
      return insideExpression(
        scene,
        before,
        opener,
        placeOf(scene.reach ?? NOWHERE, { windows: true, aggregates: true }),
      );
    case 'value':
    case 'arguments':
    case 'cast':
      return insideExpression(scene, before, opener, mode.place);
    case 'over':
      return insideExpression(scene, before, opener, placeOf(scene.reach ?? NOWHERE));
    case 'properties': {
      if (is(opener, id.ChecksBrace)) return { kind: 'checks' };
      const key = openKey(before);
      const row = key === null || !Object.hasOwn(mode.schema, key.name) ? undefined : mode.schema[key.name];
      return row === undefined ? NOTHING : insideValue(row.reader, key?.value ?? [], opener);
    }
    case 'call': {
      const own = lastItem(before);
      const named = is(own[0], id.Key);
      const positional = mode.signature.positional[before.filter((token) => is(token, id.Comma)).length];
      const name = named ? own[0]?.image : positional;
      const row = name === undefined ? undefined : mode.signature.schema[name];
      return row === undefined ? NOTHING : insideValue(row.reader, named ? own.slice(2) : own, opener);
    }
    case 'list':
      return insideValue(mode.item, lastItem(before), opener);
    case 'object':
      return insideValue(mode.item, openKey(before)?.value ?? [], opener);
    case 'selection':
      return { kind: 'selection' };
    case 'checks': {
      const callee = before.at(-1);
      const isCheck =
        is(opener, id.LParen) &&
        is(callee, id.Identifier) &&
        (before.length === 1 || before.at(-1)?.first === true || is(before.at(-2), id.Comma));
      if (isCheck) return { kind: 'check', callee: nameOf(callee) };
      return insideExpression(scene, before, opener, rowPlace(checkedRow(scene)));
    }
    case 'check':
      return mode.callee === 'accepted'
        ? { kind: 'value', place: { ...placeOf(NOWHERE), wanted: columnNamed(checkedRow(scene), nameOf(before[0])) } }
        : NOTHING;
    case 'type':
      return is(opener, id.LParen) && before.some((token) => is(token, id.Expect))
        ? insideExpression(scene, before, opener, placeOf(scene.reach ?? NOWHERE))
        : NOTHING;
    case 'test': {
      const clause = before.findLastIndex((token) => is(token, id.Given, id.Expect));
      const isGiven = is(before[clause], id.Given);
      const named = before
        .slice(clause + 1)
        .filter((token) => is(token, id.Identifier))
        .map(nameOf);
      const dataset = isGiven
        ? (scene.dataset(named.join('.'))?.name ?? (named[0] === 'previous' ? testedDataset(scene) : null))
        : testedDataset(scene);
      return is(before.at(-1), id.Values) ? { kind: 'rows', dataset } : NOTHING;
    }
    case 'rows':
      return is(opener, id.LBrace) ? { kind: 'row', dataset: mode.dataset } : NOTHING;
    case 'row': {
      const column = columnNamed(
        mode.dataset === null ? null : scene.workspace.lastRow(mode.dataset),
        openKey(before)?.name ?? '',
      );
      return insideExpression(scene, openKey(before)?.value ?? [], opener, placeOf(NOWHERE, { wanted: column }));
    }
    case 'columns':
    case 'using':
    case 'parameters':
    case 'nothing':
      return NOTHING;
  }
}

/** Of the frame below: a query in the order of its stages, or in SQL's own. */
function queryMode(scene: Scene): Mode {
  const at = scene.frames.find(({ opener, tokens }) => is(opener ?? undefined, id.QueryParen) && tokens.length > 0);
  return is(at?.tokens[0], id.Select) ? { kind: 'sql' } : { kind: 'query' };
}

function insideDeclaration(scene: Scene, kind: Kind | null, before: readonly Token[], opener: Token | undefined): Mode {
  if (kind === null) return NOTHING;
  const equals = before.findIndex((token) => is(token, id.Equals));
  if (equals !== -1) {
    const value = before.slice(equals + 1);
    if (kind.value === 'call') return connectorMode(nameOf(value.at(-1)), 'connection');
    if (is(value[0], id.From, id.With, id.Pipe))
      return insideExpression(scene, value, opener, stagePlace(scene, value));
    if (is(value[0], id.Select))
      return insideExpression(
        scene,
        value,
        opener,
        placeOf(scene.reach ?? NOWHERE, { windows: true, aggregates: true }),
      );
    return insideExpression(scene, value, opener, functionPlace(scene));
  }
  if (is(opener, id.LBrace)) return { kind: 'properties', schema: kind.properties };
  if (is(opener, id.ChecksBrace)) return { kind: 'checks' };
  if (is(opener, id.TypeBrace)) return { kind: 'type' };
  if (is(opener, id.TestBrace)) return { kind: 'test' };
  if (!is(opener, id.LParen)) return NOTHING;
  if (before.some((token) => is(token, id.From)))
    return connectorMode(nameOf(before.at(-1)), kind.word === 'step' ? 'step' : 'source');
  if (before.some((token) => is(token, id.On))) return { kind: 'selection' };
  return kind.word === 'fn' ? { kind: 'parameters' } : NOTHING;
}

function connectorMode(name: string, role: Role): Mode {
  const row = connectorNamed(name);
  const as = row?.as[role];
  if (row === undefined || as === undefined) return NOTHING;
  return { kind: 'call', signature: as.signature, over: role === 'source' ? row.over : [] };
}

/** Inside of a bracket in the value of a property. */
function insideValue(reader: Reader<unknown>, value: readonly Token[], opener: Token | undefined): Mode {
  const isFitting = (form: ValueForm): boolean =>
    is(opener, id.LParen)
      ? form.kind === 'call' && form.name === nameOf(value.at(-1))
      : is(opener, id.LBracket)
        ? form.kind === 'list'
        : is(opener, id.LBrace) && form.kind === 'object';
  const form = reader.forms.find(isFitting);
  switch (form?.kind) {
    case 'call': {
      if (form.signature !== null) return { kind: 'call', signature: form.signature, over: [] };
      return NOTHING;
    }
    case 'list':
      return { kind: 'list', item: form.item };
    case 'object':
      return { kind: 'object', keys: form.keys, item: form.item };
    default:
      return reader.forms.some((each) => each.kind === 'name' && each.of === 'selection')
        ? { kind: 'selection' }
        : NOTHING;
  }
}

/** Inside of a bracket in an expression, or in a clause of a query. */
function insideExpression(scene: Scene, before: readonly Token[], opener: Token | undefined, place: Place): Mode {
  const last = before.at(-1);
  const reach = place.reach;
  if (is(opener, id.LBracket))
    return is(last, id.Values)
      ? { kind: 'rows', dataset: null }
      : { kind: 'value', place: { ...placeOf(reach), wanted: null } };
  if (is(opener, id.LBrace)) return NOTHING;
  if (is(last, id.Over) || (is(last, id.As) && before.some((token) => is(token, id.Window)))) return { kind: 'over' };
  if (is(last, id.Using)) return { kind: 'using', stage: before };
  if (is(last, id.StarExcept)) return { kind: 'columns' };
  if (is(last, id.Cast)) return { kind: 'cast', place };
  if (is(last, id.In)) {
    const subject = before.at(is(before.at(-2), id.Not) ? -3 : -2);
    return { kind: 'value', place: { ...place, wanted: scene.valueBefore(subject), start: [], after: [] } };
  }
  const isCallee = is(last, id.Identifier);
  const plain = { ...place, start: [], after: [], columns: true };
  if (isCallee && opener !== undefined && opener.start === last?.end)
    return { kind: 'arguments', callee: nameOf(last), place: plain };
  if (is(last, id.From, id.Join, id.As)) return { kind: 'query' };
  return { kind: 'value', place: plain };
}

/** What the stage that is being written allows in its expressions. */
function stagePlace(scene: Scene, tokens: readonly Token[]): Place {
  const stage = tokens.slice(tokens.findLastIndex((token) => is(token, id.Pipe)) + 1);
  const word = stage[0]?.word ?? '';
  const reach = scene.reach ?? NOWHERE;
  const grouped = stage.some((token) => is(token, id.Group));
  return placeOf(reach, {
    aggregates: (word === 'aggregate' && !grouped) || word === 'pivot',
    windows: ['where', 'select', 'extend', 'set', 'order', 'assert', 'distinct'].includes(word),
  });
}

/** The body of a function: its parameters are all there is. */
const functionPlace = (scene: Scene): Place =>
  placeOf(
    { ...NOWHERE, parameters: (scene.draft?.tree.parameters ?? []).map(({ name }) => name.text) },
    { aggregates: true },
  );

const rowPlace = (row: RowType | null): Place =>
  placeOf({ ...NOWHERE, columns: (row?.columns ?? []).map((column, at) => ({ ...column, id: at })) });

const columnNamed = (row: RowType | null, name: string): Column | null =>
  row?.columns.find((each) => each.name === name) ?? null;

/** The property that is open, its value begun or not. */
function openKey(tokens: readonly Token[]): { readonly name: string; readonly value: readonly Token[] } | null {
  const at = tokens.findLastIndex((token) => is(token, id.Key));
  const key = tokens[at];
  return key === undefined ? null : { name: key.image, value: tokens.slice(at + 2) };
}

/** The rows that checks speak of: of the dataset itself, or of the one that a `check` is about. */
function checkedRow(scene: Scene): RowType | null {
  const { draft, workspace } = scene;
  if (draft === null) return null;
  if (draft.symbol.kind !== 'check') return scene.ownRow;
  const on = draft.tree.on;
  const written = on?.kind === 'name' ? on.name.parts.map(({ text }) => text).join('.') : '';
  const [symbol, more] = workspace.datasetsNamed(written);
  return symbol === undefined || more !== undefined ? null : workspace.lastRow(symbol.name);
}

// ---------------------------------------------------------------------------------------------- what may stand in it

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
        tokens.length === 0 && !scene.quoted ? queryStart(true).map((each) => ({ ...each, rank: 8 as const })) : [];
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
        .map((column) => columnItem(column, 0));
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
