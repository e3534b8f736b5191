/** Rows in quarantine before the contract of now, with the files gone: the same on every engine, all of it or nothing. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planProgram, planSelection } from '../../compiler/plan/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { type RunOptions, runJob } from '../../runtime/run.ts';
import { programOf } from '../support/flights.ts';
import { folderWithEngines } from './targets.ts';

const ENGINES = {
  duckdb: "duckdb(path: '.pipec/shop.duckdb')",
  postgres: 'postgres(embedded: true)',
  clickhouse: 'clickhouse(embedded: true)',
};

const CSV = `id,kind,amount,note,at
1,a,5.00,first,2024-03-01T10:00:00Z
2,b,-3.00,"a ""quote"", ß and
a line",2024-03-01T10:00:00Z
1,a,6.00,repeated,2024-03-01T10:00:00Z
3,c,7.00,,2024-03-01T10:00:00Z
3,c,8.00,again,2024-03-01T10:00:00Z
x,a,1.00,no number,2024-03-01T10:00:00Z
4,b,0.10,last,2024-03-02T10:00:00Z
5,a,1,too many,2024-03-01T10:00:00Z,more
`;
const lines = (texts: readonly string[]): string => `${texts.join('\n')}\n`;
const JSON_LINES = lines([
  '{"id":1,"kind":"a","amount":"5.00","note":"first","at":"2024-03-01T10:00:00Z"}',
  '{"id":2,"kind":"b","amount":-3.00,"note":"a \\"quote\\", ß and\\na line","at":"2024-03-01T10:00:00Z"}',
  '{"id":1,"kind":"a","amount":6,"note":"repeated","at":"2024-03-01T10:00:00Z"}',
  '{"id":3,"kind":"c","amount":7,"note":"","at":"2024-03-01T10:00:00Z"}',
  '{"id":3,"kind":"c","amount":8,"note":"again","at":"2024-03-01T10:00:00Z"}',
  '{"id":"x","kind":"a","amount":1,"note":"no number","at":"2024-03-01T10:00:00Z"}',
  '{"id":4,"kind":"b","amount":0.10,"note":"last","at":"2024-03-02T10:00:00Z"}',
  '{"id":5,',
]);

describe.each(Object.entries(ENGINES))('%s', (_kind, engine) => {
  test.each([
    ['csv', CSV],
    ['jsonl', JSON_LINES],
  ])(
    '%s',
    async (ending, content) => {
      const folder = folderWithEngines();
      const program = (kinds: string, expected: string, more = '') =>
        programOf([
          {
            path: 'project.pipe',
            text: `project shop { owner: 'data@shop.example', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y }
enum sort { ${kinds} }
type Order { id: int64 @key, kind: sort, amount: decimal(12, 2), note: string, at: timestamp${more}, ${expected} }
source orders : Order from file('orders.${ending}') in dwh.core { invalid: quarantine }
`,
          },
        ]);
      const run = async (of: ReturnType<typeof program>, more: Partial<RunOptions> = {}) => {
        const { target } = planProgram(of, 'local', '0.0.0');
        const job = planSelection(of, 'local', null);
        let load: unknown = null;
        const listeners: RunOptions['listeners'] = [
          (event) => {
            if (event.event === 'task.finished')
              load = [event.load?.read, event.load?.accepted, event.load?.quarantined, event.rows];
          },
        ];
        const { errors } = await runJob({ folder, project: 'shop', target, job, name: null, listeners, ...more });
        const ask = (sql: string) => queryAll({ folder, target, sql, limit: null });
        const rows = await ask('SELECT "id", "kind", "amount", "note" FROM "core"."orders" ORDER BY "id"');
        const kept = await ask(
          'SELECT "reason", "file", "row", "line" FROM "_pipec"."quarantine__core__orders" ORDER BY coalesce("row", "line")',
        );
        return {
          failed: errors.map(({ error }) => error.code),
          load,
          rows: rows.map((row) => Object.values(row).join('|')),
          kept: kept.map((row) => `${row['row'] ?? `line ${row['line']}`} ${row['reason']}`),
          files: [...new Set(kept.map((row) => row['file']))],
        };
      };
      writeFileSync(join(folder, `orders.${ending}`), content);
      const strict = program('a, b', 'expect amount >= 0');
      const first = await run(strict);
      const unreadable = ending === 'csv' ? first.kept.at(-1) : '8 unreadable line';
      expect(first).toEqual({
        failed: [],
        load: [8, 2, 6, 2],
        rows: ['1|a|5.00|first', '4|b|0.10|last'],
        kept: [
          '2 expect amount >= 0',
          '3 repeated key',
          '4 kind is not one of a, b',
          '5 kind is not one of a, b',
          '6 id is not an int64',
          unreadable,
        ],
        files: [`orders.${ending}`],
      });
      rmSync(join(folder, `orders.${ending}`));

      // The same contract: everything stays as it is.
      const same = await run(strict, { replay: true });
      expect(same).toEqual({ ...first, load: [6, 0, 6, 2] });

      // A check of the table that fails keeps all of it out; so does a contract that the rows published do not fit.
      const stricter = await run(program('a, b', 'expect amount >= 1'), { replay: true });
      expect(stricter).toEqual({ ...first, failed: ['not-replayable'], load: null });
      const other = await run(program('a, b', 'expect amount >= 0', ', more: string'), { replay: true });
      expect(other).toEqual({ ...first, failed: ['not-replayable'], load: null });

      // A fix: values to the letter, keys unique also with what is there, accepted and quarantined as many as were read.
      const wider = program('a, b, c', 'expect amount > -5');
      const fixed = await run(wider, { replay: true });
      expect(fixed).toEqual({
        failed: [],
        load: [6, 2, 4, 4],
        rows: ['1|a|5.00|first', '2|b|-3.00|a "quote", ß and\na line', '3|c|7.00|', '4|b|0.10|last'],
        kept: ['3 repeated key', '5 repeated key', '6 id is not an int64', unreadable],
        files: [`orders.${ending}`],
      });

      // With the file there again a run reads it, and comes to the same.
      writeFileSync(join(folder, `orders.${ending}`), content);
      expect(await run(wider)).toEqual({ ...fixed, load: [8, 4, 4, 4] });
    },
    120_000,
  );
});
