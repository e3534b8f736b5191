/** From a keystroke to the rows at the cursor: the language server and the process of previews, as the extension drives them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PreviewHere } from '../extension/server/protocol.ts';
import type { PreviewAnswer, PreviewQuestion } from '../runtime/preview/messages.ts';
import { Editor, uri } from '../test/support/editor.ts';

const root = join(import.meta.dirname, '..');
const pipec = join(root, 'bin', 'pipec.mjs');
const KEYSTROKES = 60;
const SAMPLE = 100_000;
/** What the extension waits for another key. */
const QUIET_MS = 60;
const AIM_MS = 500;

interface Typing {
  readonly what: string;
  readonly file: string;
  /** What is typed, by turns. */
  readonly texts: readonly [string, string];
  /** Where the rows are looked at: after this text, or of a dataset. */
  readonly of: { readonly after: string } | { readonly dataset: string };
}

const TYPING: readonly Typing[] = [
  {
    what: 'the stage that is edited, over a sample: `where flights >= …` of `delay_by_route`',
    file: 'pipelines/marts.pipe',
    texts: ['where flights >= 100', 'where flights >= 101'],
    of: { after: 'where flights >= 10' },
  },
  {
    what: 'the last stage of `busiest_routes` (an aggregate and two joins), whose first is edited',
    file: 'pipelines/marts.pipe',
    texts: ['limit 20', 'limit 21'],
    of: { after: 'r.miles,\n       r.late_percent' },
  },
  {
    what: 'every row of a table: `clean_flights`, 100,000 of them, whose `select` is edited',
    file: 'pipelines/core.pipe',
    texts: ['f.delay >= 15', 'f.delay >= 16'],
    of: { after: 'f.delay >= 1' },
  },
  {
    what: 'a table three datasets below the edit: `delay_by_airport`, while `clean_flights` is edited',
    file: 'pipelines/core.pipe',
    texts: ['f.delay >= 15', 'f.delay >= 16'],
    of: { dataset: 'dwh.marts.delay_by_airport' },
  },
];

export async function benchPreview(): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-bench-')));
  const rows: string[] = [];
  try {
    mkdirSync(join(folder, 'pipelines'));
    for (const path of ['project.pipe', 'pipelines'])
      cpSync(join(root, 'examples', 'flights', path), join(folder, path), { recursive: true });
    const project = join(folder, 'project.pipe');
    const data = join(root, 'node_modules', 'vega-datasets', 'data');
    writeFileSync(project, readFileSync(project, 'utf8').replace('../../node_modules/vega-datasets/data', data));
    const editor = new Editor();
    await editor.initialize([folder]);
    const process = new Process(folder);
    for (const typing of TYPING) {
      const { first, times } = await type(editor, process, folder, typing);
      rows.push(
        `| ${typing.what} | ${first.toFixed(0)} ms | ${quantile(times, 0.5).toFixed(0)} ms | ${quantile(times, 0.95).toFixed(0)} ms |`,
      );
    }
    process.end();
    await editor.quit();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return `## A preview\n
\`pipec lsp\` and \`pipec preview\` over their streams, on the example of flights (three million rows in Parquet), as the extension drives them: from the keystroke to the first 500 rows, with the ${QUIET_MS} ms that are waited for another key. Over the first ${SAMPLE.toLocaleString('en')} rows of each source; ${KEYSTROKES} keystrokes of each kind, every one of which changes the rows to ones that were not there before. "First" is the first question of its kind: sources are read and judged, and what is read is computed. The aim is ${AIM_MS} ms.

| what is looked at | first | p50 | p95 |
|---|---|---|---|
${rows.join('\n')}
`;
}

async function type(
  editor: Editor,
  process: Process,
  folder: string,
  { file, texts: [one, other], of }: Typing,
): Promise<{ readonly first: number; readonly times: readonly number[] }> {
  const path = join(folder, file);
  const original = readFileSync(path, 'utf8');
  const position = 'dataset' in of ? null : positionAfter(original, of.after);
  await editor.open(path, original);
  const show = async (text: string): Promise<number> => {
    const began = performance.now();
    await editor.change(path, text);
    const asked = position === null ? { root: folder, ...of } : { textDocument: { uri: uri(path) }, position };
    const here = await editor.connection.sendRequest<PreviewHere | null>('pipec/preview', {
      of: asked,
      target: null,
      sample: SAMPLE,
    });
    if (here?.is !== 'plan') throw new Error(`no plan: ${JSON.stringify(here)}`);
    const answer = await process.ask({ ask: 'show', plan: here.plan, count: 500 });
    if (answer.is !== 'shown') throw new Error(`no rows: ${JSON.stringify(answer)}`);
    return performance.now() - began + QUIET_MS;
  };
  const first = await show(original);
  const times: number[] = [];
  for (let stroke = 0; stroke < KEYSTROKES; stroke += 1) {
    // Nothing that was computed for an earlier keystroke is of use.
    const fresh = original.replace(
      one,
      `${other}${stroke % 2 === 0 ? '' : ' '}`.replace(/\d+/, (digits) => String(Number(digits) + stroke)),
    );
    times.push(await show(fresh));
  }
  await editor.close(path);
  return { first, times };
}

function positionAfter(text: string, what: string): { readonly line: number; readonly character: number } {
  const end = text.indexOf(what) + what.length;
  const lines = text.slice(0, end).split('\n');
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
}

class Process {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: PreviewAnswer) => void>();
  #last = 0;

  constructor(folder: string) {
    this.#child = spawn(process.execPath, [pipec, 'preview'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('no stream');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as PreviewAnswer;
      if (answer.is !== 'progress') this.#waiting.get(answer.id)?.(answer);
    });
  }

  ask(question: PreviewQuestion): Promise<PreviewAnswer> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.stdin?.write(`${JSON.stringify({ ...question, id })}\n`);
    });
  }

  end(): void {
    this.#child.stdin?.end();
  }
}

function quantile(all: readonly number[], share: number): number {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
