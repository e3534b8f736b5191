/** What the brackets hold that are open at the cursor, from the declaration to the innermost. */
import type { Column, RowType } from '../../relational/types.ts';
import type { KeyOf, Reader, Schema, Signature, ValueForm } from '../../semantics/config.ts';
import type { Role } from '../../semantics/connectors/connector.ts';
import { connectorNamed } from '../../semantics/connectors/registry.ts';
import { kindNamed } from '../../semantics/declarations/registry.ts';
import type { Token } from '../../syntax/tokens.ts';
import { id, is, lastItem } from '../frames.ts';
import { testedDataset } from './bodies.ts';
import { NOWHERE, nameOf, type Place, placeOf } from './expression.ts';
import type { Kind } from './header.ts';
import type { Scene } from './scene.ts';

/** What a bracket holds. */
export type Mode =
  | { readonly kind: 'declaration'; readonly of: Kind | null }
  | { readonly kind: 'query' | 'sql' }
  | { readonly kind: 'value'; readonly place: Place }
  | { readonly kind: 'arguments'; readonly callee: string; readonly place: Place }
  | { readonly kind: 'cast'; readonly place: Place }
  | { readonly kind: 'over' }
  | { readonly kind: 'using'; readonly stage: readonly Token[] }
  | { readonly kind: 'columns' }
  | { readonly kind: 'properties'; readonly schema: Schema }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly doc: string | null;
      readonly signature: Signature<Schema>;
      readonly over: readonly string[];
    }
  | { readonly kind: 'list'; readonly item: Reader<unknown> }
  | { readonly kind: 'object'; readonly keys: KeyOf | null; readonly item: Reader<unknown> }
  | { readonly kind: 'selection' }
  | { readonly kind: 'parameters' }
  | { readonly kind: 'type' | 'test' | 'nothing' }
  | { readonly kind: 'checks' }
  | { readonly kind: 'check'; readonly callee: string }
  | { readonly kind: 'rows' | 'row'; readonly dataset: string | null };

const NOTHING: Mode = { kind: 'nothing' };

export interface Open {
  readonly mode: Mode;
  /** What stands in it so far. */
  readonly tokens: readonly Token[];
}

/** Outermost first; empty between declarations. */
export function openModes(scene: Scene): readonly Open[] {
  const head = scene.frames[0]?.tokens[0];
  if (head === undefined) return [];
  const open: Open[] = [];
  let mode: Mode = { kind: 'declaration', of: kindNamed(head.image) ?? null };
  for (const { tokens } of scene.frames) {
    open.push({ mode, tokens });
    mode = inside(scene, mode, tokens);
  }
  return open;
}

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
  return { kind: 'call', name, doc: row.doc, signature: as.signature, over: role === 'source' ? row.over : [] };
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
      if (form.signature !== null)
        return { kind: 'call', name: form.name, doc: null, signature: form.signature, over: [] };
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
export const functionPlace = (scene: Scene): Place =>
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
export function checkedRow(scene: Scene): RowType | null {
  const { draft, workspace } = scene;
  if (draft === null) return null;
  if (draft.symbol.kind !== 'check') return scene.ownRow;
  const on = draft.tree.on;
  const written = on?.kind === 'name' ? on.name.parts.map(({ text }) => text).join('.') : '';
  const [symbol, more] = workspace.datasetsNamed(written);
  return symbol === undefined || more !== undefined ? null : workspace.lastRow(symbol.name);
}
