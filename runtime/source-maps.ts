/** Where a line of a bundle comes from, by the source map that stands in it or beside it. Read only when something failed. */
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload, type SourceMapping } from 'node:module';
import { dirname, resolve } from 'node:path';

export interface Place {
  /** Absolute. */
  readonly path: string;
  /** From 1, as the column. */
  readonly line: number;
  readonly column: number;
}

/** The place as it is where there is no map. */
export function originalPlace(place: Place): Place {
  try {
    const map = mapOf(place.path);
    if (map === null) return place;
    const entry: Partial<SourceMapping> = new SourceMap(map).findEntry(place.line - 1, place.column - 1);
    const { originalSource, originalLine, originalColumn } = entry;
    if (originalSource === undefined || originalLine === undefined || originalColumn === undefined) return place;
    const path = resolve(dirname(place.path), originalSource.replace(/^file:\/\//, ''));
    return { path, line: originalLine + 1, column: originalColumn + 1 };
  } catch {
    return place;
  }
}

function mapOf(path: string): SourceMapPayload | null {
  const text = readFileSync(path, 'utf8');
  const url = text.slice(text.lastIndexOf('//# sourceMappingURL=')).match(/^\/\/# sourceMappingURL=(\S+)/)?.[1];
  if (url === undefined) return null;
  const [, inline] = /^data:application\/json;base64,(.*)$/.exec(url) ?? [];
  const json =
    inline === undefined
      ? readFileSync(resolve(dirname(path), url), 'utf8')
      : Buffer.from(inline, 'base64').toString('utf8');
  return JSON.parse(json) as SourceMapPayload;
}
