/** One query of the language on every engine: the rows of each, in the canonical text, or why there are none. */

import { optimize } from '../../compiler/relational/optimize.ts';
import type { Rel } from '../../compiler/relational/rel.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { canonicalRow } from '../support/canonical.ts';
import { workspaceOf } from '../support/check.ts';
import { PROJECT } from './edges.ts';
import type { Engine } from './engines.ts';

const workspace = workspaceOf([{ path: 'edges.pipe', text: PROJECT }]);

/** The Rel of a query over the edge tables. @throws Error with the diagnostics of one that does not check */
export function relOf(text: string): Rel {
  const { diagnostics, query } = workspace.adHocQuery(text);
  if (query === null || diagnostics.some(({ severity }) => severity === 'error'))
    throw new Error(`${diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n')}\nin\n${text}`);
  return optimize(query.rel);
}

export interface Answer {
  readonly sql: string;
  /** Rows in the canonical text, sorted. */
  readonly rows: readonly string[] | null;
  readonly failure: string | null;
}

export async function answer(engine: Engine, rel: Rel): Promise<Answer> {
  const sql = renderQuery(rel, engine.dialect);
  try {
    const rows = await engine.rows(sql);
    return { sql, rows: rows.map((row) => canonicalRow(row, rel.columns)).sort(), failure: null };
  } catch (failure) {
    return { sql, rows: null, failure: failure instanceof Error ? failure.message : String(failure) };
  }
}
