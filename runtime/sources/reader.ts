/** What the readers of sources have in common. */
import type { DatabaseRows, ReaderPlan, Text } from '../plan.ts';

/** Texts of a reader that are known at run time at the latest. */
export function readerTexts(reader: ReaderPlan): readonly Text[] {
  switch (reader.kind) {
    case 'file':
      return reader.path;
    case 'postgres':
    case 'clickhouse':
      return [reader.url];
    case 'duckdb':
    case 'sqlite':
      return [reader.path];
  }
}

/** What is read of a database, for messages: `table sales.orders`. */
export const rowsName = (rows: DatabaseRows): string => ('table' in rows ? `table ${rows.table}` : 'a query');

/** `sales.orders` → its parts, each a name; a dot that belongs to a name stands in double quotes. */
export function tableParts(table: string): readonly string[] {
  const parts = table.match(/"(?:[^"]|"")+"|[^."]+/g) ?? [];
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
}
