/**
 * `pipec mcp`: answers for coding agents, by the Model Context Protocol on standard input and output. Each tool is a command that
 * only reads, run as a process of its own with `--json`: an agent is told what a person would be, and a tool that fails says so.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ZodRawShape } from 'zod';
import { type CommandModule, EXIT } from './command.ts';
import type { Io } from './io.ts';
import { VERSION } from './version.ts';

/** An answer that an agent could read is shorter by far; a longer one is cut, and says so. */
const LONGEST = 1_000_000;
/** A target that does not answer must not hang an agent. */
const PATIENCE_MS = 120_000;

/** The end of a command, before it is told to an agent. */
export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Answer {
  readonly [key: string]: unknown;
  readonly content: { readonly type: 'text'; readonly text: string }[];
  readonly isError?: true;
}

/** The lines of a command as one object; where it failed, why, and never nothing. */
export function answerOf({ code, out, err }: Ended, answers: readonly number[] = [EXIT.done]): Answer {
  const results = lines(out);
  // A check that finds mistakes has answered; one that found no project has not.
  const answered = code === EXIT.done || (code !== null && answers.includes(code) && results.length > 0);
  const text = (value: unknown) => [{ type: 'text' as const, text: JSON.stringify(value, null, 1) }];
  if (answered) return { content: text({ results }) };
  const errors = lines(err);
  const why = code === null ? 'it did not answer in time and was stopped' : `it ended with exit code ${code}`;
  return {
    content: text({ error: why, details: errors, ...(results.length === 0 ? {} : { results }) }),
    isError: true,
  };
}

/** A line that is no JSON is told as it is. What is too long ends with a whole line, and says that it was cut. */
function lines(text: string): unknown[] {
  const isCut = text.length > LONGEST;
  const whole = text.slice(0, LONGEST).split('\n');
  const found = (isCut ? whole.slice(0, -1) : whole)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      try {
        return JSON.parse(line) as unknown;
      } catch {
        return line;
      }
    });
  return isCut ? [...found, { cut: `the rest of ${LONGEST} characters and more is left out: ask for less` }] : found;
}

export const mcp: CommandModule<Record<string, never>> = {
  arguments: [],
  options: [],
  details: 'Agents start it; docs/ci.md tells how. Its tools only read: none changes a file or a target.',
  examples: [{ text: 'pipec mcp', does: 'as the server of a coding agent' }],
  run: async (io) => {
    const [{ McpServer }, { StdioServerTransport }, { z }] = await Promise.all([
      import('@modelcontextprotocol/sdk/server/mcp.js'),
      import('@modelcontextprotocol/sdk/server/stdio.js'),
      import('zod'),
    ]);
    const dataset = z.string().describe('a dataset, by its whole name or an end of it that only one has');
    const target = z.string().optional().describe("a target of the project (default: the project's)");
    const server = new McpServer({ name: 'pipec', version: VERSION });
    const tool = (row: {
      readonly name: string;
      readonly description: string;
      readonly input: ZodRawShape;
      readonly command: (given: Readonly<Record<string, unknown>>) => readonly string[];
      readonly answers?: readonly number[];
    }): void => {
      server.registerTool(
        row.name,
        {
          description: row.description,
          inputSchema: row.input,
          annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
        },
        async (given: Readonly<Record<string, unknown>>) =>
          answerOf(await command(io, row.command(given)), row.answers),
      );
    };
    const env = z.string().optional().describe("an environment of the target: 'dev_anna' (default: production's)");
    const at = (given: Readonly<Record<string, unknown>>): string[] =>
      ['target', 'env'].flatMap((key) => (given[key] === undefined ? [] : [`--${key}=${given[key]}`]));
    // After `--` a name is a name, whatever it begins with.
    const named = (given: Readonly<Record<string, unknown>>, key: string): string[] =>
      given[key] === undefined ? [] : ['--', String(given[key])];
    tool({
      name: 'check',
      description: 'Every mistake of the project with its place, code and fix. No results: it has none.',
      input: {},
      command: () => ['check', '--no-cache', '--all'],
      answers: [EXIT.done, EXIT.program],
    });
    tool({
      name: 'explain',
      description: 'What a code of a mistake means, with a wrong and a right program.',
      input: { code: z.string().describe('as `check` gives it: unknown-column') },
      command: (given) => ['explain', ...named(given, 'code')],
    });
    tool({
      name: 'lineage',
      description: 'Where the values of each column come from, and what only decides over them.',
      input: { name: z.string().optional().describe('a dataset or a column; all where it is left out') },
      command: (given) => ['lineage', ...named(given, 'name')],
    });
    tool({
      name: 'sql',
      description: 'The statement that a table is built by.',
      input: { dataset, target, env },
      command: (given) => ['sql', ...at(given), ...named(given, 'dataset')],
    });
    tool({
      name: 'status',
      description: 'What a target holds of each dataset, what is due, and what is missing.',
      input: { dataset: dataset.optional(), target, env },
      command: (given) => ['status', ...at(given), ...named(given, 'dataset')],
    });
    tool({
      name: 'plan',
      description:
        'What the program would change in a target: columns, whom it breaks, what is built again, what would be lost.',
      input: { target, env },
      command: (given) => ['plan', ...at(given)],
    });
    tool({
      name: 'diff',
      description:
        'The data of two targets, or of environments of them, compared by key and column by column, with a few rows that differ.',
      input: {
        from: z.string().describe('a target, or an environment of it, `prod/dev_anna`: how the data was'),
        to: z.string().describe('another one: how it is'),
        dataset: dataset.optional(),
      },
      command: (given) => [
        'diff',
        '--',
        ...['from', 'to', 'dataset'].flatMap((key) => (given[key] === undefined ? [] : [String(given[key])])),
      ],
      // That something differs is an answer.
      answers: [EXIT.done, EXIT.check],
    });
    await server.connect(new StdioServerTransport());
    return await new Promise((resolve) => {
      server.server.onclose = () => resolve(EXIT.done);
      process.stdin.once('end', () => resolve(EXIT.done));
    });
  },
};

function command(io: Io, args: readonly string[]): Promise<Ended> {
  const [name = '', ...more] = args;
  const main = process.argv[1] ?? fileURLToPath(import.meta.url);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, '--project', io.folder, name, '--json', ...more], {
      env: { ...io.environment, FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (out.length <= LONGEST) out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (err.length <= LONGEST) err += text;
    });
    child.once('error', (failure) => resolve({ code: EXIT.internal, out, err: failure.message }));
    child.once('close', (code) => resolve({ code, out, err }));
  });
}
