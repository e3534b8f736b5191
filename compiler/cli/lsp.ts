/** `pipec lsp`: the language server, on standard input and output. */
import type { CommandModule } from './command.ts';

export const lsp: CommandModule<{ readonly stdio?: boolean }> = {
  arguments: [],
  options: [{ flags: '--stdio', help: 'speak on standard input and output, as it always does' }],
  details: 'Editors start it; docs/editors.md tells how. It ends when the editor does.',
  examples: [{ text: 'pipec lsp', does: 'as the server of an editor' }],
  run: async (io) => {
    const { startServer } = await import('../../extension/server/main.ts');
    startServer(process.stdin, process.stdout, io.environment);
    // The connection ends the process.
    return await new Promise(() => {});
  },
};
