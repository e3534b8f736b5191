import type { Expr, Rel, RelColumn } from '../../relational/rel.ts';
import { type RowType, TIMESTAMP } from '../../relational/types.ts';
import { forEachRel, mapExpressions, mapOperands, rewrite } from '../../relational/walk.ts';
import type { TestBody } from '../../syntax/ast.ts';
import { describeValue, readProperties } from '../config.ts';
import type { DatasetRef } from '../context.ts';
import { literal } from '../expression-env.ts';
import type { TestModel } from '../model.ts';
import { afterIncrement, incrementOf } from '../test-increment.ts';
import { elaborateRows, emptyRows, pickRows, type TestRows } from '../test-rows.ts';
import { upserted } from '../upsert.ts';
import { readTimestamp } from '../widening.ts';
import { type DeclarationContext, datasetOf } from './context.ts';
import type { DeclarationKind } from './kind.ts';

/** What a dataset's query makes of given rows. */
export const test: DeclarationKind<TestModel> = {
  word: 'test',
  namespace: 'test',
  doc: 'A unit test of a dataset: rows for what it reads, and the rows that must come out.',
  example: 'test of daily_revenue { expect = values [{ revenue: 10.00 }] }',
  name: 'optional',
  header: { of: 'required' },
  properties: {},
  body: 'test-body',
  value: null,
  check: (declaration, context) => {
    const body = declaration.body?.kind === 'test-body' ? declaration.body : null;
    readProperties(
      {},
      body?.properties.filter(({ name }) => name.text !== 'now' && name.text !== 'interval') ?? [],
      'a test',
      declaration.kind,
      context,
    );
    const ref = declaration.of === null ? null : datasetOf(declaration.of, context);
    if (ref === null || declaration.of === null || body === null) return null;
    const symbol = context.find('dataset', ref.name);
    if (symbol === null) return null;
    if (symbol.kind === 'source') {
      context.report('test-needs-query', { dataset: ref.name }, declaration.of);
      return null;
    }
    const now = instantOf(body, context);
    const query = context.elaborated(symbol);
    if (query === null || ref.broken) return null;
    const reads = scansOf(query.rel);
    const given = new Map<string, TestRows>();
    // Ids of the dataset's own query are taken: those of the given rows come after.
    context.reserveIds(query.rel);
    const isPrevious = (each: TestBody['givens'][number]): boolean =>
      each.name.parts.length === 1 && each.name.parts[0]?.text === 'previous' && !readsPrevious(reads);
    const [before, ...twice] = body.givens.filter(isPrevious);
    for (const each of twice) context.report('duplicate-property', { property: 'given previous' }, each.name);
    const table = symbol.kind === 'table' ? context.model('table', symbol) : null;
    const refresh = table?.refresh ?? null;
    const increment = incrementOf(body, before?.name ?? null, ref, refresh, context);
    const previous = before === undefined ? null : elaborateRows(before.query, ref, context);
    for (const each of body.givens) {
      if (isPrevious(each)) continue;
      const input = datasetOf(each.name, context);
      if (input === null) continue;
      if (!reads.has(input.name)) {
        context.report('given-not-read', { dataset: ref.name, name: input.name }, each.name, {
          notes: [reads.size === 0 ? 'it reads nothing' : `it reads: ${[...reads].join(', ')}`],
        });
        continue;
      }
      if (given.has(input.name)) {
        context.report('duplicate-property', { property: `given ${input.name}` }, each.name);
        continue;
      }
      const rows = elaborateRows(each.query, input, context);
      if (rows !== null) given.set(input.name, rows);
    }
    if (body.expect === null) {
      context.report(
        'missing-property',
        { owner: 'a test', property: 'expect', expected: '`expect = values [{ … }]`, the rows that must come out' },
        declaration.of,
      );
      return null;
    }
    const expected = elaborateRows(body.expect, ref, context);
    if (expected === null || increment.kind === 'broken' || (before !== undefined && previous === null)) return null;
    const made = symbol.kind === 'step' ? (context.model('step', symbol)?.function ?? null) : null;
    const names = ref.row.columns.map((column) => column.name);
    const named = names.filter((name) => expected.has(name));
    // Where no row is expected, none of its columns is named.
    const columns = named.length === 0 ? names : named;
    const rows = replaced(query.rel, given, context);
    const key = table?.key ?? [];
    const whole = (): Rel => {
      if (increment.kind === 'none') return refresh?.kind === 'upsert' ? upserted(rows, key, refresh) : rows;
      const stored = relColumns(names, ref, context);
      const there = previous === null ? emptyRows(stored, null) : pickRows(previous, stored, names, context);
      return afterIncrement(there, only(names, rows), increment, key, context);
    };
    return {
      name: declaration.name?.text ?? null,
      dataset: ref.name,
      actual: frozen(made === null ? only(columns, whole()) : rows, now),
      function: made,
      expected: frozen(pickRows(expected, relColumns(columns, ref, context), columns, context), now),
      at: context.definedAt(declaration.kind),
    };
  },
};

const NOW = readTimestamp('2026-01-01 00:00:00Z') ?? '';

/** What `now()` is in the test. */
function instantOf(body: TestBody, context: DeclarationContext): string {
  const written = body.properties.filter((property) => property.name.text === 'now');
  for (const { name } of written.slice(1)) context.report('duplicate-property', { property: 'now' }, name);
  const value = written[0]?.value;
  if (value === undefined || value.kind === 'missing') return NOW;
  const instant = value.kind === 'date-literal' && value.type === 'timestamp' ? readTimestamp(value.value) : null;
  if (instant === null)
    context.report(
      'wrong-property-value',
      { property: '`now`', expected: "an instant, `timestamp '2026-05-01 12:00:00Z'`", found: describeValue(value) },
      value,
    );
  return instant ?? NOW;
}

/** The relation with an instant for `now()`. */
function frozen(rel: Rel, now: string): Rel {
  const change = (expr: Expr): Expr =>
    expr.kind === 'call' && expr.fn === 'now' ? literal(now, TIMESTAMP) : mapOperands(expr, change);
  return rewrite(rel, (node) => mapExpressions(node, change));
}

/** A dataset of that name is meant, where the tested one reads it. */
const readsPrevious = (reads: ReadonlySet<string>): boolean =>
  [...reads].some((name) => name === 'previous' || name.endsWith('.previous'));

function scansOf(rel: Rel): ReadonlySet<string> {
  const names = new Set<string>();
  forEachRel(rel, (node) => {
    if (node.kind === 'scan') names.add(node.dataset);
  });
  return names;
}

/** Every scan replaced by the given rows; what is not given is empty. */
function replaced(rel: Rel, given: ReadonlyMap<string, TestRows>, context: DeclarationContext): Rel {
  return rewrite(rel, (node) => {
    if (node.kind !== 'scan') return node;
    const rows = given.get(node.dataset);
    return rows === undefined
      ? emptyRows(node.columns, node.label)
      : pickRows(rows, node.columns, node.source, context, node.label);
  });
}

function relColumns(names: readonly string[], dataset: DatasetRef, context: DeclarationContext): readonly RelColumn[] {
  return columnsNamed(names, dataset.row).map((column) => ({ ...column, origins: [], id: context.freshId() }));
}

function columnsNamed(names: readonly string[], row: RowType) {
  return names.flatMap((name) => row.columns.find((column) => column.name === name) ?? []);
}

/** The relation with these of its columns, in this order. */
function only(names: readonly string[], rel: Rel): Rel {
  const columns = names.flatMap((name) => rel.columns.find((column) => column.name === name) ?? []);
  if (columns.length === rel.columns.length && columns.every((column, index) => column === rel.columns[index]))
    return rel;
  const values = columns.map(
    ({ id, type, nullable, inexact }): Expr => ({ kind: 'column', id, type, nullable, inexact }),
  );
  return { kind: 'project', input: rel, values, columns, at: null, label: rel.label };
}
