/** Bodies with clauses of their own: fields of types, checks, tests with their rows. */
import type { Column, RowType } from '../../relational/types.ts';
import { callForms, clauseForms } from '../../semantics/checks.ts';
import { annotations } from '../../semantics/declarations/type.ts';
import type { Token } from '../../syntax/tokens.ts';
import { id, is, isEnded, pathBefore } from '../frames.ts';
import { expressionItems, NOWHERE, nameOf, placeOf } from './expression.ts';
import { type CompletionItem, escaped, item, leading, Rank, words, written } from './items.ts';
import { columnItem, datasetItems, valueTypeItems } from './names.ts';
import { lastKey } from './properties.ts';
import type { Scene } from './scene.ts';

// ---------------------------------------------------------------------------------------------- types

export function typeBodyItems(scene: Scene, tokens: readonly Token[]): readonly CompletionItem[] {
  const last = tokens.at(-1);
  if (scene.quoted) return [];
  if (is(last, id.At)) return annotationItems('');
  const expect = tokens.findLastIndex((token) => is(token, id.Expect));
  const key = tokens.findLastIndex((token) => is(token, id.Key));
  if (expect > key && !startsLine(scene, tokens))
    return conditionItems(scene, tokens.slice(expect + 1), fieldsOf(scene));
  if (is(last, id.Colon)) return valueTypeItems(scene);
  if (is(last, id.TypeOpen)) return valueTypeItems(scene);
  if (tokens.length === 0 || is(last, id.Comma) || startsLine(scene, tokens))
    return [
      item('expect', 'check', {
        doc: clauseForms['expect']?.doc ?? null,
        insert: 'expect $0',
        rank: Rank.word,
        then: 'completion',
      }),
    ];
  return key === -1 ? [] : annotationItems('@');
}

const isWhole = (token: Token | undefined): boolean => isEnded(token) || is(token, id.Question, id.TypeClose);

/** Whether another clause may begin at the cursor: the first word of a line, with something whole before. */
const startsLine = ({ writing }: Scene, tokens: readonly Token[]): boolean => writing.first && isWhole(tokens.at(-1));

function annotationItems(sign: string): readonly CompletionItem[] {
  return Object.entries(annotations).map(([name, { written: form, doc }]) => {
    const insert = form
      .replace(/^@/, sign)
      .replace(/\('.*'\)$/, "('$0')")
      .replace(/\(\w+\)$/, '($0)');
    return item(`${sign}${name}`, 'annotation', {
      detail: form,
      doc,
      insert,
      filter: `${sign}${name}`,
      rank: Rank.fits,
    });
  });
}

/** Columns of the type that is being written. */
function fieldsOf(scene: Scene): readonly Column[] {
  return scene.draft?.trace.seen.at(-1)?.before.columns ?? [];
}

// ---------------------------------------------------------------------------------------------- checks

export function checkItems(scene: Scene, tokens: readonly Token[], row: RowType | null): readonly CompletionItem[] {
  const columns = row?.columns ?? [];
  if (tokens.length === 0 || (startsLine(scene, tokens) && !scene.quoted)) return clauseItems();
  const start = tokens.findLastIndex((token, at) => at === 0 || isClauseStart(token, tokens[at - 1]));
  const [first, ...rest] = tokens.slice(start);
  if (is(first, id.Expect)) return conditionItems(scene, rest, columns);
  if (is(first, id.RowsCheck)) {
    if (rest.length === 0)
      return [
        item('between', 'keyword', { insert: 'between ${1:1} and ${0:1_000_000}', rank: Rank.best }),
        ...words(['>=', '<=', '=']),
      ];
    return isEnded(rest.at(-1)) ? severities() : [];
  }
  if (is(first, id.Fresh) || first?.word === 'fresh')
    return rest.length === 0
      ? [item('within', 'keyword', { insert: 'within ${0:26h}', rank: Rank.best })]
      : severities();
  return isEnded(tokens.at(-1)) ? severities() : [];
}

const isClauseStart = (token: Token, before: Token | undefined): boolean =>
  is(token, id.Expect, id.RowsCheck, id.Fresh) || is(before, id.Comma) || (token.first && isWhole(before));

const severities = (): readonly CompletionItem[] => [
  item('warn', 'keyword', { doc: 'Tells, and publishes all the same.', rank: Rank.near }),
  item('error', 'keyword', {
    doc: 'Nothing is published where it fails. This is what is meant where nothing is said.',
    rank: Rank.word,
  }),
];

function conditionItems(scene: Scene, tokens: readonly Token[], columns: readonly Column[]): readonly CompletionItem[] {
  const all = columns.map((column, at) => ({ ...column, id: at }));
  const after = [
    item(", 'message'", 'keyword', { insert: ", '$0'", filter: 'message', rank: Rank.other }),
    item('mostly', 'keyword', {
      insert: 'mostly ${0:0.99}',
      doc: 'The share of the rows for which it has to hold.',
      rank: Rank.word,
    }),
    ...severities(),
  ];
  return expressionItems(
    scene,
    tokens,
    placeOf(
      { ...NOWHERE, columns: all },
      { wanted: { type: { kind: 'bool' }, nullable: true, inexact: false }, after },
    ),
  );
}

function clauseItems(): readonly CompletionItem[] {
  const inserts: Readonly<Record<string, string>> = {
    expect: 'expect $0',
    rows: 'rows between ${1:1} and ${0:1_000_000}',
    fresh: 'fresh within ${0:26h}',
    unique: 'unique($0)',
    not_null: 'not_null($0)',
    accepted: 'accepted(${1:column}, [$0])',
    references: 'references(${1:column}, ${0:dataset.column})',
  };
  const forms = { ...callForms, ...clauseForms };
  return Object.entries(forms).map(([name, { written: form, doc }]) =>
    item(name, 'check', { detail: form, doc, insert: inserts[name] ?? name, rank: Rank.fits, then: 'completion' }),
  );
}

/** Arguments of a check that is a call. */
export function checkArguments(
  scene: Scene,
  check: string,
  tokens: readonly Token[],
  row: RowType | null,
): readonly CompletionItem[] {
  const columns = row?.columns ?? [];
  const commas = tokens.filter((token) => is(token, id.Comma)).length;
  const path = pathBefore(tokens).map(nameOf);
  if (scene.quoted || (path.length === 0 && isEnded(tokens.at(-1)))) return [];
  if (check === 'references' && commas === 1) return referenceItems(scene, path);
  if (check === 'accepted' && commas === 1)
    return [item('[…]', 'keyword', { insert: '[$0]', filter: '[', rank: Rank.best, then: 'completion' })];
  if (check === 'fresh' && commas === 1)
    return [item('within:', 'argument', { insert: 'within: ${0:26h}', filter: 'within', rank: Rank.best })];
  if (path.length > 0 || (commas > 0 && check !== 'unique' && check !== 'not_null')) return [];
  const taken = new Set(tokens.map(nameOf));
  const fitting = columns.filter(
    ({ name, type }) => !taken.has(name) && (check !== 'fresh' || type.kind === 'timestamp' || type.kind === 'date'),
  );
  return fitting.map((column) => columnItem(column, Rank.best));
}

/** `dataset.column`: datasets first, then the columns of the one that is written. */
function referenceItems(scene: Scene, path: readonly string[]): readonly CompletionItem[] {
  if (path.length === 0)
    return datasetItems(scene).map((each) => ({ ...each, insert: `${each.insert}.$0`, then: 'completion' as const }));
  const dataset = scene.dataset(path.join('.'));
  if (dataset === null)
    return datasetItems(scene, path).map((each) =>
      each.dataset === null ? each : { ...each, insert: `${each.insert}.$0`, then: 'completion' as const },
    );
  return dataset.row.columns.map((column) => columnItem(column, Rank.best));
}

// ---------------------------------------------------------------------------------------------- tests

/** The dataset that a test is of, by its full name. */
export function testedDataset({ draft, workspace }: Scene): string | null {
  const of = draft?.tree.of;
  if (of === null || of === undefined) return null;
  const [symbol, more] = workspace.datasetsNamed(of.parts.map(({ text }) => text).join('.'));
  return symbol === undefined || more !== undefined ? null : symbol.name;
}

export function testBodyItems(scene: Scene, tokens: readonly Token[]): readonly CompletionItem[] {
  const last = tokens.at(-1);
  const path = pathBefore(tokens);
  if (scene.quoted) return [];
  if (tokens.length === 0 || is(last, id.Comma) || startsLine(scene, tokens)) return testClauses(tokens);
  if (is(last, id.Given) || path.length > 0) return givenItems(scene, tokens, path.map(nameOf));
  if (is(last, id.Equals))
    return [item('values', 'keyword', { insert: 'values [\n  { $0 },\n]', rank: Rank.best }), ...leading(['from'])];
  if (is(last, id.Expect) || isEnded(last)) {
    const given = tokens.findLastIndex((token) => is(token, id.Given, id.Expect, id.Key));
    return is(tokens[given], id.Given, id.Expect) && !tokens.slice(given).some((token) => is(token, id.Equals))
      ? [item('=', 'keyword', { insert: '= values [\n  { $0 },\n]', rank: Rank.best })]
      : [];
  }
  return [];
}

function testClauses(tokens: readonly Token[]): readonly CompletionItem[] {
  const given = new Set(tokens.flatMap((token) => (is(token, id.Key) ? token.image : [])));
  const expect = tokens.some((token) => is(token, id.Expect));
  return [
    item('given', 'keyword', {
      doc: 'Rows of what the dataset reads; what is not given is empty.',
      insert: 'given $1 = values [\n  { $0 },\n]',
      rank: Rank.best,
    }),
    ...(expect
      ? []
      : [
          item('expect', 'keyword', {
            doc: 'The rows that must come out, in any order. Columns that no row names are not looked at.',
            insert: 'expect = values [\n  { $0 },\n]',
            rank: Rank.fits,
          }),
        ]),
    ...(given.has('now')
      ? []
      : [
          item('now', 'property', {
            doc: 'What `now()` is in the test.',
            insert: "now: timestamp '${0:2026-01-01 00:00:00Z}'",
            rank: Rank.near,
          }),
        ]),
    ...(given.has('interval')
      ? []
      : [
          item('interval', 'property', {
            doc: 'Of a table in intervals: the one that is computed.',
            insert: "interval: date '${0:2026-01-01}'",
            rank: Rank.near,
          }),
        ]),
  ];
}

/** What the tested dataset reads, as none of the rest may be given. */
function givenItems(scene: Scene, tokens: readonly Token[], path: readonly string[]): readonly CompletionItem[] {
  const tested = testedDataset(scene);
  const reads = new Set(tested === null ? [] : (scene.workspace.catalog.get(tested)?.reads ?? []));
  const previous =
    path.length === 0 ? [item('previous', 'dataset', { doc: 'What the dataset holds before.', rank: Rank.word })] : [];
  const named = is(tokens.at(-1), id.Given, id.Dot);
  return named ? [...datasetItems(scene, path, (name) => tested === null || reads.has(name)), ...previous] : [];
}

/** In `{ … }` of a row: columns of the dataset that the rows stand for, and their values. */
export function rowItems(scene: Scene, tokens: readonly Token[], dataset: string | null): readonly CompletionItem[] {
  const columns = (dataset === null ? null : scene.workspace.lastRow(dataset)?.columns) ?? [];
  const key = lastKey(tokens);
  if (key !== null) {
    const column = columns.find(({ name }) => name === key.name);
    return expressionItems(scene, key.value, placeOf(NOWHERE, { wanted: column ?? null }));
  }
  if (scene.quoted || (tokens.length > 0 && !is(tokens.at(-1), id.Comma))) return [];
  const given = new Set(tokens.flatMap((token) => (is(token, id.Key) ? token.image : [])));
  return columns
    .filter(({ name }) => !given.has(name))
    .map((column) =>
      columnItem(column, Rank.best, { insert: `${escaped(written(column.name))}: $0`, then: 'completion' }),
    );
}
