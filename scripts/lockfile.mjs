/**
 * Completes package-lock.json with the platform packages (`…-darwin-arm64`, `…-win32-x64`) that npm left out: npm drops
 * optional packages it could not fetch for another platform, and then `npm ci` refuses the lockfile on every machine.
 * Run it after `npm install <package>`: `npm run lockfile`. It answers what it added.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './ground.mjs';

for (const folder of ['.', 'test/engines', 'test/editor', 'extension']) {
  const file = join(root, folder, 'package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const added = complete(lock);
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  const name = join(folder, 'package-lock.json');
  console.log(added.length > 0 ? `${name}: added ${added.length}:\n  ${added.join('\n  ')}` : `${name} is complete`);
}

/** Adds what is missing to the lockfile and answers it. */
function complete(lock) {
  const added = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const hoisted = `node_modules/${name}`;
      if (lock.packages[hoisted] ?? lock.packages[`${path}/${hoisted}`]) continue;
      if (!/^\d/.test(version))
        throw new Error(`${path} wants ${name} ${version}: a range cannot be completed without asking npm`);
      lock.packages[hoisted] = { version, ...platform(name), ...(entry.dev && { dev: true }), optional: true };
      added.push(`${name} ${version}`);
    }
  }
  return added;
}

/** `…-linux-arm-musleabihf` → { os: ['linux'], cpu: ['arm'], libc: ['musl'] }. */
function platform(name) {
  const found =
    /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-(gnu|musl))?/.exec(
      name,
    );
  if (!found) throw new Error(`${name}: its name does not tell its platform`);
  const [, os, cpu, libc] = found;
  return { cpu: [cpu], ...(libc && { libc: [libc === 'gnu' ? 'glibc' : 'musl'] }), os: [os] };
}
