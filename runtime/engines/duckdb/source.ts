/** A source as a relation of DuckDB: one branch a reader. */
import type { StepContext } from '../../engine.ts';
import type { LoadStep } from '../../plan.ts';
import { filePattern } from '../../sources/file.ts';
import { type Arrivals, arrivalsOf, type Before, wholeArrival } from '../increments/arrivals.ts';
import { pullPostgres } from '../postgres/pull.ts';
import type { Connection } from './connect.ts';
import { fileVersions, findFiles, openFiles, type SourceRelation } from './files.ts';
import { pullDuckDb } from './pull.ts';

export interface OpenedSource {
  /** Its rows, or those that are new; null where nothing is. */
  readonly source: SourceRelation | null;
  readonly arrivals: Arrivals;
  /** Path and version of each of its files. */
  readonly versions: readonly string[];
}

/**
 * @param folder of the project
 * @throws PipecError `source-missing`, `source-unreadable`, `source-column-missing`, `source-column-type`, and of a server what a target's throws
 */
export async function openSource(
  connection: Connection,
  step: LoadStep,
  { texts, signal }: Pick<StepContext, 'texts' | 'signal'>,
  folder: string,
  before: Before,
): Promise<OpenedSource> {
  const { from, into } = step;
  const whole = (source: SourceRelation): OpenedSource => ({ source, arrivals: wholeArrival(into), versions: [] });
  switch (from.kind) {
    case 'file': {
      const pattern = filePattern(from, folder, texts);
      const found = await findFiles(connection, pattern);
      const versions = await fileVersions(found);
      const arrivals = arrivalsOf(into, found, versions, folder, before);
      const versionOf = new Map(found.map((file, i) => [file, versions[i] ?? '']));
      const opened = arrivals.files.map((file) => versionOf.get(file) ?? '');
      const source =
        opened.length === 0 ? null : await openFiles(connection, from, pattern, step, arrivals.files, opened);
      return { source, arrivals, versions };
    }
    case 'postgres':
      return whole(await pullPostgres(texts.valueOf(from.url), from.rows, step, folder, signal));
    case 'duckdb':
      return whole(await pullDuckDb(texts.valueOf(from.path), from.rows, step, folder, signal));
  }
}
