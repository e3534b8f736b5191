/**
 * What the embedded engine's gates (duckdb/gates.ts) ask of the columns of plain files (duckdb/plain.ts), in the words of
 * ClickHouse, which then lets rows in while it reads them. A gate may be stricter than that one, and never wider: rows that
 * are not let in here are judged there. A null where none may be, and a day that is none to it, its reader refuses.
 */
import type { BatchType } from '../../plan.ts';
import { ident } from '../quote.ts';
import { chLiteral } from './connect.ts';

/** A condition over a column of a file; null where each value of the type may come in. */
export function gate(column: string, type: BatchType, nullable: boolean): string | null {
  const condition = conditionOf(ident(column), type);
  return condition !== null && nullable ? `ifNull(${condition}, true)` : condition;
}

function conditionOf(sql: string, type: BatchType): string | null {
  switch (type.kind) {
    case 'bool':
    case 'int64':
    case 'decimal':
    case 'bytes':
      return null;
    case 'float64':
      return `isFinite(${sql})`;
    case 'string':
      // Most texts are ASCII, which is seen much sooner than that one is UTF-8: that is then not asked (embedded.ts).
      return `position(${sql}, '\\0') = 0 AND if(isASCII(${sql}), true, isValidUTF8(${sql}))`;
    case 'enum':
      return type.values.length === 0 ? 'false' : `${sql} IN (${type.values.map(chLiteral).join(', ')})`;
    case 'date':
      return `${sql} BETWEEN toDate32('1900-01-01') AND toDate32('2299-12-31')`;
    case 'timestamp':
      return `${sql} >= ${instant('1900-01-01')} AND ${sql} < ${instant('2300-01-01')}`;
    case 'uuid':
    case 'json':
    case 'list':
      // They are in no plain file.
      return 'false';
  }
}

const instant = (day: string): string => `toDateTime64('${day} 00:00:00', 6, 'UTC')`;
