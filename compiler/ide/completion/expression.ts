/** What may stand in an expression: an operand with its columns, functions and literals, or what goes on after one. */
import { BOOL, type Column, type ValueInfo } from '../../relational/types.ts';
import { type FunctionRow, functionRow, functionRows } from '../../semantics/functions/table.ts';
import type { Reach } from '../../semantics/trace.ts';
import { intervalUnits, type Token } from '../../syntax/tokens.ts';
import { gives, valueOfType, wantedArgument } from '../call-signatures.ts';
import { id, is, isEnded, lastItem, pathBefore } from '../frames.ts';
import { type CompletionItem, escaped, item, leading, Rank, words, written } from './items.ts';
import { columnItem, declaredItems, valueTypeItems } from './names.ts';
import { fits, type Scene } from './scene.ts';

export interface Place {
  readonly reach: Reach;
  readonly aggregates: boolean;
  readonly windows: boolean;
  /** Whether a column may stand by itself. */
  readonly columns: boolean;
  /** The value that is wanted, as far as it is known from outside of the tokens. */
  readonly wanted: ValueInfo | null;
  /** Items that may stand at the start of an item of the clause, before anything is written. */
  readonly start: readonly CompletionItem[];
  /** Words that may follow a whole expression. */
  readonly after: readonly CompletionItem[];
}

export const NOWHERE: Reach = { columns: [], tables: [], queries: [], parameters: [] };

export function placeOf(reach: Reach, given: Partial<Omit<Place, 'reach'>> = {}): Place {
  return {
    reach,
    aggregates: given.aggregates ?? false,
    windows: given.windows ?? false,
    columns: given.columns ?? true,
    wanted: given.wanted ?? null,
    start: given.start ?? [],
    after: given.after ?? [],
  };
}

const comparisons = [id.Equals, id.Compare];

/** `tokens` are those of the clause so far. */
export function expressionItems(scene: Scene, tokens: readonly Token[], place: Place): readonly CompletionItem[] {
  const own = lastItem(tokens);
  const last = own.at(-1);
  if (scene.quoted) return textItems(scene, wantedAt(scene, own, place));
  if (is(last, id.As)) return [];
  const path = pathBefore(own);
  if (path.length > 0) return qualifiedItems(path, wantedAt(scene, own.slice(0, -2 * path.length), place), place);
  if (is(last, id.Dot)) return [];
  if (!isEnded(last)) return operandItems(scene, own, place);
  return followingItems(scene, own, place);
}

function operandItems(scene: Scene, own: readonly Token[], place: Place): readonly CompletionItem[] {
  const last = own.at(-1);
  const before = own.at(-2);
  if (is(last, id.Is))
    return words(['null', 'not null', 'true', 'false', 'distinct from', 'not distinct from'], Rank.best);
  if (is(last, id.Not) && is(before, id.Is)) return words(['null', 'true', 'false', 'distinct from'], Rank.best);
  if (is(last, id.Not) && isEnded(before)) return negatedItems();
  if (is(last, id.Distinct) && is(before, id.Is, id.Not)) return words(['from'], Rank.best);
  if (is(last, id.In)) return [item('(', 'keyword', { insert: '($0)', rank: Rank.best })];
  if (is(last, id.Nulls)) return words(['first', 'last'], Rank.best);
  if (is(last, id.Order, id.Group, id.Partition)) return leading(['by'], Rank.best);
  const wanted = wantedAt(scene, own, place);
  const start = own.length === 0 ? place.start : [];
  return [
    ...start,
    ...valueItems(wanted, is(last, ...comparisons)),
    ...columnItems(place, wanted),
    ...callItems(scene, place, wanted),
    ...literalItems(own, wanted),
  ];
}

const negatedItems = (): readonly CompletionItem[] => [
  item('in (…)', 'keyword', { insert: 'in ($0)', filter: 'in', rank: Rank.word, then: 'completion' }),
  item('like', 'keyword', { insert: "like '$0'", rank: Rank.word }),
  item('between', 'keyword', { insert: 'between $1 and $0', rank: Rank.word }),
];

/** The value that is wanted at the cursor: what stands on the other side of an operator, or what the place says. */
export function wantedAt(scene: Scene, own: readonly Token[], place: Pick<Place, 'wanted'>): ValueInfo | null {
  const last = own.at(-1);
  const before = own.at(-2);
  if (is(last, ...comparisons)) return scene.valueBefore(before);
  if (is(last, id.Between)) return scene.valueBefore(is(before, id.Not) ? own.at(-3) : before);
  if (is(last, id.And)) {
    const between = own.findLastIndex((token) => is(token, id.Between));
    const and = own.findIndex((token, at) => at > between && is(token, id.And));
    if (between !== -1 && and === own.length - 1)
      return scene.valueBefore(is(own[between - 1], id.Not) ? own[between - 2] : own[between - 1]);
    return { type: BOOL, nullable: true, inexact: false };
  }
  if (is(last, id.Or, id.Not)) return { type: BOOL, nullable: true, inexact: false };
  if (is(last, id.Sign, id.Multiply)) return scene.valueBefore(before);
  if (is(last, id.When) && !is(before, id.Case)) {
    const opened = own.findLastIndex((token) => is(token, id.Case));
    if (opened !== -1 && !is(own[opened + 1], id.When)) return null;
    return { type: BOOL, nullable: true, inexact: false };
  }
  return own.length === 0 ? place.wanted : null;
}

/** Values of a closed set, in quotes. */
function valueItems(wanted: ValueInfo | null, compared: boolean): readonly CompletionItem[] {
  if (wanted?.type.kind === 'bool') return words(['true', 'false'], compared ? Rank.near : Rank.word);
  if (wanted?.type.kind !== 'enum') return [];
  const { name, values } = wanted.type;
  return values.map((value) => {
    const text = `'${value.replaceAll("'", "''")}'`;
    return item(text, 'value', { detail: name, insert: escaped(text), filter: value, rank: Rank.best });
  });
}

/** Inside of quotes: what may be written there. */
export function textItems(scene: Scene, wanted: ValueInfo | null): readonly CompletionItem[] {
  if (wanted?.type.kind !== 'enum') return [];
  const { name, values } = wanted.type;
  return values.map((value) => textItem(scene, value, { detail: name, rank: Rank.best }));
}

/** A text for inside of the quotes that the cursor is in, closed where they are not. */
export function textItem(scene: Scene, value: string, given: Partial<CompletionItem>): CompletionItem {
  const { quote } = scene.writing;
  const sign = quote?.sign ?? "'";
  const text = value.replaceAll('\\', '\\\\').replaceAll(sign, `\\${sign}`);
  return item(value, 'value', { insert: escaped(quote?.closed === true ? text : text + sign), ...given });
}

/** Columns in reach by their bare names, or with their table where two have one name; then tables and parameters. */
function columnItems({ reach, columns }: Place, wanted: ValueInfo | null): readonly CompletionItem[] {
  const rankOf = (column: Column): Rank =>
    !columns ? Rank.own : wanted === null || fits(column, wanted) ? Rank.fits : Rank.near;
  const counts = new Map<string, number>();
  for (const { name } of reach.columns) counts.set(name, (counts.get(name) ?? 0) + 1);
  const bare = reach.columns.flatMap((column) =>
    column.name === '' || counts.get(column.name) !== 1 ? [] : columnItem(column, rankOf(column)),
  );
  const several = reach.tables.flatMap((table) =>
    table.columns.flatMap((column) => {
      if (counts.get(column.name) === 1) return [];
      const label = `${table.name}.${column.name}`;
      const insert = escaped(`${written(table.name)}.${written(column.name)}`);
      return columnItem(column, rankOf(column), { label, insert, filter: `${column.name} ${label}` });
    }),
  );
  const tables = reach.tables.map(({ name, columns: own }) =>
    item(name, 'alias', {
      detail: `${own.length} column${own.length === 1 ? '' : 's'}`,
      insert: `${escaped(written(name))}.`,
      rank: Rank.alias,
      then: 'completion',
    }),
  );
  const parameters = reach.parameters.map((name) =>
    item(name, 'parameter', { insert: escaped(written(name)), rank: Rank.fits }),
  );
  return [...parameters, ...bare, ...several, ...tables];
}

function qualifiedItems(
  path: readonly Token[],
  wanted: ValueInfo | null,
  { reach, start }: Place,
): readonly CompletionItem[] {
  const [first, ...more] = path;
  const table = reach.tables.find(({ name }) => name === nameOf(first));
  if (table === undefined || more.length > 0) return [];
  const all = start.some(({ label }) => label === '*')
    ? [item('*', 'keyword', { detail: `all columns of ${table.name}`, rank: Rank.near })]
    : [];
  return [...table.columns.map((column) => columnItem(column, fits(column, wanted) ? Rank.fits : Rank.near)), ...all];
}

export const nameOf = (token: Token | undefined): string => {
  const image = token?.image ?? '';
  return image.startsWith('`') && image.length > 1 ? image.slice(1, -1) : image;
};

/** Functions that may be called here, those that give what is wanted first. */
function callItems(scene: Scene, place: Place, wanted: ValueInfo | null): readonly CompletionItem[] {
  const called = is(scene.writing.next ?? undefined, id.LParen, id.QueryParen);
  const builtin = functionRows.flatMap((row) => {
    if (row.operator) return [];
    const over = row.kind === 'window' || (row.kind === 'aggregate' && !place.aggregates);
    if (over && !place.windows) return [];
    if (row.kind === 'aggregate' && over) return [];
    return functionItem(row, called, place, wanted);
  });
  const own = declaredItems(scene, 'function', 'function').flatMap((each) => ownFunction(scene, each, called));
  return [...own, ...builtin];
}

function functionItem(row: FunctionRow, called: boolean, place: Place, wanted: ValueInfo | null): CompletionItem {
  const [signature = `${row.name}()`] = row.signatures;
  const takes = !row.signatures.every((each) => each.includes('()'));
  const order = row.kind === 'window' && !called ? ` over (order by ${takes ? '$2' : '$1'})` : '';
  const args = called ? '' : takes ? '($1)' : '()';
  const isGood =
    (place.aggregates && !place.columns && row.kind === 'aggregate') || (wanted !== null && gives(row, wanted));
  const example = row.example === null ? '' : `\n\n\`${row.example.call}\` gives \`${row.example.gives}\``;
  return item(row.name, 'function', {
    detail: signature.slice(row.name.length),
    doc: `${row.doc}${example}`,
    insert: `${row.name}${args}${order}${called ? '' : '$0'}`,
    rank: place.aggregates && !place.columns && row.kind === 'aggregate' ? Rank.fits : isGood ? Rank.good : Rank.other,
    then: takes && !called ? 'signature' : null,
  });
}

function ownFunction(scene: Scene, known: CompletionItem, called: boolean): readonly CompletionItem[] {
  const symbol = scene.workspace.symbol('function', known.label);
  if (symbol === null) return [];
  const { tree } = scene.workspace.declaration(symbol);
  // A function of rows is for `call`.
  if (tree.value?.kind === 'query') return [];
  const parameters = (tree.parameters ?? []).map(({ name, type }) =>
    type === null ? name.text : `${name.text}: ${type.name.text}`,
  );
  return [
    {
      ...known,
      detail: `(${parameters.join(', ')})`,
      insert: called ? known.insert : `${known.insert}(${parameters.length > 0 ? '$1' : ''})$0`,
      rank: Rank.own,
      then: parameters.length > 0 ? 'signature' : null,
    },
  ];
}

/** Literals and forms that begin an operand. */
function literalItems(own: readonly Token[], wanted: ValueInfo | null): readonly CompletionItem[] {
  const isBool = wanted?.type.kind === 'bool';
  const open = openCase(own);
  return [
    ...words(isBool ? ['null'] : ['null', 'true', 'false']),
    ...words(is(own.at(-1), id.Not) ? [] : ['not']),
    item('case', 'keyword', { insert: 'case when $1 then $2 else $0 end', rank: Rank.word }),
    ...(is(own.at(-1), id.Case) || open === 'when' ? leading(['when'], Rank.best) : []),
    item('cast', 'keyword', { detail: '(x as type)', insert: 'cast($1 as $2)$0', rank: Rank.word }),
    item('try_cast', 'keyword', {
      detail: '(x as type), null where it fails',
      insert: 'try_cast($1 as $2)$0',
      rank: Rank.word,
    }),
    item("date '…'", 'keyword', {
      insert: "date '${1:2026-01-31}'",
      rank: wanted?.type.kind === 'date' ? Rank.good : Rank.word,
    }),
    item("timestamp '…'", 'keyword', {
      insert: "timestamp '${1:2026-01-31 00:00:00Z}'",
      rank: wanted?.type.kind === 'timestamp' ? Rank.good : Rank.word,
    }),
    item('exists', 'keyword', { insert: 'exists (from $0)', rank: Rank.far, then: 'completion' }),
  ];
}

/** The part of a `case` that is being written; null outside of one. */
function openCase(own: readonly Token[]): 'case' | 'when' | 'then' | 'else' | null {
  const open: ('case' | 'when' | 'then' | 'else')[] = [];
  for (const token of own) {
    if (is(token, id.Case)) open.push('case');
    else if (is(token, id.End)) open.pop();
    else if (open.length > 0 && is(token, id.When)) open[open.length - 1] = 'when';
    else if (open.length > 0 && is(token, id.Then)) open[open.length - 1] = 'then';
    else if (open.length > 0 && is(token, id.Else)) open[open.length - 1] = 'else';
  }
  return open.at(-1) ?? null;
}

/** After a whole operand. */
function followingItems(scene: Scene, own: readonly Token[], place: Place): readonly CompletionItem[] {
  const last = own.at(-1);
  const open = openCase(own);
  const inCase = {
    case: leading(['when'], Rank.best),
    when: leading(['then'], Rank.best),
    then: [...leading(['when', 'else'], Rank.best), ...words(['end'], Rank.best)],
    else: words(['end'], Rank.best),
  };
  const named = own.some((token) => is(token, id.As)) || is(last, id.Asc, id.Desc, id.First, id.Last);
  if (named && open === null) return place.after.filter(({ label }) => label !== 'as');
  const value = scene.valueBefore(last);
  const isText = value === null || value.type.kind === 'string' || value.type.kind === 'error';
  const isBool = value === null || value.type.kind === 'bool' || value.type.kind === 'error';
  // Of this part of the condition: comparisons are not chained.
  const part = own.slice(own.findLastIndex((token) => is(token, id.And, id.Or, id.When, id.Then, id.Else, id.As)) + 1);
  const compared = part.some((token) => is(token, ...comparisons, id.Between, id.Is, id.In, id.Like, id.Ilike));
  const between = own.findLastIndex((token) => is(token, id.Between));
  const halfBetween = between !== -1 && !own.slice(between).some((token) => is(token, id.And));
  if (halfBetween) return leading(['and'], Rank.best);
  const operators = [
    ...(isBool || compared ? leading(['and', 'or'], Rank.good) : []),
    ...(compared || halfBetween
      ? []
      : [
          ...(value === null || value.nullable ? words(['is null', 'is not null'], Rank.other) : []),
          item('in (…)', 'keyword', { insert: 'in ($0)', filter: 'in', rank: Rank.other, then: 'completion' }),
          item('not in (…)', 'keyword', {
            insert: 'not in ($0)',
            filter: 'not in',
            rank: Rank.word,
            then: 'completion',
          }),
          item('between', 'keyword', { insert: 'between $1 and $0', rank: Rank.other }),
          ...(isText ? [item('like', 'keyword', { insert: "like '$0'", rank: Rank.other })] : []),
        ]),
  ];
  return [...(open === null ? place.after : inCase[open]), ...operators, ...overItems(own, place)];
}

/** A call that may stand over a window. */
function overItems(own: readonly Token[], place: Place): readonly CompletionItem[] {
  if (!place.windows || !is(own.at(-1), id.RParen)) return [];
  const open = own.findLastIndex((token) => is(token, id.LParen));
  const row = functionRow(nameOf(own[open - 1]).toLowerCase());
  if (row === undefined || row.kind === 'scalar') return [];
  return [
    item('over (…)', 'keyword', { insert: 'over (partition by $1 order by $2)$0', filter: 'over', rank: Rank.good }),
  ];
}

/** In `over (…)`. */
export function overClause(scene: Scene, tokens: readonly Token[], reach: Reach): readonly CompletionItem[] {
  const has = (...types: number[]): boolean => tokens.some((token) => is(token, ...types));
  const after = [
    ...(has(id.Partition) || has(id.Order) ? [] : leading(['partition by'], Rank.fits)),
    ...(has(id.Order) ? [] : leading(['order by'], Rank.fits)),
    ...(has(id.Order) && !has(id.FrameUnit)
      ? [
          ...words(['asc', 'desc'], Rank.fits),
          item('rows between', 'keyword', {
            insert: 'rows between ${1:6} preceding and current row',
            rank: Rank.good,
          }),
        ]
      : []),
  ];
  if (tokens.length === 0) return after;
  const by = tokens.findLastIndex((token) => is(token, id.By));
  if (by === -1) return [];
  const clause = tokens.slice(by + 1);
  if (has(id.FrameUnit)) return words(['preceding', 'following', 'current row', 'unbounded preceding'], Rank.good);
  return expressionItems(scene, clause, placeOf(reach, { after }));
}

/** The arguments of a call of the language or of the project. */
export function argumentItems(
  scene: Scene,
  callee: string,
  tokens: readonly Token[],
  { reach, aggregates, windows }: Place,
): readonly CompletionItem[] {
  const row = functionRow(callee.toLowerCase());
  const inside = placeOf(reach, {
    // Aggregates do not stand in aggregates.
    aggregates: aggregates && row?.kind !== 'aggregate',
    windows: windows && row?.kind === 'scalar',
    after:
      row?.order === 'required' || row?.order === 'optional'
        ? row.kind === 'aggregate'
          ? leading(['order by'])
          : []
        : [],
    start:
      tokens.length === 0 && row?.kind === 'aggregate'
        ? [...leading(['distinct']), ...(row.name === 'count' ? [item('*', 'keyword', { rank: Rank.word })] : [])]
        : [],
  });
  const index = tokens.filter((token) => is(token, id.Comma)).length;
  // `date_trunc('month', x)` is read too.
  const isWord = row?.words.includes(index) === true || (scene.quoted && index === 0 && row?.words.length === 1);
  if (isWord) return wordItems(scene);
  const wanted = row === undefined ? parameterOf(scene, callee, index) : wantedArgument(row, index);
  const own = lastItem(tokens).filter((token) => !is(token, id.Distinct));
  return expressionItems(scene, own, { ...inside, wanted });
}

/** Units of time, for functions that take a word. */
function wordItems(scene: Scene): readonly CompletionItem[] {
  const units = [...intervalUnits.keys()].filter((unit) => !unit.endsWith('s') && unit !== 'millisecond');
  return units.map((unit) =>
    scene.quoted ? textItem(scene, unit, { rank: Rank.best }) : item(unit, 'value', { rank: Rank.best }),
  );
}

function parameterOf(scene: Scene, callee: string, index: number): ValueInfo | null {
  const symbol = scene.workspace.symbol('function', callee);
  if (symbol === null) return null;
  const type = scene.workspace.declaration(symbol).tree.parameters?.[index]?.type;
  return type === null || type === undefined ? null : valueOfType(type.name.text);
}

export function castItems(scene: Scene, tokens: readonly Token[], place: Place): readonly CompletionItem[] {
  const as = tokens.findIndex((token) => is(token, id.As));
  if (as !== -1) return as === tokens.length - 1 ? valueTypeItems(scene) : [];
  return expressionItems(scene, tokens, { ...place, after: leading(['as'], Rank.best), wanted: null });
}
