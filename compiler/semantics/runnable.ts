/** What this version cannot run yet in a target: engines, state stores and sources that it knows by name only. */
import { type Role, roleNames } from './connectors/connector.ts';
import { connectorNamed } from './connectors/registry.ts';
import type { TargetModel } from './model.ts';

export interface NotYet {
  /** "reading from `kafka(…)`". */
  readonly what: string;
  /** What does the work today. */
  readonly instead: string;
}

export function engineNotYet({ engine, state }: TargetModel): NotYet | null {
  return (
    connectorNotYet(engine.connector, 'engine') ?? (state === null ? null : connectorNotYet(state.connector, 'state'))
  );
}

/** A source that goes through a connection runs where the target puts files in its place. */
export function sourceNotYet(
  use: { readonly connector: string; readonly connection?: string | null },
  target: TargetModel,
): NotYet | null {
  const isReplaced = use.connection != null && target.replaced[use.connection] !== undefined;
  return isReplaced ? null : connectorNotYet(use.connector, 'source');
}

function connectorNotYet(connector: string, role: Role): NotYet | null {
  const instead = connectorNamed(connector)?.as[role]?.notYet ?? null;
  if (instead === null) return null;
  const shown = `\`${connector}(…)\``;
  return { what: role === 'source' ? `reading from ${shown}` : `the ${roleNames[role]} ${shown}`, instead };
}
