/**
 * What a source of files is: its path or glob, the files behind it, and how the head of a text file reads. The rows are
 * read by the engine; nothing here makes an object of a row.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { constants, createGunzip, gunzip } from 'node:zlib';
import { PipecError, runError } from '../errors.ts';
import type { FileReaderPlan } from '../plan.ts';
import type { Texts } from '../secrets.ts';

/** Absolute path or glob. Parts are joined by `/`: a later part is below an earlier one. */
export function filePattern(reader: FileReaderPlan, folder: string, texts: Texts): string {
  const path = reader.path
    .map(texts.valueOf)
    .filter((part) => part !== '')
    .join('/')
    .replace(/^file:\/\//, '');
  if (/^[a-z][a-z0-9+]*:\/\//i.test(path)) throw runError('not-supported', { what: `reading ${path}` });
  return isAbsolute(path) ? path : join(folder, path);
}

/**
 * What tells one content of a file from the next without reading it. Whoever writes a file changes it, even where the
 * clock stands still or goes backwards: the size, the times of the last change of content and inode, and the inode.
 */
export async function fileVersion(path: string): Promise<string> {
  try {
    const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true });
    return `${size}-${mtimeNs}-${ctimeNs}-${ino}`;
  } catch {
    return 'gone';
  }
}

/** The first bytes of a text file, unpacked where its name ends in `.gz`. @throws PipecError `source-unreadable` */
export async function fileHead(path: string, bytes = 1 << 16): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
      const read = buffer.subarray(0, bytesRead);
      const plain = /\.gz$/i.test(path) ? await promisify(gunzip)(read, { finishFlush: constants.Z_SYNC_FLUSH }) : read;
      if (isUtf16(plain)) throw runError('source-unreadable', { path, why: 'it is text in UTF-16, and UTF-8 is read' });
      return new TextDecoder('utf-8').decode(plain, { stream: true });
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

/** By its mark, or by the half of its first letter that is nothing. */
function isUtf16([first, second]: Uint8Array): boolean {
  const mark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return mark || first === 0 || second === 0;
}

/** Lines of a text file that hold anything, unpacked where its name ends in `.gz`. @throws PipecError `source-unreadable` */
export async function countLines(path: string): Promise<number> {
  try {
    const file = createReadStream(path, { highWaterMark: 1 << 20 });
    const bytes = /\.gz$/i.test(path) ? file.pipe(createGunzip()) : file;
    let lines = 0;
    let blank = true;
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      for (const byte of chunk) {
        if (byte === 0x0a || byte === 0x0d) blank = true;
        else if (blank) {
          blank = false;
          lines += 1;
        }
      }
    }
    return lines;
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

export function unreadable(path: string, thrown: unknown): PipecError {
  const readFailures = ['statement-failed', 'io-failed', 'not-writable', 'overflow'];
  if (thrown instanceof PipecError && !readFailures.includes(thrown.code)) return thrown;
  const why =
    thrown instanceof PipecError && thrown.engine !== null
      ? thrown.engine
      : thrown instanceof Error
        ? thrown.message
        : String(thrown);
  if (/state machine reached an invalid state/.test(why)) {
    // The engine takes the kind of line end from the first line.
    return runError('source-unreadable', { path, why: 'its lines do not all end alike (CRLF, LF and CR are mixed)' });
  }
  if (/^Invalid Input Error: No magic bytes/.test(why))
    return runError('source-unreadable', { path, why: 'it is no Parquet file, or its end is missing' });
  const line = /CSV Error on Line: (\d+)\n.*(invalid unicode|not utf-8)/is.exec(why)?.[1];
  if (line !== undefined) return runError('source-unreadable', { path, why: `line ${line} is not UTF-8 text` });
  return runError('source-unreadable', { path, why: inShort(why, path) });
}

/** The engine's first line, without what kind of error it takes it for and without the path, which is told already. */
function inShort(why: string, path: string): string {
  const [line = ''] = why.split('\n');
  const words = line
    .replace(/^(?:[A-Z]\w+ )+Error: /, '')
    .replaceAll(/(?: (?:of|in))? (?:file )?['"]([^'"]+)['"]/g, (all, name) => (name === path ? '' : all))
    .trim()
    .replace(/\.$/, '');
  return words.charAt(0).toLowerCase() + words.slice(1);
}

/** How the first record of a CSV file reads: its fields, and the delimiter where it was not given. */
export function csvHeader(
  head: string,
  given: string | null,
): { readonly fields: readonly string[]; readonly delimiter: string } {
  const text = head.replace(/^\uFEFF/, '');
  if (given !== null) return { fields: firstRecord(text, given), delimiter: given };
  // The candidate that splits the first record into most fields; a comma where none does.
  const candidates = [',', ';', '\t', '|'].map((delimiter) => ({ delimiter, fields: firstRecord(text, delimiter) }));
  return candidates.reduce((best, next) => (next.fields.length > best.fields.length ? next : best));
}

/** RFC 4180: fields may be quoted, a quote in them is doubled. */
function firstRecord(text: string, delimiter: string): readonly string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') field += text[++at];
      else quoted = false;
    } else if (char === '"' && field === '') quoted = true;
    else if (char === '\n' || char === '\r') break;
    else if (text.startsWith(delimiter, at)) {
      fields.push(field);
      field = '';
      at += delimiter.length - 1;
    } else field += char;
  }
  fields.push(field);
  return fields;
}
