/**
 * What README.md shows of a terminal is what pipec prints: the program of the page is put into a folder, beside the file it
 * reads, and each `$ pipec …` of a `console` block is run there. `<!-- with: a → b -->` before a block changes the program
 * for that block.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const DATA = 'flights-3m.parquet';

/** The page with what its commands print now. Needs the bundle (`npm run build`). */
export function withConsoles(page: string): string {
  const program = /^```pipe\n([\s\S]*?)^```$/m.exec(page)?.[1];
  if (program === undefined) throw new Error('the page shows no program');
  const folder = mkdtempSync(join(tmpdir(), 'pipec-page-'));
  try {
    symlinkSync(join(root, 'node_modules', 'vega-datasets', 'data', DATA), join(folder, DATA));
    return page.replace(
      /(<!-- with: (.*) → (.*) -->\n+)?^```console\n([\s\S]*?)^```$/gm,
      (_, comment: string | undefined, from: string | undefined, to: string | undefined, lines: string) => {
        if (from !== undefined && !program.includes(from)) throw new Error(`the program has no \`${from}\``);
        writeFileSync(join(folder, 'air.pipe'), from === undefined ? program : program.replace(from, to ?? ''));
        const commands = lines.split('\n').filter((line) => line.startsWith('$ '));
        const shown = commands.map((command) => `${command}\n${printed(command.slice(2), folder)}`);
        return `${comment ?? ''}\`\`\`console\n${shown.join('\n')}\`\`\``;
      },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function printed(command: string, folder: string): string {
  const [name, ...words] = Array.from(command.matchAll(/'([^']*)'|(\S+)/g), (word) => word[1] ?? word[2] ?? '');
  if (name !== 'pipec') throw new Error(`\`${command}\` is not a command of pipec`);
  const { PATH, HOME } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'pipec.mjs'), ...words], {
    cwd: folder,
    env: { PATH, HOME, LC_ALL: 'C.UTF-8', NO_COLOR: '1' },
    encoding: 'utf8',
  });
  return `${stdout}${stderr}`;
}

/** Without what differs from run to run. */
export function timeless(page: string): string {
  return page.replace(/\s+\d+(?:\.\d+)? (?:ms|s)\b/g, ' … s');
}
