/** The little Markdown that explanations are written in, for a terminal: paragraphs, lists, headings, code. */
import type { Style } from '../diagnostics/style.ts';
import { harmless, wrap } from '../diagnostics/text-width.ts';

/** Ends without a line end. */
export function renderMarkdown(text: string, style: Style): string {
  const { paint } = style;
  const rows: string[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length === 0) return;
    rows.push(...block(paragraph.join(' '), '', style));
    paragraph = [];
  };
  let fenced = false;
  for (const line of text.split(/\r?\n/)) {
    const item = /^(\s*)([-*]|\d+\.) (.*)$/.exec(line);
    const heading = /^#+ (.*)$/.exec(line);
    if (/^\s*```/.test(line)) {
      flush();
      fenced = !fenced;
    } else if (fenced) rows.push(`    ${paint.cyan(harmless(line.replaceAll('\t', '    ')))}`.trimEnd());
    else if (line.trim() === '') {
      flush();
      rows.push('');
    } else if (heading !== null) {
      flush();
      rows.push(paint.bold(inline(heading[1] ?? '', style)));
    } else if (item !== null) {
      flush();
      rows.push(...block(item[3] ?? '', `${item[1] ?? ''}${item[2] ?? ''} `, style));
    } else paragraph.push(line.trim());
  }
  flush();
  return rows
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Wrapped, with what follows the first line indented below it. */
function block(text: string, lead: string, style: Style): string[] {
  const shown = harmless(text.replace(/\[([^\]]*)\]\(([^)]*)\)/g, '$1 ($2)').replaceAll('**', ''));
  const lines = wrap(shown, style.width - lead.length);
  let open = false;
  return lines.map((line, index) => {
    // A code span may go on over the end of a line.
    const painted = inline(open ? `\`${line}` : line, style);
    if ((line.match(/`/g)?.length ?? 0) % 2 === 1) open = !open;
    return `${index === 0 ? lead : ' '.repeat(lead.length)}${painted}`;
  });
}

/** Code spans are coloured; without colours they keep their back-ticks. */
function inline(text: string, style: Style): string {
  if (!style.paint.isColorSupported) return text;
  return text.replace(/`([^`]*)(`|$)/g, (_, code: string) => style.paint.cyan(code));
}
