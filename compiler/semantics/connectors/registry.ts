/** All connectors: one line each. */
import { clickhouse } from './clickhouse.ts';
import type { Connector, Role } from './connector.ts';
import { duckdb } from './duckdb.ts';
import { email } from './email.ts';
import { file } from './file.ts';
import { files } from './files.ts';
import { http } from './http.ts';
import { kafka } from './kafka.ts';
import { postgres } from './postgres.ts';
import { slack } from './slack.ts';
import { sqlite } from './sqlite.ts';
import { typescript } from './typescript.ts';
import { webhook } from './webhook.ts';

export const connectors: readonly Connector[] = [
  file,
  files,
  http,
  kafka,
  postgres,
  webhook,
  duckdb,
  clickhouse,
  sqlite,
  typescript,
  slack,
  email,
];

const byName = new Map(connectors.map((connector) => [connector.name, connector]));

export function connectorNamed(name: string): Connector | undefined {
  return byName.get(name);
}

/** The connector that is called otherwise elsewhere, where it can stand in this place. */
export function connectorMeant(name: string, role: Role): string | null {
  const meant = connectors.find(
    ({ elsewhere, as }) => as[role] !== undefined && elsewhere?.includes(name.toLowerCase()),
  );
  return meant?.name ?? null;
}

export function connectorsFor(role: Role): readonly string[] {
  return connectors.filter((connector) => connector.as[role] !== undefined).map((connector) => connector.name);
}
