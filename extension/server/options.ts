/** What an editor says of itself when it starts the server (`initializationOptions`): docs/editors.md. */

export interface ClientOptions {
  /** Whether it asks what is wrong in open files, rather than being told. */
  readonly diagnostics: 'push' | 'pull';
  /** Commands of lenses and actions that it can execute; null where it does not say. */
  readonly commands: ReadonlySet<string> | null;
  /** Whether it has the commands of VS Code, such as to ask for completion. */
  readonly editorCommands: boolean;
}

export const DEFAULT_OPTIONS: ClientOptions = { diagnostics: 'push', commands: null, editorCommands: false };

/** What is not there, or of no form that is known, is as if it were not said. */
export function readOptions(given: unknown): ClientOptions {
  const { diagnostics, commands, editorCommands } = (
    typeof given === 'object' && given !== null ? given : {}
  ) as Record<string, unknown>;
  return {
    diagnostics: diagnostics === 'pull' ? 'pull' : 'push',
    editorCommands: editorCommands === true,
    commands: Array.isArray(commands) ? new Set(commands.filter((each) => typeof each === 'string')) : null,
  };
}
