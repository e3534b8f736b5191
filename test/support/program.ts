/** A checked program by hand: two sources, a few tables, a view, a job. */
import type { Rel, RelColumn } from '../../compiler/relational/rel.ts';
import type { DatasetModel, Program } from '../../compiler/semantics/model.ts';
import { agg, aggregate, assertion, col, fn, int, resetIds, scan, where } from './rel.ts';

const at = (line: number) => ({ file: 'pipelines/a.pipe', line });

function dataset(name: string, columns: readonly RelColumn[], given: Partial<DatasetModel>): DatasetModel {
  const [store = '', ...rest] = name.split('.');
  return {
    name,
    kind: 'table',
    store: store === '_landing' ? '' : store,
    schema: rest.length > 1 ? (rest[0] ?? '') : '',
    table: rest.at(-1) ?? name,
    doc: null,
    owner: null,
    retentionMs: null,
    tags: [],
    pool: null,
    layer: null,
    at: at(1),
    row: { columns: columns.map(({ id: _, ...column }) => column), keys: [] },
    key: [],
    refresh: { kind: 'full' },
    compute: 'auto',
    partitionBy: [],
    rel: null,
    function: null,
    source: null,
    checks: [],
    reads: [],
    ...given,
  };
}

export function program(): Program {
  resetIds();
  const flights = scan('raw.flights', 'origin string, destination string, delay int64?, distance int64');
  const airports = scan('raw.airports', 'iata string, name string');
  const contract = (rel: Rel) =>
    rel.columns.map((c) => ({ name: c.name, path: [c.name], type: c.type, nullable: c.nullable }));
  const source = (rel: Rel, file: string): Partial<DatasetModel> => ({
    kind: 'source',
    source: {
      use: {
        connector: 'file',
        args: {
          connection: {
            kind: 'call',
            name: 'files',
            args: [{ kind: 'env', name: 'DATA', fallback: 'data' }],
            named: {},
          },
          path: { kind: 'text', value: file },
        },
      },
      columns: contract(rel),
      key: rel.columns.slice(0, 1).map((c) => c.name),
      expectations: [],
      invalid: 'quarantine',
      timezone: 'UTC',
      cursor: null,
      connectorProperties: {},
    },
  });
  const flown = assertion(
    where(flights, fn('is_not_null', col(flights, 'delay'))),
    fn('greater', col(flights, 'distance'), int(0)),
    'a flight goes somewhere',
  );
  const byOrigin = scan('dwh.core.flown', 'origin string, destination string, delay int64, distance int64');
  const summed = aggregate(
    byOrigin,
    { origin: col(byOrigin, 'origin') },
    { flights: agg('count'), delay: agg('sum', col(byOrigin, 'delay')) },
  );
  const viewed = scan('dwh.marts.by_origin', 'origin string, flights int64, delay int64');
  const busy = where(viewed, fn('greater', col(viewed, 'flights'), int(1)));
  const delay = { ...col(flown, 'delay'), id: 2 };
  const flownColumns = flown.columns.map((c) => ({
    ...c,
    origins: [{ dataset: 'raw.flights', column: c.name, kind: 'direct' as const }],
  }));
  return {
    project: { name: 'flights', owner: null, target: 'local' },
    targets: [
      {
        name: 'local',
        engine: { connector: 'duckdb', args: { path: { kind: 'text', value: '.pipec/flights.duckdb' } } },
        state: null,
        keep: null,
        secrets: null,
        replaced: {},
        at: at(1),
      },
    ],
    stores: [
      {
        name: 'raw',
        kind: 'lake',
        path: { kind: 'text', value: '.pipec/raw/' },
        format: 'parquet',
        owner: null,
        retentionMs: null,
        layers: {},
        at: at(2),
      },
      {
        name: 'dwh',
        kind: 'warehouse',
        path: null,
        format: null,
        owner: null,
        retentionMs: null,
        layers: {},
        at: at(3),
      },
    ],
    datasets: [
      dataset('raw.flights', flights.columns, source(flights, 'flights.parquet')),
      dataset('dwh.core.flown', flownColumns, {
        doc: 'Flights that took place.\nNothing else.',
        at: at(7),
        rel: flown,
        reads: ['raw.flights'],
        checks: [
          {
            text: 'expect delay >= -60',
            severity: 'error',
            at: at(9),
            test: { kind: 'rows-hold', condition: fn('greater_or_equal', delay, int(-60)), mostly: 1 },
          },
          {
            text: 'expect delay < 1000',
            severity: 'warn',
            at: at(10),
            test: { kind: 'rows-hold', condition: fn('less', delay, int(1000)), mostly: 0.99 },
          },
          {
            text: 'rows between 1 and 1_000',
            severity: 'error',
            at: at(11),
            test: { kind: 'row-count', low: 1, high: 1000 },
          },
          {
            text: 'references(origin, raw.airports.iata)',
            severity: 'error',
            at: at(12),
            test: { kind: 'references', column: 'origin', dataset: 'raw.airports', otherColumn: 'iata' },
          },
        ],
      }),
      dataset('dwh.marts.by_origin', summed.columns, {
        rel: summed,
        reads: ['dwh.core.flown'],
        key: ['origin'],
        checks: [
          { text: 'unique(origin)', severity: 'error', at: at(20), test: { kind: 'unique', columns: ['origin'] } },
        ],
      }),
      dataset('dwh.marts.busy', busy.columns, { rel: busy, reads: ['dwh.marts.by_origin'], refresh: { kind: 'view' } }),
      dataset('raw.airports', airports.columns, source(airports, 'airports.csv')),
    ],
    jobs: [
      {
        name: 'nightly',
        doc: null,
        schedule: { cron: '0 3 * * *', timezone: 'UTC' },
        catchup: true,
        builds: ['raw.flights', 'raw.airports', 'dwh.core.flown', 'dwh.marts.by_origin', 'dwh.marts.busy'],
        waitsFor: [],
        retries: 3,
        backoff: { kind: 'fixed', initialMs: 1000, maxMs: 1000 },
        timeoutMs: null,
        concurrency: 2,
        priority: 0,
        slaMs: null,
        pool: null,
        at: at(30),
      },
    ],
    pools: [],
    blackouts: [],
    notify: [],
    tests: [],
    exposures: [],
  };
}
