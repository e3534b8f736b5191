/** `pipec preview`: rows for an editor, as one types, over a sample and in memory. */
import { totalmem } from 'node:os';
import { type CommandModule, EXIT, wholeNumber } from './command.ts';
import { projectFunctions } from './functions.ts';
import { projectRoot } from './project-files.ts';

interface Options {
  readonly memory?: number;
}

/** Megabytes: enough for a hundred thousand rows of many sources, and an editor is not the only program. */
const MEMORY = 2000;
/** Of what the machine has, at most this share. */
const SHARE = 0.25;

export const preview: CommandModule<Options> = {
  arguments: [],
  options: [
    {
      flags: '--memory <megabytes>',
      help: `at most so much (default: ${MEMORY}, or a quarter of the machine's)`,
      parse: wholeNumber('--memory', 100),
    },
  ],
  details:
    'Editors start it; docs/preview.md tells what for. It reads questions and writes answers, one JSON object a line, until its input ends. It reads the first rows of sources, keeps all it computes in memory, and opens no target.',
  examples: [{ text: 'pipec preview', does: 'as the engine of an editor' }],
  run: async (io, _, { memory }) => {
    const { servePreviews } = await import('../../runtime/preview/serve.ts');
    const folder = projectRoot(io.folder) ?? io.folder;
    await servePreviews(process.stdin, process.stdout, {
      folder,
      functions: () => projectFunctions(folder),
      memory: (memory ?? Math.min(MEMORY, (totalmem() * SHARE) / 1e6)) * 1e6,
      env: io.environment,
    });
    return EXIT.done;
  },
};
