/** A name for this state of the compiler. What a compiler found out and kept on disk is for itself alone. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './ground.mjs';

/** Of all that the bundles are made of. */
export function fingerprint() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'compiler'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => join('compiler', file));
  for (const file of [...sources, 'package.json', 'package-lock.json', join('scripts', 'build.mjs')])
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 32);
}
