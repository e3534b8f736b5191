/** What a feature of the server is: one file each in features/, listed in registry.ts. */
import type { ClientCapabilities, Connection, ServerCapabilities } from 'vscode-languageserver';
import type { Session } from './session.ts';

export interface Feature {
  /** What the server can do because of it, of what this client understands. */
  readonly capabilities: (client: ClientCapabilities) => ServerCapabilities;
  /** Called once, before the first message: tells the connection who answers. */
  readonly register: (connection: Connection, session: Session) => void;
}
