/**
 * Completes package-lock.json with the platform packages (`…-darwin-arm64`, `…-win32-x64`) that npm left out: npm drops
 * optional packages it could not fetch for another platform, and then `npm ci` refuses the lockfile on every machine.
 * Run it after `npm install <package>`: `npm run lockfile`. It answers what it added.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './ground.mjs';

const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
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

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length > 0 ? `added ${added.length}:\n  ${added.join('\n  ')}` : 'package-lock.json is complete');

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
