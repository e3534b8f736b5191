/** DuckDB's messages as errors of the table: the only place that reads its words. */
import type { Holder } from '../../engine.ts';
import { PipecError, type RunErrorExtras, runError } from '../../errors.ts';
import { OUT_OF_RANGE } from '../overflow.ts';

/** @param statement the SQL that failed, null where there was none */
export function duckDbFailure(thrown: unknown, statement: string | null): PipecError {
  if (thrown instanceof PipecError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const why = firstLine(text);
  const extras: RunErrorExtras = statement === null ? { engine: text } : { engine: text, statement };
  if (/^INTERRUPT Error|Interrupted!/i.test(text)) return runError('cancelled', {}, extras);
  if (
    /No space left on device|ENOSPC|disk quota|max_temp_directory_size|Could not write all bytes|could not fully write|File too large/i.test(
      text,
    )
  ) {
    return runError('disk-full', { why }, extras);
  }
  if (/Read-only file system|Permission denied|EROFS|EACCES|read-only mode/i.test(text)) {
    return runError('not-writable', { path: pathIn(text), why }, extras);
  }
  if (/Corrupt database file|database has been invalidated/i.test(text))
    return runError('database-damaged', { why }, extras);
  if (/^Out of Memory Error/i.test(text)) return runError('out-of-memory', { why }, extras);
  if (/^(IO|HTTP) Error/i.test(text)) return runError('io-failed', { why }, extras);
  if (/write-write conflict|Conflict on (update|tuple deletion)/i.test(text))
    return runError('write-conflict', { why }, extras);
  const parquet = /^Invalid Input Error: Invalid string encoding found in Parquet file "(.+?)":/.exec(why)?.[1];
  if (parquet !== undefined)
    return runError('source-unreadable', { path: parquet, why: 'a text in it is not UTF-8' }, extras);
  const [, kind, words = why] = /^(Out of Range|Conversion|Invalid Input) Error: (.*)/i.exec(why) ?? [];
  switch (kind?.toLowerCase()) {
    case 'out of range':
      return runError('overflow', { why: words }, extras);
    case 'conversion':
      return /out of range|not in timestamp range|Could not cast value|does not fit|too (large|small)/i.test(words)
        ? runError('overflow', { why: words }, extras)
        : runError('value-unreadable', { why: words }, extras);
    case 'invalid input':
      if (/divi[ds].* by zero/i.test(words)) return runError('division-by-zero', {}, extras);
      if (OUT_OF_RANGE.test(words)) return runError('overflow', { why: words }, extras);
  }
  return runError('statement-failed', { why }, extras);
}

/** The process that holds a file, from the message of a failed open; null where the message is about something else. */
export function lockHolder(thrown: unknown): Holder | null {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (!/Could not set lock on file/i.test(text)) return null;
  const [, program = null, pid] = /held in (.+?) \(PID (\d+)\)/.exec(text) ?? [];
  return { pid: pid === undefined ? null : Number(pid), program };
}

/** DuckDB appends the statement with a caret and sometimes a list of candidates: the first line says what happened. */
export function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').trim();
}

function pathIn(text: string): string {
  return /"([^"]+)"/.exec(text)?.[1] ?? 'the target';
}
