/** Tables in each engine's own SQL, and steps over them: every type, null and not, the same rows on every engine. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../../compiler/semantics/model.ts';
import { type Batch, type FunctionLoader, functionsOf } from '../../runtime/batches.ts';
import { programOf } from './flights.ts';

/** Rows of `given` without the one that is all null: several batches. */
const ROWS = 5000;

const program = (engine: string, lake: string, change: (text: string) => string): string =>
  change(`
project shop { owner: 'me@example.com', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
store lake : lake { path: '${lake}', owner: 'me@example.com', retention: 1y }
enum kind { odd, even }
type All {
  id:    int64
  yes:   bool?
  ratio: float64?
  money: decimal(20, 4)?
  text:  string?
  kind:  kind?
  bytes: bytes?
  on:    date?
  at:    timestamp?
  uuid:  uuid?
  json:  json?
  words: list<string>
  days:  list<date>
}
table given : All in dwh.core = {
  duckdb: sql"""
    select i as id, i % 2 = 0 as yes, i / 7 as ratio, (i * 1.2345 - 2000)::decimal(20, 4) as money, 'é"\\, ' || i as text,
      case when i % 2 = 0 then 'even' else 'odd' end as kind, unhex('00FF22') as bytes, date '1969-01-01' + i::int as "on",
      timestamptz '1960-01-01 00:00:00.000001+00' + to_hours(i) as at,
      ('00000000-0000-4000-8000-00000000' || lpad(i::varchar, 4, '0'))::uuid as uuid, ('{"i":' || i || '}')::json as json,
      ['a"\\,{}', null, 'NULL', '', i::varchar] as words, [date '2024-02-29', null] as days
    from range(${ROWS}) as t(i)
    union all by name select ${ROWS} as id, [] as words, [] as days
  """
  postgres: sql"""
    select i as id, i % 2 = 0 as yes, i::float8 / 7 as ratio, cast(i * 1.2345 - 2000 as numeric(20, 4)) as money,
      E'é"\\\\, ' || i as text, case when i % 2 = 0 then 'even' else 'odd' end as kind, '\\x00FF22'::bytea as bytes,
      date '1969-01-01' + i as "on", timestamptz '1960-01-01 00:00:00.000001+00' + i * interval '1 hour' as at,
      ('00000000-0000-4000-8000-00000000' || lpad(i::text, 4, '0'))::uuid as uuid, ('{"i":' || i || '}')::json as json,
      array['a"\\,{}', null, 'NULL', '', i::text] as words, array[date '2024-02-29', null] as days
    from generate_series(0, ${ROWS - 1}) as t(i)
    union all
    select ${ROWS}, null, null, null, null, null, null, null, null, null, null, '{}'::text[], '{}'::date[]
  """
  clickhouse: sql"""
    select toInt64(number) as id, number % 2 = 0 as yes, number / 7 as ratio,
      toDecimal128(number, 0) * toDecimal64('1.2345', 4) - 2000 as money, concat('é"\\\\, ', toString(number)) as text,
      if(number % 2 = 0, 'even', 'odd') as kind, unhex('00FF22') as bytes, addDays(toDate32('1969-01-01'), number) as on,
      addHours(toDateTime64('1960-01-01 00:00:00.000001', 6, 'UTC'), number) as at,
      toUUID(concat('00000000-0000-4000-8000-00000000', leftPad(toString(number), 4, '0'))) as uuid,
      concat('{"i":', toString(number), '}') as json, ['a"\\\\,{}', null, 'NULL', '', toString(number)] as words,
      [toDate32('2024-02-29'), null] as days
    from numbers(${ROWS})
    union all
    select ${ROWS}, null, null, null, null, null, null, null, null, null, null, [], []
  """
}
step same : All of given from typescript('steps.ts#same') in dwh.core { key: id, checks { rows between ${ROWS + 1} and ${ROWS + 1} } }
step kept : All of same from typescript('steps.ts#same') in lake
table kept_again in dwh.core = from lake.kept
table hexes in dwh.core = from same |> select id, to_hex(bytes) as hex
type Sum { batches: int64, largest: int64, total: int64 }
step summed : Sum of given from typescript('steps.ts#summed') in dwh.core
step deaf : Sum of given from typescript('steps.ts#deaf') in dwh.core
job all { builds: [dwh.*, lake.*] }
`);

export function escapesProgram(engine: string, lake = 'lake', change = (text: string) => text): Program {
  return programOf([{ path: 'shop.pipe', text: program(engine, lake, change) }]);
}

/** @param ms to wait with the first batch in hand, as a function does that asks somebody */
const same = (ms: number) =>
  async function* passedOn(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
    let first = true;
    for await (const batch of batches) {
      if (first) await sleep(ms);
      first = false;
      yield batch;
    }
  };

async function summed(batches: AsyncIterable<Batch>): Promise<readonly Batch[]> {
  let [count, largest, total] = [0n, 0, 0n];
  for await (const { id } of batches as AsyncIterable<{ readonly id: readonly bigint[] }>) {
    count += 1n;
    largest = Math.max(largest, id.length);
    for (const each of id) total += each;
  }
  return [{ batches: [count > 1n ? 1n : 0n], largest: [largest <= 2048 ? 1n : 0n], total: [total] }];
}

/** It does not listen. */
const deaf = (): readonly Batch[] => [{ batches: [0n], largest: [0n], total: [0n] }];

export const stepFunctions = (ms = 0): FunctionLoader =>
  functionsOf({ 'steps.ts#same': same(ms), 'steps.ts#summed': summed, 'steps.ts#deaf': deaf });

/** `same` gives one batch as it should, and then this, or throws it. */
export const wrongSteps = (end: Error | Batch): FunctionLoader =>
  functionsOf({
    'steps.ts#same': async function* passedOn(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
      for await (const batch of batches) {
        yield batch;
        if (end instanceof Error) throw end;
        yield end;
      }
    },
    'steps.ts#summed': summed,
    'steps.ts#deaf': deaf,
  });

/** The first rows that are not the same. ClickHouse does not tell a reader that a text is bytes: `hexes` looks at these. */
export function unlike(
  found: readonly string[] = [],
  wanted: readonly string[] = [],
  engine: string,
): readonly unknown[] {
  const plain = (row: string): string => {
    const values = JSON.parse(row) as unknown[];
    return JSON.stringify(engine === 'clickhouse' && values.length > 6 ? values.toSpliced(6, 1) : values);
  };
  const [here, there] = [found.map(plain), wanted.map(plain)];
  const [ours, theirs] = [new Set(here), new Set(there)];
  return [...here.filter((row) => !theirs.has(row)), ...there.filter((row) => !ours.has(row))].slice(0, 3);
}

/** A source, a table in the engine's own SQL and a step, as the files of a project. */
export const installedProgram = (engine: string): Readonly<Record<string, string>> => ({
  'shop.pipe': `
project shop { owner: 'me@example.com', target: there }
target there { engine: ${engine} }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
type Word { id: int64 @key, word: string }
source words : Word from file('words.csv')
table same : Word in dwh.core = sql"""select id, word from _landing.words"""
type Counted { id: int64, letters: int64 }
step counted : Counted of same from typescript('steps.ts#counted') in dwh.core
job all { builds: [dwh.*] }
`,
  'words.csv': 'id,word\n1,abc\n',
  'steps.ts': `export async function* counted(
  batches: AsyncIterable<{ id: readonly bigint[]; word: readonly string[] }>,
): AsyncGenerator<{ id: readonly bigint[]; letters: readonly bigint[] }> {
  for await (const { id, word } of batches) yield { id, letters: word.map((text) => BigInt(text.length)) };
}
`,
});
