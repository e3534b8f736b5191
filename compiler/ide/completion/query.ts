/** What may stand in a query: stages, what each of them reads, and the expressions in it. */
import { sameType } from '../../relational/types.ts';
import { stageForms } from '../../semantics/stages/forms.ts';
import type { Reach } from '../../semantics/trace.ts';
import type { Token } from '../../syntax/tokens.ts';
import { id, is, isEnded, lastItem, pathBefore } from '../frames.ts';
import { expressionItems, NOWHERE, nameOf, type Place, placeOf } from './expression.ts';
import { type CompletionItem, escaped, item, leading, Rank, words, written } from './items.ts';
import { columnItem, datasetItems, declaredItems } from './names.ts';
import type { Scene } from './scene.ts';

/** `tokens` are those of a query in the order of its stages; `inner` where it stands in parentheses. */
export function pipeItems(scene: Scene, tokens: readonly Token[], inner: boolean): readonly CompletionItem[] {
  const pipe = tokens.findLastIndex((token) => is(token, id.Pipe));
  const stage = tokens.slice(pipe + 1);
  const items = pipe === -1 ? headItems(scene, stage, inner) : stageItems(scene, stage);
  return [...items, ...nextStageItems(scene, tokens)];
}

/** At the start of a line a stage may follow what is whole. */
function nextStageItems({ writing, quoted }: Scene, tokens: readonly Token[]): readonly CompletionItem[] {
  if (!writing.first || quoted || writing.ticked || !isEnded(tokens.at(-1))) return [];
  return stageForms.map((form) =>
    item(`|> ${form.words}`, 'stage', {
      detail: form.written,
      doc: form.doc,
      insert: `|> ${form.words}${form.rest}`,
      filter: form.words,
      rank: Rank.near,
      then: 'completion',
    }),
  );
}

export function stageWordItems(): readonly CompletionItem[] {
  return stageForms.map((form, at) =>
    item(form.words, 'stage', {
      detail: form.written,
      doc: form.doc,
      insert: `${form.words}${form.rest}`,
      rank: at < 12 ? Rank.fits : Rank.near,
      then: 'completion',
    }),
  );
}

function headItems(scene: Scene, stage: readonly Token[], inner: boolean): readonly CompletionItem[] {
  if (stage.length === 0) return queryStart(inner);
  const [first] = stage;
  const from = stage.findIndex((token) => is(token, id.From));
  if (from !== -1) return tableItems(scene, stage.slice(from + 1));
  if (is(first, id.With)) return withItems(stage.slice(1), leading(['from'], Rank.best));
  return [];
}

export const queryStart = (inner: boolean): readonly CompletionItem[] => [
  item('from', 'keyword', { insert: 'from $0', doc: 'What the query reads.', rank: Rank.best, then: 'completion' }),
  item('with', 'keyword', {
    insert: 'with ${1:name} as (from $2)\n  from $0',
    doc: 'A named query before the first stage.',
    rank: Rank.word,
  }),
  ...(inner
    ? [item('select', 'keyword', { insert: 'select $1 from $0', doc: "A query in SQL's own order.", rank: Rank.far })]
    : []),
];

function withItems(rest: readonly Token[], after: readonly CompletionItem[]): readonly CompletionItem[] {
  const own = lastItem(rest);
  if (own.length === 0) return [];
  if (is(own.at(-1), id.RParen)) return after;
  return own.length === 1
    ? [item('as (…)', 'keyword', { insert: 'as (from $0)', filter: 'as', rank: Rank.best, then: 'completion' })]
    : [];
}

/** Of `from` and of set operations: datasets, queries by name, rows written out. */
function tableItems(scene: Scene, rest: readonly Token[]): readonly CompletionItem[] {
  const own = lastItem(rest);
  const last = own.at(-1);
  const path = pathBefore(own);
  if (path.length > 0) return datasetItems(scene, path.map(nameOf), others(scene));
  if (is(last, id.As, id.Dot)) return [];
  if (isEnded(last)) return own.some((token) => is(token, id.As)) ? [] : words(['as'], Rank.best);
  if (own.length > 0) return [];
  return readItems(scene, rest.length === 0);
}

export function readItems(scene: Scene, values: boolean): readonly CompletionItem[] {
  return [
    ...queryNames(scene),
    ...datasetItems(scene, [], others(scene)),
    ...(values
      ? [item('values', 'keyword', { insert: 'values [{ ${1:name}: $0 }]', doc: 'Rows written out.', rank: Rank.word })]
      : []),
    item('(from …)', 'keyword', { insert: '(from $0)', filter: 'from', rank: Rank.far, then: 'completion' }),
  ];
}

/** A dataset does not read itself. */
const others = ({ draft }: Scene): ((name: string) => boolean) => {
  const own = draft?.symbol.namespace === 'dataset' ? draft.symbol.name : null;
  return (name) => name !== own;
};

/** Names of `with` queries before the cursor. */
function queryNames(scene: Scene): readonly CompletionItem[] {
  const trace = scene.draft?.trace;
  if (trace === undefined) return [];
  const at = scene.inDraft(scene.writing.at);
  const around = trace.seen.filter(({ span }) => span.start <= at && at <= span.end);
  const names = new Set(around.flatMap(({ before }) => before.queries));
  return [...names].map((name) =>
    item(name, 'alias', { detail: 'named query', insert: escaped(written(name)), rank: Rank.best }),
  );
}

/** Of one stage, the tokens after `|>`. */
function stageItems(scene: Scene, stage: readonly Token[]): readonly CompletionItem[] {
  const [first] = stage;
  if (first === undefined) return stageWordItems();
  const rest = stage.slice(1);
  const reach = scene.reach ?? NOWHERE;
  const plain = placeOf(reach);
  switch (first.word) {
    case 'where':
      return expressionItems(scene, rest, placeOf(reach, { windows: true, wanted: CONDITION }));
    case 'select':
      return selectItems(scene, is(rest[0], id.Distinct) ? rest.slice(1) : rest, reach, rest.length === 0);
    case 'extend':
      return expressionItems(scene, rest, placeOf(reach, { windows: true, after: words(['as'], Rank.best) }));
    case 'set':
      return setItems(scene, rest, reach);
    case 'drop':
      return columnList(scene, rest, reach);
    case 'rename': {
      const own = lastItem(rest);
      return own.length === 0 ? columnList(scene, rest, reach) : own.length === 1 ? words(['as'], Rank.best) : [];
    }
    case 'aggregate':
      return aggregateItems(scene, rest, reach);
    case 'order':
      return is(rest[0], id.By) ? expressionItems(scene, rest.slice(1), orderPlace(reach)) : words(['by'], Rank.best);
    case 'limit':
      return isEnded(rest.at(-1)) && !rest.some(({ word }) => word === 'offset') ? words(['offset'], Rank.best) : [];
    case 'distinct':
      return distinctItems(scene, rest, reach);
    case 'union':
    case 'intersect':
    case 'except':
      return setOperationItems(scene, rest);
    case 'unnest':
      return isEnded(rest.at(-1)) ? words(['as'], Rank.best) : expressionItems(scene, rest, plain);
    case 'call':
      return rest.length > 0 ? [] : rowFunctions(scene);
    case 'assert':
      return expressionItems(scene, rest, placeOf(reach, { windows: true, wanted: CONDITION }));
    case 'with':
      return withItems(rest, []);
    case 'as':
    case 'pivot':
    case 'unpivot':
      return [];
    default:
      return joinItems(scene, stage, reach);
  }
}

const CONDITION = { type: { kind: 'bool' }, nullable: true, inexact: false } as const;

const orderPlace = (reach: Reach, more: Partial<Place> = {}): Place =>
  placeOf(reach, {
    ...more,
    windows: true,
    after: [...words(['asc', 'desc', 'nulls first', 'nulls last'], Rank.best), ...(more.after ?? [])],
  });

const star = (reach: Reach): readonly CompletionItem[] => [
  item('*', 'keyword', {
    detail: 'all columns',
    doc: reach.columns.map(({ name }) => `\`${name}\``).join(', '),
    rank: Rank.near,
  }),
  ...reach.tables.map(({ name }) =>
    item(`${name}.*`, 'keyword', {
      detail: `all columns of ${name}`,
      insert: `${escaped(written(name))}.*`,
      rank: Rank.alias,
    }),
  ),
];

export function selectItems(
  scene: Scene,
  rest: readonly Token[],
  reach: Reach,
  first: boolean,
  after: readonly CompletionItem[] = [],
): readonly CompletionItem[] {
  const own = lastItem(rest);
  if (is(own.at(-1), id.Star) || (own.some((token) => is(token, id.Star)) && is(own.at(-1), id.RParen))) {
    const has = (type: number): boolean => own.some((token) => is(token, type));
    return [
      ...(has(id.StarExcept)
        ? []
        : [
            item('except (…)', 'keyword', {
              insert: 'except ($0)',
              filter: 'except',
              rank: Rank.best,
              then: 'completion' as const,
            }),
          ]),
      ...(has(id.StarReplace)
        ? []
        : [
            item('replace (…)', 'keyword', {
              insert: 'replace ($1 as $0)',
              filter: 'replace',
              rank: Rank.best,
              then: 'completion' as const,
            }),
          ]),
      ...after,
    ];
  }
  const start = [...star(reach), ...(first ? words(['distinct']) : [])];
  return expressionItems(
    scene,
    rest,
    placeOf(reach, { windows: true, start, after: [...words(['as'], Rank.best), ...after] }),
  );
}

/** Columns by their bare names, those that are there already left out. */
function columnList(scene: Scene, rest: readonly Token[], reach: Reach): readonly CompletionItem[] {
  if (scene.quoted || isEnded(lastItem(rest).at(-1))) return [];
  const taken = new Set(rest.map(nameOf));
  return reach.columns
    .filter(({ name }) => name !== '' && !taken.has(name))
    .map((column) => columnItem(column, Rank.fits));
}

function setItems(scene: Scene, rest: readonly Token[], reach: Reach): readonly CompletionItem[] {
  const own = lastItem(rest);
  const [target, equals, ...value] = own;
  if (target === undefined)
    return columnList(scene, rest, reach).map((each) => ({
      ...each,
      insert: `${each.insert} = $0`,
      then: 'completion' as const,
    }));
  if (!is(equals, id.Equals)) return words(['='], Rank.best);
  const column = reach.columns.find(({ name }) => name === nameOf(target));
  return expressionItems(scene, value, placeOf(reach, { windows: true, wanted: column ?? null }));
}

function aggregateItems(scene: Scene, rest: readonly Token[], reach: Reach): readonly CompletionItem[] {
  const group = rest.findLastIndex((token) => is(token, id.Group));
  const by = rest.findIndex((token, at) => at > group && is(token, id.By));
  const order = words(['asc', 'desc'], Rank.near);
  if (group !== -1 && by > group) {
    const own = lastItem(rest.slice(by + 1));
    const start = own.length === 0 ? groupForms : [];
    return expressionItems(scene, own, placeOf(reach, { after: [...words(['as'], Rank.best), ...order], start }));
  }
  if (group !== -1) return leading(['by'], Rank.best);
  const grouped = leading(['group by', 'group and order by'], Rank.best);
  if (rest.length === 0) {
    const place = placeOf(reach, { aggregates: true, columns: false, start: leading(['group by']) });
    return expressionItems(scene, rest, place);
  }
  return expressionItems(
    scene,
    rest,
    placeOf(reach, { aggregates: true, columns: false, after: [...words(['as'], Rank.best), ...grouped, ...order] }),
  );
}

const groupForms: readonly CompletionItem[] = [
  item('rollup (…)', 'keyword', { insert: 'rollup ($0)', filter: 'rollup', rank: Rank.far }),
  item('cube (…)', 'keyword', { insert: 'cube ($0)', filter: 'cube', rank: Rank.far }),
  item('grouping sets (…)', 'keyword', { insert: 'grouping sets (($0))', filter: 'grouping sets', rank: Rank.far }),
];

function distinctItems(scene: Scene, rest: readonly Token[], reach: Reach): readonly CompletionItem[] {
  const order = rest.findIndex((token) => is(token, id.By));
  if (order !== -1) return expressionItems(scene, rest.slice(order + 1), orderPlace(reach));
  if (rest.length === 0)
    return [item('on (…)', 'keyword', { insert: 'on ($1) order by $0', filter: 'on', rank: Rank.best })];
  return is(rest.at(-1), id.RParen) ? leading(['order by'], Rank.best) : [];
}

function setOperationItems(scene: Scene, rest: readonly Token[]): readonly CompletionItem[] {
  const [quantifier, ...more] = rest;
  if (!is(quantifier, id.All, id.Distinct))
    return [...leading(['all', 'distinct'], Rank.best), ...(rest.length === 0 ? readItems(scene, false) : [])];
  const named = is(more[0], id.By) ? more.slice(2) : more;
  return tableItems(scene, named);
}

/** Functions of the project that stand for stages. */
function rowFunctions(scene: Scene): readonly CompletionItem[] {
  return declaredItems(scene, 'function', 'function').flatMap((each) => {
    const symbol = scene.workspace.symbol('function', each.label);
    const tree = symbol === null ? null : scene.workspace.declaration(symbol).tree;
    if (tree?.value?.kind !== 'query') return [];
    const parameters = (tree.parameters ?? []).map(({ name }) => name.text);
    return {
      ...each,
      detail: `(${parameters.join(', ')})`,
      insert: `${each.insert}(${parameters.length > 0 ? '$1' : ''})$0`,
      then: parameters.length > 0 ? ('signature' as const) : null,
    };
  });
}

// ---------------------------------------------------------------------------------------------- joins

const kindFollows: Readonly<Record<string, readonly string[]>> = {
  left: ['join', 'outer join', 'asof join', 'semi join', 'anti join'],
  right: ['join', 'outer join'],
  full: ['join', 'outer join'],
  inner: ['join'],
  cross: ['join'],
  semi: ['join'],
  anti: ['join'],
  asof: ['join'],
  outer: ['join'],
};

function joinItems(scene: Scene, stage: readonly Token[], reach: Reach): readonly CompletionItem[] {
  const join = stage.findIndex((token) => is(token, id.Join));
  if (join === -1) {
    const last = stage.at(-1);
    const follows = kindFollows[last?.image.toLowerCase() ?? ''];
    return follows === undefined ? [] : leading(follows, Rank.best);
  }
  const rest = stage.slice(join + 1);
  const on = rest.findIndex((token) => is(token, id.On));
  if (on !== -1) {
    const condition = rest.slice(on + 1);
    const place = placeOf(scene.reach ?? reach, { wanted: CONDITION });
    const start = isConjunct(condition) ? equalities(scene, place.reach, condition) : [];
    return [...start, ...expressionItems(scene, condition, place)];
  }
  const path = pathBefore(rest);
  if (path.length > 0) return datasetItems(scene, path.map(nameOf), others(scene));
  if (rest.length === 0) return readItems(scene, false);
  if (!isEnded(rest.at(-1))) return [];
  if (stage.some(({ word }) => word === 'cross')) return words(['as'], Rank.best);
  return [
    ...(rest.some((token) => is(token, id.As)) ? [] : words(['as'], Rank.best)),
    ...leading(['on'], Rank.fits),
    item('using (…)', 'keyword', { insert: 'using ($0)', filter: 'using', rank: Rank.fits, then: 'completion' }),
  ];
}

const isConjunct = (tokens: readonly Token[]): boolean => tokens.length === 0 || is(tokens.at(-1), id.And);

/** The two sides of the join that is being written. */
function sidesOf({
  tables,
}: Reach): { readonly left: Reach['tables']; readonly right: Reach['tables'][number] } | null {
  const right = tables.at(-1);
  return right === undefined || tables.length < 2 ? null : { left: tables.slice(0, -1), right };
}

/** Equalities of columns that one name, a check `references(…)`, or a key of the joined side says belong together. */
function equalities(scene: Scene, reach: Reach, written: readonly Token[]): readonly CompletionItem[] {
  const sides = sidesOf(reach);
  if (sides === null) return [];
  const { left, right } = sides;
  const taken = new Set(written.map(nameOf));
  const found = new Map<string, CompletionItem>();
  const offer = (table: string, column: string, other: string, rank: Rank, why: string): void => {
    const label = `${table}.${column} = ${right.name}.${other}`;
    if (taken.has(column) && taken.has(other)) return;
    if (!found.has(label))
      found.set(
        label,
        item(label, 'condition', { detail: why, filter: `${label} ${column}`, insert: escaped(label), rank }),
      );
  };
  for (const table of left)
    for (const column of table.columns) {
      for (const other of right.columns) {
        if (column.name !== other.name || !sameType(column.type, other.type)) continue;
        offer(table.name, column.name, other.name, Rank.best, 'of one name');
      }
      for (const { dataset, column: referred } of referencesOf(scene, column))
        if (
          right.columns.some(
            (other) => other.name === referred && other.origins.some((each) => each.dataset === dataset),
          )
        )
          offer(table.name, column.name, referred, Rank.best, 'by a check `references`');
      // `customer_id` beside `customers.id`.
      for (const other of right.columns)
        if (column.name === `${right.name.replace(/s$/, '')}_${other.name}` && sameType(column.type, other.type))
          offer(table.name, column.name, other.name, Rank.best, 'by the name');
    }
  return [...found.values()];
}

/** Where the checks of the datasets that a column comes from say that its values are found. */
function referencesOf(
  { workspace }: Scene,
  column: Reach['columns'][number],
): readonly { readonly dataset: string; readonly column: string }[] {
  return column.origins.flatMap(({ dataset, column: own, kind }) => {
    const symbol = kind === 'direct' ? workspace.symbol('dataset', dataset) : null;
    if (symbol === null) return [];
    const checks = workspace.declaration(symbol).tree.properties.find(({ name }) => name.text === 'checks')?.value;
    if (checks?.kind !== 'checks-body') return [];
    return checks.clauses.flatMap(({ condition }) => {
      if (condition.kind !== 'call' || condition.name.parts[0]?.text !== 'references') return [];
      const [from, to] = condition.args.map(({ value }) =>
        value.kind === 'name' ? value.name.parts.map(({ text }) => text) : [],
      );
      if (from?.join('.') !== own || to === undefined || to.length < 2) return [];
      const [target, more] = workspace.datasetsNamed(to.slice(0, -1).join('.'));
      return target === undefined || more !== undefined ? [] : { dataset: target.name, column: to.at(-1) ?? '' };
    });
  });
}

/** In `using (…)`: columns that both sides have. */
export function usingItems(scene: Scene, stage: readonly Token[], inside: readonly Token[]): readonly CompletionItem[] {
  if (isEnded(lastItem(inside).at(-1))) return [];
  const left = scene.reach;
  const join = stage.findLastIndex((token) => is(token, id.Join));
  const as = stage.findIndex((token, at) => at > join && is(token, id.As, id.Using));
  const name = stage
    .slice(join + 1, as === -1 ? stage.length : as)
    .filter((token) => is(token, id.Identifier))
    .map(nameOf);
  const taken = new Set(inside.map(nameOf));
  const right = scene.dataset(name.join('.')) ?? scene.dataset(name.slice(0, -1).join('.'));
  if (left === null) return [];
  const others = right === null ? null : new Map(right.row.columns.map((column) => [column.name, column]));
  return left.columns
    .filter(({ name: own, type }) => {
      const other = others?.get(own);
      return own !== '' && !taken.has(own) && (others === null || (other !== undefined && sameType(type, other.type)));
    })
    .map((column) => columnItem(column, Rank.best));
}

// ---------------------------------------------------------------------------------------------- SQL's own order

/** In `(select … from … where …)`. */
export function sqlItems(scene: Scene, tokens: readonly Token[]): readonly CompletionItem[] {
  const reach = scene.reach ?? NOWHERE;
  const clause = tokens.findLastIndex((token) =>
    is(token, id.Select, id.From, id.Where, id.Having, id.Join, id.On, id.By, id.Limit, id.With),
  );
  const rest = tokens.slice(clause + 1);
  const next = (...from: string[]): readonly CompletionItem[] => leading(from, Rank.fits);
  const whole = placeOf(reach, { windows: true });
  const head = tokens[clause];
  if (is(head, id.Select)) {
    const own = is(rest[0], id.Distinct) ? rest.slice(1) : rest;
    return selectItems(scene, own, reach, rest.length === 0, isEnded(rest.at(-1)) ? next('from') : []);
  }
  if (is(head, id.From, id.Join)) {
    const ended = isEnded(rest.at(-1));
    const after = is(head, id.Join) ? next('on') : next('where', 'join', 'left join', 'group by', 'order by', 'limit');
    return [...tableItems(scene, rest), ...(ended ? after : [])];
  }
  if (is(head, id.Where, id.On))
    return expressionItems(scene, rest, { ...whole, wanted: CONDITION, after: next('group by', 'order by', 'limit') });
  if (is(head, id.Having)) return expressionItems(scene, rest, placeOf(reach, { aggregates: true, wanted: CONDITION }));
  if (is(head, id.By)) {
    const isGroup = is(tokens[clause - 1], id.Group);
    return expressionItems(
      scene,
      rest,
      isGroup ? { ...whole, windows: false, after: next('having', 'order by', 'limit') } : orderPlace(reach),
    );
  }
  return [];
}
