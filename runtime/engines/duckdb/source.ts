/** A source as a relation of DuckDB: one branch a reader. */
import type { StepContext } from '../../engine.ts';
import type { LoadStep } from '../../plan.ts';
import { filePattern } from '../../sources/file.ts';
import { pullPostgres } from '../postgres/pull.ts';
import type { Connection } from './connect.ts';
import { openFiles, type SourceRelation } from './files.ts';
import { pullDuckDb } from './pull.ts';

/**
 * @param folder of the project
 * @throws PipecError `source-missing`, `source-unreadable`, `source-column-missing`, `source-column-type`, and of a server what a target's throws
 */
export function openSource(
  connection: Connection,
  step: LoadStep,
  { texts, signal }: Pick<StepContext, 'texts' | 'signal'>,
  folder: string,
): Promise<SourceRelation> {
  const { from } = step;
  switch (from.kind) {
    case 'file':
      return openFiles(connection, from, filePattern(from, folder, texts), step);
    case 'postgres':
      return pullPostgres(texts.valueOf(from.url), from.rows, step, folder, signal);
    case 'duckdb':
      return pullDuckDb(texts.valueOf(from.path), from.rows, step, folder, signal);
  }
}
