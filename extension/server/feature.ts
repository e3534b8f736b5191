/** What a feature of the server is: one file each in features/, listed in registry.ts. */
import type { ClientCapabilities, Connection, ServerCapabilities } from 'vscode-languageserver';
import type { ClientOptions } from './options.ts';
import type { Session } from './session.ts';

export interface Feature {
  /** What the server can do because of it, of what this client understands and wishes. */
  readonly capabilities: (client: ClientCapabilities, options: ClientOptions) => ServerCapabilities;
  /** Called once, before the first message: tells the connection who answers. */
  readonly register: (connection: Connection, session: Session) => void;
}
