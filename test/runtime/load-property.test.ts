import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { queryAll } from '../../runtime/query.ts';
import { file, into, lake, load, local, projectFolder, runTasks } from '../support/plans.ts';

interface Row {
  readonly k: number | null;
  readonly v: number | null;
}
const rows = fc.array(
  fc.record({
    k: fc.option(fc.integer({ min: 0, max: 6 }), { freq: 8 }),
    v: fc.option(fc.integer({ min: -2, max: 9 })),
  }),
  { maxLength: 40 },
);

/** The contract in plain words: k is a key, v may be null and is never below 0, the first row of a key stays. */
function judge(all: readonly Row[]) {
  const accepted: Row[] = [];
  const rejected: { readonly reason: string; readonly row: number; readonly content: unknown }[] = [];
  const seen = new Set<number>();
  for (const [index, row] of all.entries()) {
    const reject = (reason: string) => void rejected.push({ reason, row: index + 1, content: row });
    if (row.k === null) reject('missing k');
    else if (row.v !== null && row.v < 0) reject('expect v >= 0');
    else if (seen.has(row.k)) reject('repeated key');
    else {
      seen.add(row.k);
      accepted.push(row);
    }
  }
  // A table has no order of its own.
  return { accepted: accepted.sort((a, b) => (a.k ?? 0) - (b.k ?? 0)), rejected };
}

const number = (value: unknown): number | null => (value === null ? null : Number(value));
const plain = ({ k, v }: Readonly<Record<string, unknown>>): Row => ({ k: number(k), v: number(v) });
const text = (value: number | null): string => (value === null ? '' : String(value));

async function write(folder: string, format: 'csv' | 'json' | 'parquet', all: readonly Row[]): Promise<void> {
  const path = join(folder, `t.${format}`);
  const line = format === 'csv' ? ({ k, v }: Row) => `${text(k)},${text(v)}` : (row: Row) => JSON.stringify(row);
  if (format !== 'parquet') {
    writeFileSync(path, `${[...(format === 'csv' ? ['k,v'] : []), ...all.map(line)].join('\n')}\n`);
    return;
  }
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run('CREATE TABLE t (k BIGINT, v BIGINT)');
  if (all.length > 0) await connection.run(`INSERT INTO t VALUES ${all.map(({ k, v }) => `(${k}, ${v})`).join(', ')}`);
  await connection.run(`COPY t TO '${path}' (FORMAT parquet)`);
  instance.closeSync();
}

test.each(['csv', 'json', 'parquet'] as const)(
  '%s: accepted and rejected rows, reasons, positions and contents are those of the contract',
  { timeout: 180_000 },
  async (format) => {
    await fc.assert(
      fc.asyncProperty(rows, fc.boolean(), async (all, inLake) => {
        const folder = projectFolder();
        await write(folder, format, all);
        const task = load(
          'raw.t',
          file(`t.${format}`, format),
          { k: 'int64', v: 'int64?' },
          {
            key: ['k'],
            expectations: [{ text: 'v >= 0', sql: 'typed."v" >= 0' }],
            into: into('raw.t', inLake ? lake('lake') : { kind: 'table' }),
          },
        );
        const { status, events } = await runTasks(folder, [task]);
        expect(status).toBe('succeeded');
        const { accepted, rejected } = judge(all);
        const ask = (sql: string) => queryAll({ folder, target: local, sql, limit: null });
        expect((await ask('SELECT k, v FROM raw.t ORDER BY k')).map(plain)).toEqual(accepted);
        const quarantine = await ask('SELECT reason, "row", content FROM _pipec.quarantine__raw__t');
        expect(
          quarantine.map(({ reason, row, content }) => ({
            reason,
            row: Number(row),
            content: plain(JSON.parse(String(content)) as Record<string, unknown>),
          })),
        ).toEqual(rejected);
        expect(events.find((event) => event.event === 'task.finished')).toMatchObject({
          load: { read: all.length, accepted: accepted.length, quarantined: rejected.length },
        });
      }),
      { numRuns: 12 },
    );
  },
);
