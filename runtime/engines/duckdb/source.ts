/** A source as a relation of DuckDB: one branch a reader. */
import type { StepContext } from '../../engine.ts';
import type { LoadStep } from '../../plan.ts';
import { filePattern } from '../../sources/file.ts';
import { recentRows, recentText } from '../../sources/recent.ts';
import { pullClickhouse } from '../clickhouse/pull.ts';
import { type Arrivals, arrivalsOf, type Before, wholeArrival } from '../increments/arrivals.ts';
import { type Pulling, pulledArrivals, pullingOf } from '../increments/since.ts';
import { pullPostgres } from '../postgres/pull.ts';
import { pullSqlite } from '../sqlite/pull.ts';
import type { Connection } from './connect.ts';
import { fileVersions, findFiles, openFiles, type SourceRelation } from './files.ts';
import { pullDuckDb } from './pull.ts';
import { fromBound } from './pulled.ts';

export interface OpenedSource {
  /** Its rows, or those that are new; null where nothing is. */
  readonly source: SourceRelation | null;
  readonly arrivals: Arrivals;
  /** Path and version of each of its files, and of a sample where it begins. */
  readonly versions: readonly string[];
  /** Of a source that was read from a bound on; null where it was read whole. */
  readonly pulling: Pulling | null;
}

/**
 * @param folder of the project
 * @throws PipecError `source-missing`, `source-unreadable`, `source-column-missing`, `source-column-type`, and of a server what a target's throws
 */
export async function openSource(
  connection: Connection,
  step: LoadStep,
  { texts, signal, began }: Pick<StepContext, 'texts' | 'signal' | 'began'>,
  folder: string,
  before: Before,
): Promise<OpenedSource> {
  const { from, into } = step;
  const recent = recentRows(step, began);
  const pulling = recent === null ? pullingOf(step, before.standing) : null;
  const since = recent ?? pulling;
  const pulled = async (source: SourceRelation): Promise<OpenedSource> => ({
    source: since === null ? source : await fromBound(connection, step, source, since),
    arrivals: pulling === null ? wholeArrival(into) : pulledArrivals(step, pulling),
    versions: recentText(step, began),
    pulling,
  });
  switch (from.kind) {
    case 'file': {
      const pattern = filePattern(from, folder, texts);
      const found = await findFiles(connection, pattern);
      const versions = await fileVersions(found);
      const arrivals = arrivalsOf(into, found, versions, folder, before);
      const versionOf = new Map(found.map((file, i) => [file, versions[i] ?? '']));
      const opened = arrivals.files.map((file) => versionOf.get(file) ?? '');
      const all = opened.length === 0 ? null : await openFiles(connection, from, pattern, step, arrivals.files, opened);
      const source = all === null || recent === null ? all : await fromBound(connection, step, all, recent);
      return { source, arrivals, versions: [...versions, ...recentText(step, began)], pulling: null };
    }
    case 'postgres':
      return await pulled(await pullPostgres(texts.valueOf(from.url), from.rows, step, folder, signal, since));
    case 'clickhouse': {
      const server = { url: texts.valueOf(from.url), database: from.database };
      return await pulled(await pullClickhouse(connection, server, from.rows, step, folder, signal, since));
    }
    case 'sqlite':
      return await pulled(await pullSqlite(texts.valueOf(from.path), from.rows, step, folder, signal, since));
    case 'duckdb':
      return await pulled(await pullDuckDb(texts.valueOf(from.path), from.rows, step, folder, signal, since));
  }
}
