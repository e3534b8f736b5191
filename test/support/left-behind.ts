/**
 * Builds in `_pipec` that no public view names as its table, the one before, or one that is kept for a rollback: none after a
 * run, whatever came before it. Of those that are kept, what is over their number counts as well.
 */
import { KEEP } from '../../runtime/engines/published.ts';

const COMMENTS = {
  duckdb: 'SELECT comment FROM duckdb_views() WHERE NOT internal AND comment IS NOT NULL',
  postgres:
    "SELECT obj_description(oid, 'pg_class') FROM pg_class WHERE relkind = 'v' AND obj_description(oid, 'pg_class') IS NOT NULL",
  clickhouse: "SELECT comment FROM system.tables WHERE engine = 'View' AND comment <> ''",
} as const;

const TABLES = {
  duckdb: "SELECT table_name FROM duckdb_tables() WHERE schema_name = '_pipec'",
  postgres: "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = '_pipec'::regnamespace",
  clickhouse: "SELECT name FROM system.tables WHERE database = '_pipec' AND engine LIKE '%MergeTree'",
} as const;

interface Known {
  readonly table: string | null;
  readonly previous: string | null;
  readonly kept?: readonly { readonly table: string | null }[];
}

export async function leftBehind(
  kind: keyof typeof COMMENTS,
  ask: (sql: string) => Promise<readonly (readonly unknown[])[]>,
): Promise<readonly string[]> {
  const known = (await ask(COMMENTS[kind])).flatMap(([comment]) => {
    const text = String(comment);
    if (!text.startsWith('{"pipec":1,')) return [];
    const { table, previous, kept } = JSON.parse(text) as Known;
    return [table, previous, ...(kept ?? []).slice(0, KEEP).map((version) => version.table)];
  });
  const tables = (await ask(TABLES[kind])).map(([name]) => String(name));
  return tables.filter((name) => /__[0-9a-z]{12}_[a-z2-7]{8}$/.test(name) && !known.includes(name));
}
