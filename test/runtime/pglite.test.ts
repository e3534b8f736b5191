/** New databases are copies of one that is kept. A package that does nothing but write its files stands in for the real one. */
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { MEMORY, openPGlite } from '../../runtime/engines/postgres/pglite.ts';
import { newFolder, write } from '../support/command.ts';

const PACKAGE = `import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const calls = new URL('calls', import.meta.url);
export const PGlite = {
  async create(path, { loadDataDir } = {}) {
    const memory = path === 'memory://';
    const there = memory ? loadDataDir !== undefined : existsSync(path + '/PG_VERSION');
    const text = !there ? 'whole' : memory ? await loadDataDir.text() : readFileSync(path + '/PG_VERSION', 'utf8');
    appendFileSync(calls, there ? 'opened ' + text + '\\n' : 'made\\n');
    if (text !== 'whole') throw new Error('damaged');
    if (!memory && !there) {
      mkdirSync(path, { recursive: true });
      writeFileSync(path + '/PG_VERSION', text);
    }
    return { dumpDataDir: async () => new Blob([text]), close: async () => undefined };
  },
};
`;

let folder: string;
beforeEach(() => {
  folder = newFolder();
  write(folder, {
    'node_modules/@electric-sql/pglite/package.json':
      '{"version":"1.2.3","type":"module","exports":{"default":"./dist/index.js"}}',
    'node_modules/@electric-sql/pglite/dist/index.js': PACKAGE,
  });
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});

const kept = (...path: string[]): string => join(folder, 'cache/pipec/pglite', ...path);
const open = (path: string) => openPGlite(path === MEMORY ? path : join(folder, path), folder);
const calls = (): string[] => {
  const file = join(folder, 'node_modules/@electric-sql/pglite/dist/calls');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, '');
  return text.trimEnd().split('\n');
};

test('the first is made and kept, all others are its copies; what is there is opened', async () => {
  await open('one');
  expect(calls()).toEqual(['made', 'opened whole']);
  expect(readdirSync(kept())).toEqual(['1.2.3']);
  mkdirSync(join(folder, 'empty'));
  for (const path of ['two', 'empty', MEMORY, 'one']) await open(path);
  expect(calls()).toEqual(['opened whole', 'opened whole', 'opened whole', 'opened whole']);
});

test('a copy that was left half-way is no database, and goes', async () => {
  write(folder, { 'one.new/PG_VERSION': 'ha' });
  await open('one');
  expect([existsSync(join(folder, 'one.new')), calls()]).toEqual([false, ['made', 'opened whole']]);
});

test.each([
  ['one', 'database/PG_VERSION'],
  [MEMORY, 'database.tar'],
])('what is kept and damaged is made anew (%s)', async (path, file) => {
  await open('first');
  writeFileSync(kept('1.2.3', file), 'ha');
  calls();
  await open(path);
  expect([calls(), existsSync(kept('1.2.3'))]).toEqual([['opened ha', 'made'], false]);
  await open('next');
  expect(calls()).toEqual(['made', 'opened whole']);
});

test('a database that does not open stays as it is', async () => {
  write(folder, { 'one/PG_VERSION': 'ha' });
  await expect(open('one')).rejects.toThrow('damaged');
  expect(readFileSync(join(folder, 'one/PG_VERSION'), 'utf8')).toBe('ha');
});

test('several at once keep one', async () => {
  await Promise.all(['one', 'two', 'three', MEMORY].map(open));
  expect(readdirSync(kept())).toEqual(['1.2.3']);
});

test('a cache that takes nothing is no loss', async () => {
  write(folder, { cache: 'a file' });
  await open('one');
  await open(MEMORY);
  expect(calls()).toEqual(['made', 'made']);
});

test('what killed processes left in the cache goes after an hour', async () => {
  for (const name of ['new-old', 'new-young']) write(kept(name), { 'database/PG_VERSION': 'ha' });
  utimesSync(kept('new-old'), new Date(0), new Date(0));
  await open('one');
  expect(readdirSync(kept()).sort()).toEqual(['1.2.3', 'new-young']);
});
