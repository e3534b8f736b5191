import type { RowType } from '../../relational/types.ts';
import type { Declaration, Property } from '../../syntax/ast.ts';
import { checkModels } from '../checks.ts';
import {
  checksBody,
  defaulted,
  describeValue,
  duration,
  mapped,
  name,
  optional,
  type Reader,
  readProperties,
  text,
  word,
} from '../config.ts';
import { readConnector } from '../connectors/read.ts';
import { connectorNamed } from '../connectors/registry.ts';
import { isZone, reportZone } from '../functions/zones.ts';
import type { ConfigValue, ConnectorUse, DatasetModel } from '../model.ts';
import { checkCompute, compute } from './compute.ts';
import { columnOf, type DeclarationContext, resolve, type Shape } from './context.ts';
import { cursorOf, cursorProperties, lookbackAlone } from './cursor.ts';
import { commonProperties, homeOf } from './dataset.ts';
import type { DeclarationKind } from './kind.ts';

/** A time zone by its IANA name. */
export const zone: Reader<string> = mapped(
  text("a zone in quotes, such as `'Europe/Berlin'`", 'zone'),
  (value, at, _what, context) => {
    if (isZone(value)) return value;
    reportZone(value, at, context);
    return undefined;
  },
);

const properties = {
  rows: optional(word('events', 'changes'), 'what a row is: something that happened, or the latest state of its key'),
  event_time: optional(name('a column of the source', 'column'), 'when a row happened'),
  lateness: optional(duration(0), 'how late a row may come'),
  restates: optional(duration(), 'how far back the source changes what it has sent'),
  invalid: defaulted(
    word('quarantine', 'reject'),
    'reject',
    'what happens to a row that breaks the contract: kept aside, or the load fails',
  ),
  timezone: defaulted(zone, 'UTC', 'the zone of timestamps that name none'),
  every: optional(duration(), 'pulled sources: how often they are asked'),
  ...cursorProperties,
  compute,
  checks: optional(checksBody(), 'what must hold of the rows before they are visible'),
  ...commonProperties,
};

/** Properties that only make sense where the source is asked. */
const PULLED = ['every', 'cursor', 'lookback'] as const;

const NO_ROW: RowType = { columns: [], keys: [] };

/** Rows that come from outside, with the contract they must keep. */
export const source: DeclarationKind<DatasetModel> = {
  word: 'source',
  namespace: 'dataset',
  doc: 'Rows that come from outside. The type is the contract at entry: what does not fit is rejected or put in quarantine.',
  example: "source orders : Order from file('orders.csv') in raw { invalid: quarantine }",
  name: 'required',
  header: { type: 'required', from: 'required', in: 'optional' },
  properties,
  body: null,
  value: null,
  shape,
  check: (declaration, context) => {
    const { name: own } = context.symbol;
    const { row, broken } = context.own ?? { row: NO_ROW, broken: true };
    const home = homeOf(declaration, context);
    const use = declaration.from === null ? undefined : readUse(declaration, context);
    const delivery = use === undefined ? null : connectorNamed(use.connector)?.delivery;
    const isAsked = delivery !== 'file' && delivery !== 'push';
    const values = readProperties(
      properties,
      declaration.properties.filter((property) => isAsked || !isPulled(property, use?.connector ?? '', context)),
      'a source',
      declaration.name ?? declaration.kind,
      context,
    );
    if (values.event_time !== null) columnOf(own, row, values.event_time, broken, context);
    const checks = checkModels(values.checks?.clauses ?? [], { name: own, row, broken }, context);
    const symbol = declaration.type === null ? null : context.find('type', declaration.type.name.text);
    const type = symbol?.kind === 'type' ? context.model('type', symbol) : null;
    if (delivery === 'push' && values.rows === null && (type?.key.length ?? 0) > 0) {
      context.report(
        'missing-property',
        { owner: 'a source that pushes and has a key', property: 'rows', expected: '`events` or `changes`' },
        declaration.name ?? declaration.kind,
      );
    }
    const lists = row.columns.filter((column) => column.type.kind === 'list').map((column) => column.name);
    if (lists.length > 0 && declaration.type !== null) {
      const instead = 'read it as `json` or `string`, and make the list in a query';
      const what = `a list in a source (${lists.map((name) => `\`${name}\``).join(', ')})`;
      context.report('not-supported-yet', { what, instead }, declaration.type);
    }
    const cursor =
      values.cursor === null
        ? lookbackAlone(values.lookback, declaration, context)
        : cursorOf(
            { column: values.cursor, lookback: values.lookback },
            { row, broken, contract: type?.contract ?? [], home },
            declaration,
            context,
          );
    checkCompute(values.compute, { kind: 'source', inLake: home.model?.kind === 'lake' }, declaration, context);
    if (use === undefined || type === null) return null;
    return {
      name: own,
      kind: 'source',
      store: home.store,
      schema: home.schema,
      table: home.table,
      doc: declaration.doc,
      owner: values.owner ?? home.model?.owner ?? null,
      retentionMs: values.retention ?? home.model?.retentionMs ?? null,
      tags: values.tags ?? [],
      pool: values.pool,
      layer: home.layer ?? 'raw',
      at: context.definedAt(declaration.kind),
      row,
      key: type.key,
      refresh: { kind: 'full' },
      compute: values.compute,
      partitionBy: [],
      rel: null,
      function: null,
      source: {
        use,
        columns: type.contract,
        key: type.key,
        expectations: type.expectations,
        invalid: values.invalid,
        timezone: values.timezone,
        cursor,
        connectorProperties: connectorProperties(values),
      },
      checks,
      reads: [],
    };
  },
};

/** Reports a property that is only for sources that are asked. */
function isPulled(property: Property, connector: string, context: DeclarationContext): boolean {
  if (!(PULLED as readonly string[]).includes(property.name.text)) return false;
  const what = `\`${property.name.text}\``;
  context.report('unexpected-body', { kind: `source by \`${connector}(…)\``, what }, property, {
    notes: ['it is for sources that are asked, such as `http(…)`'],
  });
  return true;
}

function shape(declaration: Declaration, context: DeclarationContext): Shape {
  const { type } = declaration;
  if (type === null) return { row: NO_ROW, broken: true, query: null };
  const symbol = resolve('type', type.name, 'type', context);
  if (symbol?.kind === 'enum') {
    context.report('unknown-name', { kind: 'type of rows', name: type.name.text }, type, {
      notes: [`\`${type.name.text}\` is an ${symbol.kind}`],
    });
  }
  if (symbol?.kind === 'type') context.trace?.promises.push({ dataset: context.symbol.name, type: symbol.name });
  const model = symbol?.kind === 'type' ? context.model('type', symbol) : null;
  if (model === null) return { row: NO_ROW, broken: true, query: null };
  return { row: model.row, broken: model.broken, query: null };
}

function readUse(declaration: Declaration, context: DeclarationContext): ConnectorUse | undefined {
  const { from } = declaration;
  if (from === null || from.kind === 'missing') return undefined;
  if (from.kind === 'call') return readConnector(from, 'source', context);
  context.report(
    'wrong-property-value',
    {
      property: 'from',
      expected: "a call such as `file('orders.csv')`",
      found: describeValue(from),
    },
    from,
  );
  return undefined;
}

function connectorProperties(values: {
  readonly rows: string | null;
  readonly event_time: { readonly text: string } | null;
  readonly lateness: number | null;
  readonly restates: number | null;
  readonly every: number | null;
}): Readonly<Record<string, ConfigValue>> {
  const given: Record<string, ConfigValue> = {};
  const texts = { rows: values.rows, event_time: values.event_time?.text ?? null };
  for (const [key, value] of Object.entries(texts)) if (value !== null) given[key] = { kind: 'text', value };
  const lengths = {
    lateness: values.lateness,
    restates: values.restates,
    every: values.every,
  };
  for (const [key, ms] of Object.entries(lengths)) if (ms !== null) given[key] = { kind: 'duration', ms };
  return given;
}
