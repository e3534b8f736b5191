/** How much memory a database file may take while tables are written, and while anything else is done. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holderText } from '../../runtime/engine.ts';
import { openDatabase } from '../../runtime/engines/duckdb/connect.ts';
import { roomOf } from '../../runtime/engines/duckdb/room.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';
import { runError } from '../../runtime/errors.ts';

/** What the database was told, in order: its limit in MB, or all. */
function told() {
  const limits: string[] = [];
  const room = roomOf((sql) => {
    const bytes = /'(\d+)B'$/.exec(sql)?.[1];
    limits.push(bytes === undefined ? 'all' : String(Math.round(Number(bytes) / 2 ** 20)));
    return Promise.resolve();
  }, 2);
  return { limits, room };
}

test('it is little while tables are written, and all again before anything else begins', async () => {
  const { limits, room } = told();
  const leave = await room.enter();
  expect(limits).toEqual([]);
  await room.writing(10, async () => {
    expect(limits).toEqual(['230']);
    const other = await room.enter();
    expect(limits).toEqual(['230', 'all']);
    await other();
    expect(limits).toEqual(['230', 'all', '230']);
    const second = await room.enter();
    await room.writing(20, () => Promise.resolve(expect(limits.at(-1)).toBe('305')));
    await second();
    expect(limits.at(-1)).toBe('230');
  });
  expect(limits.at(-1)).toBe('all');
  await leave();
});

test('what little is not enough for has all; what fails otherwise fails', async () => {
  const { limits, room } = told();
  const leave = await room.enter();
  let tries = 0;
  const rows = await room.writing(1, () => {
    tries += 1;
    if (limits.at(-1) !== 'all') return Promise.reject(runError('out-of-memory', { why: 'little' }));
    return Promise.resolve(7);
  });
  expect([rows, tries]).toEqual([7, 2]);
  const failing = () => room.writing(1, () => Promise.reject(runError('disk-full', { why: 'full' })));
  await expect(failing()).rejects.toMatchObject({ code: 'disk-full' });
  expect(limits.at(-1)).toBe('all');
  await leave();
});

test('a database takes it, and has its own limit again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipec-room-'));
  const path = join(folder, 'test.duckdb');
  const database = await openDatabase({ path, readOnly: false, nameHolder: holderText, ...NO_WAIT });
  try {
    const connection = await database.connect();
    const limit = async () => (await connection.table("SELECT current_setting('memory_limit')")).rows[0]?.[0];
    const before = await limit();
    const leave = await database.room.enter();
    expect(await database.room.writing(2, limit)).toMatch(/^\d+\.\d MiB$/);
    expect(await limit()).toBe(before);
    await leave();
  } finally {
    await database.close();
    rmSync(folder, { recursive: true });
  }
});
