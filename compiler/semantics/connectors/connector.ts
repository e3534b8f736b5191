/**
 * What a connector is: a call that says where rows come from, where they are kept, or how to reach either.
 * One file a connector; registry.ts lists them.
 */
import type { CallExpr } from '../../syntax/ast.ts';
import type { Schema, Signature } from '../config.ts';
import type { DeclarationContext } from '../declarations/context.ts';
import type { ConnectorUse } from '../model.ts';

/** In which places a connector's call may stand. */
export type Role = 'source' | 'connection' | 'engine' | 'state' | 'step' | 'receiver';

export interface Connector {
  readonly name: string;
  /** What one may look for it by. */
  readonly elsewhere?: readonly string[];
  readonly doc: string;
  readonly as: Partial<Readonly<Record<Role, ConnectorRole>>>;
  /** How rows arrive, where it is one of sources. */
  readonly delivery: 'push' | 'pull' | 'file' | null;
  /** Databases: the argument that reads changes as they happen, in place of asking again and again. */
  readonly changeLog?: { readonly argument: string; readonly value: string };
  /** Whether the same rows can be read again later. */
  readonly replayable: boolean;
  /** Connectors whose connections its source may name first: `file(vega, 'x.csv')`. */
  readonly over: readonly string[];
}

export interface ConnectorRole {
  readonly signature: Signature<Schema>;
  /** What the arguments must be together; reports where they are not. */
  readonly check?: (args: ConnectorUse['args'], call: CallExpr, context: DeclarationContext) => void;
  /** What does the work today; null where this version runs it. */
  readonly notYet: string | null;
}

/** Words for messages. */
export const roleNames: Readonly<Record<Role, string>> = {
  source: 'connector for a source',
  connection: 'connector for a connection',
  engine: 'engine',
  state: 'state store',
  step: 'function for a step',
  receiver: 'receiver of messages',
};
