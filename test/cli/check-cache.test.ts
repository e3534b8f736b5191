/** The cache of `pipec check` on disk: what is read is what was written, or nothing. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CheckCache } from '../../compiler/cli/check-cache.ts';

let home = '';
const project = tmpdir();
const body = [new TextEncoder().encode('what was '), new TextEncoder().encode('found out')];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pipec-cache-'));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const cacheOf = (build: string | null = 'one') => new CheckCache({ XDG_CACHE_HOME: home, LOCALAPPDATA: home }, build);
const folder = () => join(home, 'pipec', 'checks');
const onlyFile = () => join(folder(), readdirSync(folder())[0] ?? '');

/** On macOS the folder is that of the person, whatever the environment says. */
const here = process.platform !== 'darwin';

test.runIf(here)('what is written is read, project by project', () => {
  cacheOf().write(project, body);
  expect(cacheOf().read(project)).toEqual(Buffer.from('what was found out'));
  expect(cacheOf().read(home)).toBeNull();
});

test.runIf(here)('another compiler, and one that cannot be told from others, reads nothing', () => {
  cacheOf().write(project, body);
  expect(cacheOf('two').read(project)).toBeNull();
  expect(cacheOf(null).read(project)).toBeNull();
});

test.runIf(here)('a damaged file is as good as none', () => {
  cacheOf().write(project, body);
  const whole = readFileSync(onlyFile());
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ bits;
      writeFileSync(onlyFile(), damaged);
      expect(cacheOf().read(project)).toBeNull();
    }),
  );
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(onlyFile(), whole.subarray(0, length));
    expect(cacheOf().read(project)).toBeNull();
  }
});

test.runIf(here)('a disk that cannot be written to is no error, and nothing half is left', () => {
  writeFileSync(join(home, 'pipec'), 'a file where the folder should be');
  expect(() => cacheOf().write(project, body)).not.toThrow();
  expect(cacheOf().read(project)).toBeNull();
  rmSync(join(home, 'pipec'));
  cacheOf().write(project, body);
  chmodSync(folder(), 0o500);
  expect(() => cacheOf().write(project, body)).not.toThrow();
  chmodSync(folder(), 0o700);
  expect(readdirSync(folder())).toHaveLength(1);
});

test.runIf(here)('what was not used for longest goes', () => {
  cacheOf().write(project, body);
  const old = onlyFile();
  utimesSync(old, new Date(0), new Date(0));
  // Also what a killed writer left.
  for (let n = 0; n < 100; n++) writeFileSync(join(folder(), `other-${n}`), 'x');
  cacheOf().write(home, body);
  const left = readdirSync(folder());
  expect(left).toHaveLength(100);
  expect(cacheOf().read(project)).toBeNull();
  expect(cacheOf().read(home)).not.toBeNull();
});
