/**
 * What commands found out, kept for the next one: docs/decisions/0003-a-cache-of-checks.md.
 *
 * In the person's own cache folder: what lies in a project's folder, others may have written. A file that is damaged, of
 * another compiler or not there is as good as none, and so is a disk that takes no more: nothing is said.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { personCache } from '../../runtime/person-cache.ts';
import type { Environment } from './io.ts';
import { BUILD } from './version.ts';

/** Which compiler wrote it, then a checksum of what follows. */
const KEY_BYTES = 32;
const HEAD_BYTES = KEY_BYTES + 4;
/** Of all projects together; what was used last stays. */
export interface Limits {
  readonly files: number;
  readonly bytes: number;
}

export class CacheFolder {
  readonly #folder: string;
  readonly #limits: Limits;
  /** Null where the compiler cannot be told from others: then nothing is kept. */
  readonly #key: Buffer | null;

  /** `name` is that of the folder. */
  constructor(environment: Environment, name: string, limits: Limits, build: string | null = BUILD) {
    this.#folder = join(personCache(environment), 'pipec', name);
    this.#limits = limits;
    // The versions of Node and its time zones are in its name; the numbers in the file are in the machine's order.
    this.#key =
      build === null
        ? null
        : createHash('sha256').update(`${build} ${process.version} ${process.arch}`).digest().subarray(0, KEY_BYTES);
  }

  /** `key` may be of any length. */
  read(key: string): Uint8Array | null {
    if (this.#key === null) return null;
    try {
      const path = this.#pathOf(key);
      const bytes = readFileSync(path);
      const body = bytes.subarray(HEAD_BYTES);
      if (!this.#key.equals(bytes.subarray(0, KEY_BYTES)) || crc32(body) !== bytes.readUInt32LE(KEY_BYTES)) return null;
      const now = new Date();
      utimesSync(path, now, now);
      return body;
    } catch {
      return null;
    }
  }

  /** Whoever reads meanwhile sees the old file or the new one; of two writers the last one stays. */
  write(key: string, parts: readonly Uint8Array[]): void {
    if (this.#key === null) return;
    let temporary: string | null = null;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const path = this.#pathOf(key);
      temporary = `${path}.${randomBytes(6).toString('hex')}`;
      const head = Buffer.alloc(HEAD_BYTES);
      this.#key.copy(head);
      head.writeUInt32LE(
        parts.reduce((sum, part) => crc32(part, sum), 0),
        KEY_BYTES,
      );
      const file = openSync(temporary, 'wx', 0o600);
      try {
        for (const part of [head, ...parts])
          for (let at = 0; at < part.length; ) at += writeSync(file, part, at, part.length - at);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
      this.#prune();
    } catch {
      if (temporary !== null) rmSync(temporary, { force: true });
    }
  }

  #pathOf(key: string): string {
    return join(this.#folder, createHash('sha256').update(key).digest('hex').slice(0, 32));
  }

  /** Removes what was not used for longest, and what a killed writer left. */
  #prune(): void {
    const files = readdirSync(this.#folder)
      .map((name) => ({ path: join(this.#folder, name), ...pick(statSync(join(this.#folder, name))) }))
      .sort((a, b) => b.usedAt - a.usedAt);
    let bytes = 0;
    for (const [index, file] of files.entries()) {
      bytes += file.size;
      if (index >= this.#limits.files || bytes > this.#limits.bytes) rmSync(file.path, { force: true });
    }
  }
}

function pick({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }) {
  return { size, usedAt: mtimeMs };
}
