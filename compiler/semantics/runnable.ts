/** What this version cannot run yet in a target: engines, state stores and sources that it knows by name only. */
import { type Role, roleNames } from './connectors/connector.ts';
import { connectorNamed } from './connectors/registry.ts';
import type { ConnectorUse, TargetModel } from './model.ts';

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

/** What of a source decides whether it runs. */
export interface SourceUse {
  readonly connector: string;
  readonly connection: string | null;
  /** Whether it asks for what changes, in place of what is there. */
  readonly log: boolean;
}

export function sourceUse({ connector, connection, args }: ConnectorUse): SourceUse {
  const log = connectorNamed(connector)?.changeLog;
  const given = log === undefined ? undefined : args[log.argument];
  return { connector, connection: connection ?? null, log: given?.kind === 'text' && given.value === log?.value };
}

/** A source that goes through a connection runs where the target puts files in its place. */
export function sourceNotYet({ connector, connection, log }: SourceUse, target: TargetModel): NotYet | null {
  if (connection !== null && target.replaced[connection] !== undefined) return null;
  if (!log) return connectorNotYet(connector, 'source');
  const argument = connectorNamed(connector)?.changeLog?.argument ?? '';
  return {
    what: `reading the change log of \`${connector}(…)\``,
    instead: `leave \`${argument}\` out: its rows are then read whole at each run`,
  };
}

function connectorNotYet(connector: string, role: Role): NotYet | null {
  const instead = connectorNamed(connector)?.as[role]?.notYet ?? null;
  if (instead === null) return null;
  const shown = `\`${connector}(…)\``;
  return { what: role === 'source' ? `reading from ${shown}` : `the ${roleNames[role]} ${shown}`, instead };
}
