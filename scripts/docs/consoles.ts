/**
 * What a page shows of a terminal is what pipec prints there: each `$ pipec …` of a `console` block is run, all of a page in
 * one folder, where `$ cd …` goes on. The page's first program, where it has one, lies in the folder as `air.pipe`, beside
 * the file that it reads. `<!-- in file: a → b -->` changes a file for the rest of the page, `<!-- for once, in file: a → b -->`
 * for the next block; `<!-- at the end of file -->` puts the next block there.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const checkout = join(import.meta.dirname, '..', '..');
const DATA = 'flights-3m.parquet';

/** Pages that show a terminal. */
export const consolePages = ['README.md', 'docs/first-pipeline.md', 'docs/plan.md'] as const;

/** The page with what its commands print now. Needs the bundle (`npm run build`). */
export function withConsoles(page: string): string {
  const root = mkdtempSync(join(tmpdir(), 'pipec-page-'));
  let folder = root;
  const program = /^```pipe\n([\s\S]*?)^```$/m.exec(page)?.[1];
  if (program !== undefined) {
    writeFileSync(join(root, 'air.pipe'), program);
    symlinkSync(join(checkout, 'node_modules', 'vega-datasets', 'data', DATA), join(root, DATA));
  }
  const run = (command: string): string => {
    const [name = '', to = ''] = command.split(' ');
    if (name !== 'cd') return printed(command, folder).replaceAll(root, '~');
    folder = join(folder, to);
    return '';
  };
  /** What brings a file back that was changed for one block. */
  let restore = () => {};
  try {
    return page.replace(
      /<!-- (for once, )?in (\S+): (.*) → (.*) -->|<!-- at the end of (\S+) -->\n```.*\n([\s\S]*?)^```$|^```console\n([\s\S]*?)^```$/gm,
      (found, once?: string, file?: string, from = '', to = '', end?: string, more = '', lines?: string) => {
        if (end !== undefined) {
          appendFileSync(join(root, end), `\n${more}`);
          return found;
        }
        if (file !== undefined) {
          const path = join(root, file);
          const before = readFileSync(path, 'utf8');
          if (!before.includes(from)) throw new Error(`${file} has no \`${from}\``);
          writeFileSync(path, before.replace(from, to));
          if (once !== undefined) restore = () => writeFileSync(path, before);
          return found;
        }
        const commands = (lines ?? '').split('\n').filter((line) => line.startsWith('$ '));
        const shown = commands.map((command) => `${command}\n${run(command.slice(2))}`);
        restore();
        restore = () => {};
        return `\`\`\`console\n${shown.join('\n')}\`\`\``;
      },
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function printed(command: string, folder: string): string {
  const [name, ...words] = Array.from(command.matchAll(/'([^']*)'|(\S+)/g), (word) => word[1] ?? word[2] ?? '');
  if (name !== 'pipec') throw new Error(`\`${command}\` is not a command of pipec`);
  const { PATH, HOME } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, [join(checkout, 'bin', 'pipec.mjs'), ...words], {
    cwd: folder,
    env: { PATH, HOME, LC_ALL: 'C.UTF-8', NO_COLOR: '1', COLUMNS: '100' },
    encoding: 'utf8',
  });
  return `${stdout}${stderr}`;
}

/** Without what differs from run to run. */
export function timeless(page: string): string {
  return page.replace(/ *(?<=[ (])[\d.,]+ (?:ms|s)\b/g, ' … s');
}
