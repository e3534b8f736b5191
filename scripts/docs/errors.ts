/** A page for each code, as `pipec explain` tells it, with what `pipec check` prints of its example. */
import { type Page, pages } from '../../compiler/cli/explain.ts';
import { shopBeside } from '../../compiler/diagnostics/example.ts';
import { runCodes } from '../../runtime/errors.ts';
import { fence, generated, page, table } from './markdown.ts';
import { checkFiles } from './program.ts';

const AREAS: Readonly<
  Record<Page['area'], { readonly title: string; readonly about: string; readonly page: string; readonly from: string }>
> = {
  program: {
    title: 'In a program',
    about: 'What `pipec check` reports before anything runs.',
    page: 'in a program, reported by `pipec check` before anything runs.',
    from: 'compiler/diagnostics/codes',
  },
  run: {
    title: 'In a run',
    about: 'Why a task, or a whole run, failed. What was published before is still there.',
    page: 'that ends a task or a whole run. What was published before is still there.',
    from: 'runtime/errors.ts',
  },
  command: {
    title: 'Around the command',
    about: 'Files, folders and the command line.',
    page: 'around the command: files, folders, the command line.',
    from: 'compiler/cli/errors.ts',
  },
};

/** Path in the repository → text. */
export function errorPages(): Map<string, string> {
  const all = pages();
  return new Map([
    ['docs/errors/README.md', index(all)],
    ...all.map((each): [string, string] => [`docs/errors/${each.code}.md`, codePage(each)]),
  ]);
}

function index(all: readonly Page[]): string {
  const groups = (Object.keys(AREAS) as Page['area'][]).map((area) => {
    const rows = all
      .filter((each) => each.area === area)
      .map((each) => [`[\`${each.code}\`](${each.code}.md)`, each.severity, firstSentence(each.explanation)]);
    return `## ${AREAS[area].title}\n\n${AREAS[area].about}\n\n${table(['code', '', 'in short'], rows)}`;
  });
  return page(
    generated('the tables of codes'),
    '# Codes',
    'Everything pipec reports has a code, shown in brackets: `error[unknown-column]`. Each has a page here, which `pipec explain unknown-column` shows in the terminal. A code keeps its meaning from version to version, so scripts may go by it; messages may change.',
    ...groups,
    '## The shop of the examples',
    'Each example shows only what it is about. Beside it stand these declarations, without those that the example makes itself:',
    fence('pipe', shopBeside('')),
  );
}

function codePage(each: Page): string {
  const area = AREAS[each.area];
  const severity = each.severity === 'error' ? 'An error' : each.severity === 'warning' ? 'A warning' : 'A hint';
  const retries =
    each.area === 'run' && each.code in runCodes
      ? runCodes[each.code as keyof typeof runCodes].retryable
        ? 'A task that fails with it is tried again, as often as its job says.'
        : 'Trying again would not help, so a task that fails with it is not retried.'
      : null;
  return page(
    generated(area.from),
    `# \`${each.code}\``,
    `${severity} ${area.page}`,
    each.explanation,
    retries,
    ...example(each),
    '---\n\n[All codes](README.md)',
  );
}

function example({ code, example: given }: Page): string[] {
  if (given === null || given.wrong.trim() === '') return [];
  const { found, printed } = checkFiles({ 'example.pipe': given.wrong, 'shop.pipe': shopBeside(given.wrong) });
  const safe = found.some((each) => each.code === code && each.fixes.some((fix) => fix.safe));
  return [
    '## Wrong',
    fence('pipe wrong', given.wrong),
    ...(found.some((each) => each.code === code) ? ['`pipec check` says:', fence('text', printed)] : []),
    ...(given.right === null
      ? []
      : ['## Right', fence('pipe shop', given.right), ...(safe ? ['`pipec check --fix` mends it.'] : [])]),
  ];
}

function firstSentence(markdown: string): string {
  const flat = (markdown.split(/\n\s*\n/, 1)[0] ?? '').replace(/\s+/g, ' ').trim();
  return /^.*?[.:](?= |$)/.exec(flat)?.[0] ?? flat;
}
