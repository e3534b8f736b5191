/** `pipec explain CODE`: the page of a code, from the table it stands in. */
import { runCodes } from '../../runtime/errors.ts';
import { codes } from '../diagnostics/codes.ts';
import type { CodeRow } from '../diagnostics/diagnostic.ts';
import type { Style } from '../diagnostics/style.ts';
import { clip, padEnd } from '../diagnostics/text-width.ts';
import { closest } from '../semantics/suggest.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION } from './command.ts';
import { commandCodes } from './errors.ts';
import { renderMarkdown } from './markdown.ts';

export interface Page {
  readonly code: string;
  /** Where it comes up: in a program, in a run, or around the command. */
  readonly area: 'program' | 'run' | 'command';
  readonly severity: 'error' | 'warning' | 'info';
  readonly explanation: string;
  readonly example: { readonly wrong: string; readonly right: string | null } | null;
}

export const explain: CommandModule<{ readonly json?: boolean }> = {
  arguments: [{ name: '[code]', help: 'as shown in brackets: error[unknown-column]', completes: 'code' }],
  options: [JSON_OPTION],
  details: 'Without a code, all codes are listed.',
  examples: [
    { text: 'pipec explain unknown-column', does: 'what it means and what to do' },
    { text: 'pipec explain', does: 'all codes' },
  ],
  run: (io, [wanted], { json = false }) => {
    const all = pages();
    if (wanted === undefined) {
      if (json) for (const page of all) io.out.json(page);
      else io.out.line(listing(all, io.out.style));
      return EXIT.done;
    }
    const code = wanted.replace(/^(?:error|warning|info)?\[(.*)\]$/, '$1').toLowerCase();
    const page = all.find((one) => one.code === code);
    if (page === undefined) {
      const meant = closest(
        code,
        all.map((one) => one.code),
      );
      throw new CommandError(
        'unknown-code',
        EXIT.usage,
        `there is no code \`${wanted}\`${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
        ['all codes: pipec explain'],
      );
    }
    if (json) io.out.json(page);
    else io.out.line(render(page, io.out.style));
    return EXIT.done;
  },
};

export function pages(): Page[] {
  const program = Object.entries(codes as Readonly<Record<string, CodeRow<never>>>).map(
    ([code, { severity, explanation, example }]): Page => ({ code, area: 'program', severity, explanation, example }),
  );
  const run = Object.entries(runCodes).map(
    ([code, { explanation }]): Page => ({ code, area: 'run', severity: 'error', explanation, example: null }),
  );
  const command = Object.entries(commandCodes).map(
    ([code, { explanation }]): Page => ({ code, area: 'command', severity: 'error', explanation, example: null }),
  );
  const known = new Set<string>();
  // A code of the program is told first where another table has the same.
  return [...program, ...run, ...command]
    .filter((page) => !known.has(page.code) && known.add(page.code))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}

function listing(all: readonly Page[], style: Style): string {
  const titles = { program: 'In a program', run: 'In a run', command: 'Around the command' } as const;
  const widest = Math.max(...all.map((page) => page.code.length));
  return (Object.keys(titles) as (keyof typeof titles)[])
    .map((area) => {
      const rows = all.filter((page) => page.area === area);
      const lines = rows.map((page) => {
        const sentence = renderFirstSentence(page.explanation);
        return `  ${padEnd(page.code, widest)}  ${style.paint.dim(clip(sentence, Math.max(10, style.width - widest - 4), style.glyphs.ellipsis))}`;
      });
      return `${style.paint.bold(titles[area])}\n${lines.join('\n')}`;
    })
    .join('\n\n');
}

function renderFirstSentence(markdown: string): string {
  const flat = (markdown.split(/\n\s*\n/, 1)[0] ?? '').replace(/\s+/g, ' ').trim();
  return /^.*?[.:](?= |$)/.exec(flat)?.[0] ?? flat;
}

function render(page: Page, style: Style): string {
  const { paint } = style;
  const colour = page.severity === 'error' ? paint.red : page.severity === 'warning' ? paint.yellow : paint.cyan;
  const parts = [paint.bold(colour(`${page.severity}[${page.code}]`)), renderMarkdown(page.explanation, style)];
  if (page.example !== null) {
    parts.push(`${paint.bold('For example, this is wrong:')}\n\n${program(page.example.wrong, style)}`);
    if (page.example.right !== null)
      parts.push(`${paint.bold('and this is right:')}\n\n${program(page.example.right, style)}`);
  }
  return parts.join('\n\n');
}

function program(text: string, style: Style): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `    ${style.paint.cyan(line)}`.trimEnd())
    .join('\n');
}
