/** Queries that both the optimiser's and the renderer's tests run: each name says what is hard about it. */
import type { Rel } from '../../compiler/relational/rel.ts';
import {
  agg,
  aggregate,
  asc,
  assertion,
  bool,
  choose,
  col,
  dec,
  desc,
  distinct,
  distinctOn,
  exists,
  extend,
  fn,
  int,
  isIn,
  join,
  labelled,
  limit,
  named,
  over,
  resetIds,
  scalar,
  scan,
  select,
  setOperation,
  sort,
  str,
  unnest,
  values,
  where,
} from './rel.ts';

/** Tables that the queries read, with rows for running them. */
export const TABLES: Readonly<Record<string, { readonly spec: string; readonly ddl: string }>> = {
  'dwh.core.flights': {
    spec: 'origin string, destination string, delay int64?, distance int64, day date',
    ddl: '"origin" VARCHAR, "destination" VARCHAR, "delay" BIGINT, "distance" BIGINT, "day" DATE',
  },
  'dwh.core.airports': {
    spec: 'iata string, name string, state string?',
    ddl: '"iata" VARCHAR, "name" VARCHAR, "state" VARCHAR',
  },
  'dwh.core.orders': {
    spec: 'id int64, amount money, currency string, tags strings',
    ddl: '"id" BIGINT, "amount" DECIMAL(12, 2), "currency" VARCHAR, "tags" VARCHAR[]',
  },
  'dwh.core.rates': {
    spec: 'currency string, as_of int64, rate money',
    ddl: '"currency" VARCHAR, "as_of" BIGINT, "rate" DECIMAL(12, 2)',
  },
};

const table = (name: string, label?: string): Rel =>
  scan(`dwh.core.${name}`, TABLES[`dwh.core.${name}`]?.spec ?? '', label);

const queries: Readonly<Record<string, () => Rel>> = {
  'where-and-select': () => {
    const f = table('flights');
    return select(
      where(f, fn('and', fn('is_not_null', col(f, 'delay')), fn('greater', col(f, 'distance'), int(100)))),
      { origin: col(f, 'origin'), miles: fn('add', col(f, 'distance'), int(1)) },
    );
  },
  'filter-on-a-computed-column': () => {
    const e = extend(table('flights'), {});
    const late = extend(e, { late: fn('greater_or_equal', col(e, 'delay'), int(15)) });
    return select(where(late, col(late, 'late')), { origin: col(late, 'origin'), late: col(late, 'late') });
  },
  'aggregate-having-order': () => {
    const f = table('flights');
    const a = aggregate(
      where(f, fn('is_not_null', col(f, 'delay'))),
      { origin: col(f, 'origin'), destination: col(f, 'destination') },
      { flights: agg('count'), mean_delay: agg('avg', col(f, 'delay')) },
    );
    const w = where(
      a,
      fn('and', fn('greater_or_equal', col(a, 'flights'), int(2)), fn('not_equals', col(a, 'origin'), str('B'))),
    );
    return sort(w, desc(col(a, 'mean_delay')), asc(col(a, 'origin')), asc(col(a, 'destination')));
  },
  'numbers-written-out': () => {
    const f = table('flights');
    const most = fn('multiply', fn('add', int(50), int(10)), int(2));
    return where(
      f,
      fn(
        'and',
        fn('less', col(f, 'delay'), most),
        fn('less', col(f, 'distance'), fn('add', int(2 ** 53), col(f, 'delay'))),
      ),
    );
  },
  'aggregate-joined-by-a-group': () => {
    const o = table('airports', 'o');
    const little = where(o, fn('equals', col(o, 'name'), str('Berlin')));
    const f = table('flights');
    const d = table('airports', 'd');
    const both = join('inner', f, d, fn('equals', col(f, 'destination'), col(d, 'iata')));
    const a = aggregate(both, { origin: col(f, 'origin') }, { flights: agg('count') });
    const joined = join('left', little, a, fn('equals', col(a, 'origin'), col(o, 'iata')));
    return select(joined, { name: col(o, 'name'), flights: col(a, 'flights') });
  },
  'limit-then-join': () => {
    const f = table('flights');
    const a = aggregate(
      f,
      { origin: col(f, 'origin'), destination: col(f, 'destination') },
      { flights: agg('count'), miles: agg('sum', col(f, 'distance')) },
    );
    const top = labelled(
      limit(sort(a, desc(col(a, 'flights')), asc(col(a, 'origin')), asc(col(a, 'destination'))), 3),
      'r',
    );
    const o = table('airports', 'o');
    const first = join('inner', top, o, fn('equals', col(a, 'origin'), col(o, 'iata')));
    const d = table('airports', 'd');
    const both = join('inner', first, d, fn('equals', col(a, 'destination'), col(d, 'iata')));
    return select(both, {
      origin: col(a, 'origin'),
      cities: fn('concat', fn('concat', col(o, 'name'), str(' – ')), col(d, 'name')),
      flights: col(a, 'flights'),
    });
  },
  'window-then-filter': () => {
    const f = table('flights');
    const a = aggregate(f, { day: col(f, 'day'), origin: col(f, 'origin') }, { flights: agg('count') });
    const r = extend(a, { place: over('rank', [], [col(a, 'day')], [desc(col(a, 'flights')), asc(col(a, 'origin'))]) });
    const w = where(
      r,
      fn(
        'and',
        fn('less_or_equal', col(r, 'place'), int(2)),
        fn('greater', col(r, 'day'), { ...str('2020-01-01'), type: { kind: 'date' } }),
      ),
    );
    return sort(w, asc(col(r, 'day')), asc(col(r, 'place')), asc(col(r, 'origin')));
  },
  'left-join-filter-both-sides': () => {
    const f = table('flights', 'f');
    const a = table('airports', 'a');
    const named_ = extend(a, { known: fn('coalesce', col(a, 'state'), str('?')) });
    const j = join('left', f, named_, fn('equals', col(f, 'origin'), col(a, 'iata')));
    const w = where(j, fn('and', fn('greater', col(f, 'distance'), int(500)), fn('is_null', col(j, 'known'))));
    return select(w, { origin: col(f, 'origin'), known: col(j, 'known'), state: col(j, 'state') });
  },
  'outer-joins-that-filters-make-inner': () => {
    const f = table('flights', 'f');
    const from = table('airports', 'a');
    const to = table('airports', 'b');
    const first = join('full', f, from, fn('equals', col(f, 'origin'), col(from, 'iata')));
    const second = join('left', first, to, fn('equals', col(f, 'destination'), col(to, 'iata')));
    const w = where(second, fn('and', fn('is_not_null', col(to, 'state')), fn('greater', col(f, 'delay'), int(0))));
    return select(w, { from: col(from, 'name'), to: col(to, 'name'), delay: col(f, 'delay') });
  },
  'full-join': () => {
    const f = where(table('flights', 'f'), bool(true));
    const a = table('airports', 'a');
    const small = where(a, fn('is_not_null', col(a, 'state')));
    const j = join('full', f, small, fn('equals', col(f, 'origin'), col(a, 'iata')));
    return select(where(j, fn('is_null', col(j, 'iata'))), {
      origin: col(j, 'origin'),
      iata: col(j, 'iata'),
      name: col(j, 'name'),
    });
  },
  'semi-and-anti-join': () => {
    const a = table('airports', 'a');
    const f = table('flights', 'f');
    const s = join(
      'semi',
      a,
      where(f, fn('greater', col(f, 'distance'), int(300))),
      fn('equals', col(a, 'iata'), col(f, 'origin')),
    );
    const g = table('flights', 'g');
    return select(
      join(
        'anti',
        s,
        g,
        fn('and', fn('equals', col(a, 'iata'), col(g, 'destination')), fn('equals', col(a, 'state'), str('X'))),
      ),
      { iata: col(a, 'iata'), name: col(a, 'name') },
    );
  },
  'union-filter': () => {
    const f = table('flights');
    const g = table('flights');
    const u = setOperation(
      'union',
      true,
      select(f, { airport: col(f, 'origin'), miles: col(f, 'distance') }),
      select(g, { airport: col(g, 'destination'), miles: fn('add', col(g, 'distance'), int(1)) }),
    );
    const w = where(u, fn('greater', col(u, 'miles'), int(400)));
    return aggregate(w, { airport: col(u, 'airport') }, { n: agg('count') });
  },
  'except-order-limit': () => {
    const a = table('airports');
    const f = table('flights');
    const e = setOperation('except', false, select(a, { iata: col(a, 'iata') }), select(f, { iata: col(f, 'origin') }));
    return limit(sort(e, asc(col(e, 'iata'))), 5);
  },
  'named-twice': () => {
    const f = table('flights');
    const daily = aggregate(
      f,
      { day: col(f, 'day') },
      { flights: agg('count'), miles: agg('sum', col(f, 'distance')), longest: agg('max', col(f, 'distance')) },
    );
    return named('daily', daily, (daily_) => {
      const a = labelled(daily_(), 'a');
      const b = labelled(daily_(), 'b');
      const j = join(
        'inner',
        a,
        b,
        fn('and', fn('less', col(a, 'flights'), col(b, 'flights')), fn('not_equals', col(a, 'day'), col(b, 'day'))),
      );
      return select(j, { day: col(a, 'day'), more: col(b, 'day'), longest: col(a, 'longest') });
    });
  },
  'distinct-on': () => {
    const f = table('flights');
    const d = distinctOn(
      f,
      [col(f, 'origin')],
      [desc(col(f, 'distance')), asc(col(f, 'day')), asc(col(f, 'destination')), asc(col(f, 'delay'))],
    );
    return select(where(d, fn('greater', col(f, 'origin'), str('A'))), {
      origin: col(f, 'origin'),
      distance: col(f, 'distance'),
    });
  },
  'distinct-then-count': () => {
    const f = table('flights');
    const d = distinct(select(f, { origin: col(f, 'origin'), destination: col(f, 'destination') }));
    return aggregate(where(d, fn('not_equals', col(d, 'origin'), str('A'))), {}, { routes: agg('count') });
  },
  'scalar-and-exists': () => {
    const a = table('airports', 'a');
    const f = table('flights', 'f');
    const most = aggregate(
      where(f, fn('equals', col(f, 'origin'), col(a, 'iata'))),
      {},
      { m: agg('max', col(f, 'distance')) },
    );
    const g = table('flights', 'g');
    const s = select(a, {
      iata: col(a, 'iata'),
      farthest: scalar(most),
      arrives: exists(where(g, fn('equals', col(g, 'destination'), col(a, 'iata')))),
    });
    const h = table('flights', 'h');
    return where(s, isIn(col(s, 'iata'), select(h, { destination: col(h, 'destination') })));
  },
  unnest: () => {
    const o = table('orders');
    const u = unnest(o, col(o, 'tags'), 'tag');
    const w = where(u, fn('and', fn('not_equals', col(u, 'tag'), str('x')), fn('greater', col(u, 'id'), int(1))));
    return aggregate(w, { tag: col(u, 'tag') }, { orders: agg('count'), amount: agg('sum', col(u, 'amount')) });
  },
  'asof-join': () => {
    const o = table('orders', 'o');
    const r = table('rates', 'r');
    const j = join(
      'left',
      o,
      r,
      fn(
        'and',
        fn('equals', col(o, 'currency'), col(r, 'currency')),
        fn('less_or_equal', col(r, 'as_of'), col(o, 'id')),
      ),
      true,
    );
    return select(where(j, fn('greater', col(o, 'id'), int(1))), { id: col(o, 'id'), rate: col(j, 'rate') });
  },
  'assert-in-the-middle': () => {
    const f = table('flights');
    const a = assertion(f, fn('greater', col(f, 'distance'), int(0)), 'no distance');
    return select(where(a, fn('greater', col(f, 'delay'), int(10))), { origin: col(f, 'origin') });
  },
  'case-and-literals': () => {
    const f = table('flights');
    const band = extend(f, {
      band: choose(
        [
          [fn('less', col(f, 'distance'), int(250)), str("1: under 250 miles, said the O'Hare")],
          [fn('less', col(f, 'distance'), int(1000)), str('2: 250 to 999')],
        ],
        str('3: more'),
      ),
    });
    return aggregate(band, { band: col(band, 'band'), one: int(1) }, { flights: agg('count') });
  },
  'values-and-money': () => {
    const v = values(
      'id int64, amount money, note string?',
      [
        [int(1), dec('10.00', 4, 2), str('a\nb')],
        [int(2), dec('2.5', 2, 1), str("it's")],
      ],
      'given',
    );
    return select(v, {
      id: col(v, 'id'),
      amount: col(v, 'amount'),
      note: col(v, 'note'),
      twice: { ...fn('multiply', col(v, 'amount'), dec('2', 1, 0)) },
    });
  },
  'empty-values': () => {
    const v = values('id int64, amount money', []);
    const o = table('orders', 'o');
    return select(join('left', o, v, fn('equals', col(o, 'id'), col(v, 'id'))), {
      id: col(o, 'id'),
      amount: col(v, 'amount'),
    });
  },
  'grouping-sets': () => {
    const f = table('flights');
    return aggregate(f, { origin: col(f, 'origin'), day: col(f, 'day') }, { flights: agg('count') }, [[0, 1], [0], []]);
  },
  'windows-on-windows': () => {
    const f = table('flights');
    const n = extend(f, {
      n: over(
        'row_number',
        [],
        [col(f, 'origin')],
        [asc(col(f, 'day')), asc(col(f, 'destination')), asc(col(f, 'distance')), asc(col(f, 'delay'))],
      ),
    });
    const running = extend(n, {
      total: over('sum', [col(n, 'n')], [col(f, 'origin')], [asc(col(n, 'n'))], {
        unit: 'rows',
        from: { kind: 'preceding', offset: 2 },
        to: { kind: 'current-row' },
      }),
    });
    const w = where(running, fn('equals', col(running, 'origin'), str('A')));
    return select(w, { origin: col(f, 'origin'), n: col(n, 'n'), total: col(running, 'total') });
  },
  'same-names-on-both-sides': () => {
    const l = table('orders', 'l');
    const r = table('orders', 'r');
    const j = join('inner', l, r, fn('equals', col(l, 'currency'), col(r, 'currency')));
    const ranked = extend(j, { n: over('row_number', [], [col(l, 'id')], [asc(col(r, 'id'))]) });
    const w = where(ranked, fn('equals', col(ranked, 'n'), int(1)));
    return select(w, { id: col(l, 'id'), other: col(r, 'id'), amount: fn('add', col(l, 'amount'), col(r, 'amount')) });
  },
};

export const queryNames: readonly string[] = Object.keys(queries);

export function query(name: string): Rel {
  resetIds();
  const make = queries[name];
  if (make === undefined) throw new Error(`no query ${name}`);
  return make();
}
