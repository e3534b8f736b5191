/** The report of a change: what people read on a pull request, whatever the program's names are. */
import fc from 'fast-check';
import { marked, type Token, type Tokens } from 'marked';
import { expect, test } from 'vitest';
import { changeReport, LONGEST_REPORT } from '../../compiler/cli/change-report.ts';
import { fenceFor, markdownWording } from '../../compiler/cli/wording.ts';
import { type DatasetChange, untouched } from '../../runtime/changes.ts';
import type { DatasetDiff } from '../../runtime/diff/diff.ts';
import { program } from '../support/program.ts';

const change = (dataset: string, more: Partial<DatasetChange> = {}): DatasetChange => ({
  ...untouched,
  dataset,
  change: 'changed',
  ...more,
});

const found = (...changes: readonly DatasetChange[]) => ({
  plan: '0123456789ab',
  project: 'shop',
  target: 'prod',
  engine: 'postgres',
  sample: null,
  unchanged: 2,
  changes,
  inProduction: [],
});

const diff = (dataset: string, more: Partial<DatasetDiff> = {}): DatasetDiff => ({
  dataset,
  status: 'different',
  by: ['id'],
  rows: { from: 10, to: 11 },
  changed: 2,
  onlyFrom: 0,
  onlyTo: 1,
  columns: [{ column: 'amount', changed: 2, share: 0.2 }],
  schema: [],
  repeatedKeys: 0,
  samples: [],
  sampled: { from: null, to: null },
  notes: [],
  ...more,
});

const places = { from: 'prod', to: 'ci' };

/** Everything that a reader of Markdown makes of it. */
function tokensOf(markdown: string): readonly Token[] {
  const all: Token[] = [];
  void marked.walkTokens(marked.lexer(markdown, { gfm: true }), (token) => void all.push(token));
  return all;
}

test('what changes, whom it breaks, who reads it, and what is lost', () => {
  const report = changeReport(
    found(
      change('dwh.marts.by_origin', {
        columns: [{ kind: 'renamed', column: 'to', from: 'destination', type: 'string' }],
        breaks: ['board'],
        reaches: ['dwh.marts.busy.destination'],
        work: {
          kind: 'build',
          intervals: null,
          rows: { value: 3000, basis: 'estimated' },
          ms: { value: 1500, basis: 'measured' },
        },
      }),
      change('dwh.core.old', {
        change: 'removed',
        destructive: [{ kind: 'dataset-removed', rows: 5 }],
      }),
    ),
    {
      ...program(),
      exposures: [{ name: 'board', on: ['dwh.marts.by_origin'], owner: 'bi@acme.example', url: null, doc: null }],
    },
    null,
  );
  expect(report).toBe(`## pipec: \`shop\` → \`prod\` (postgres)

**2 of 4 datasets change** · plan \`0123456789ab\` · **breaks 1 exposure** · **destructive for 1 dataset**

> [!CAUTION]
> What would go of \`dwh.core.old\` does not come back by building again. \`pipec apply\` needs \`--allow-destructive\`.

| | dataset | what changes | read by |
|---|---|---|---|
| changed | \`dwh.marts.by_origin\` | column \`destination\` becomes \`to\`<br>breaks: exposure \`board\`<br>reaches: \`dwh.marts.busy.destination\`<br>built again: about 3,000 rows, 1.50 s when last built | exposure \`board\` (\`bi@acme.example\`), \`dwh.marts.busy\` |
| removed | \`dwh.core.old\` | no longer in the program<br>**DESTRUCTIVE**: 5 rows would go |  |
`);
});

test('rows that differ are folded away below the numbers', () => {
  const samples = [
    { from: { id: '1', amount: '2.00' }, to: { id: '1', amount: '3.00' }, differs: ['amount'] },
    { from: null, to: { id: '9', amount: '```' }, differs: [] },
  ];
  const data = { places, found: [diff('dwh.core.flown', { samples }), diff('dwh.marts.busy', { status: 'equal' })] };
  const report = changeReport(found(change('dwh.core.flown')), program(), data);
  expect(report.slice(report.indexOf('### Data'))).toBe(`### Data: \`prod\` → \`ci\`

The data of 1 of 2 datasets differs, that of 1 does not.

**\`dwh.core.flown\`** 10 → 11 rows

- rows: 2 changed (20 %), 0 only in \`prod\`, 1 only in \`ci\`, by \`id\`
  - \`amount\`: 2 rows (20 %)

<details><summary>2 rows of prod and ci</summary>

\`\`\`\`diff
! id 1, amount 2.00 → 3.00
+ id 9, amount \`\`\`
\`\`\`\`

</details>
`);
});

test('nothing that changes is said as well', () => {
  expect(changeReport(found(), program(), { places, found: [] })).toBe(
    '## pipec: `shop` → `prod` (postgres)\n\nThe target has what the program says.\n',
  );
});

const HOSTILE = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('`', '|', '\\', '<', '>', '\n', '\r', ' ', '@', '[', ']', '(', '!', '*', '#', 'a', '&', '$'),
    maxLength: 12,
  }),
  fc.constantFrom(
    '@everyone',
    '<img src=x onerror=alert(1)>',
    '</details>',
    '](javascript:alert(1))',
    '```\n# x',
    '--',
    '`|`',
    '\u202Ex',
  ),
);

test('whatever stands in the names, it is code: no markup, no link, no HTML, no name of a person', () => {
  const OURS = /^<(br|\/?(code|details|summary))>$/;
  fc.assert(
    fc.property(HOSTILE, HOSTILE, HOSTILE, (one, other, third) => {
      const samples = [{ from: null, to: { [one]: other, x: third }, differs: [] }];
      const report = changeReport(
        found(
          change(one, {
            columns: [
              { kind: 'retyped', column: other, type: third, from: one },
              { kind: 'added', column: third, type: one },
            ],
            breaks: [other],
            reaches: [third],
            drift: [other],
            destructive: [{ kind: 'column-removed', column: third, rows: 1 }],
          }),
          change(other, { change: 'inherited', because: [one] }),
        ),
        { ...program(), exposures: [{ name: third, on: [one], owner: other, url: null, doc: null }] },
        {
          places,
          found: [
            diff(one, {
              by: [other],
              samples,
              columns: [{ column: third, changed: 1, share: 1 }],
              schema: [{ column: third, from: one, to: other, compared: false }],
              notes: [other],
            }),
          ],
        },
      );
      const tokens = tokensOf(report);
      expect(
        tokens.filter(({ type }) => type === 'link' || type === 'image' || type === 'em' || type === 'escape'),
      ).toEqual([]);
      const html = tokens.flatMap((token) => (token.type === 'html' ? (token.raw.match(/<[^>]*>/g) ?? []) : []));
      expect(html.filter((tag) => !OURS.test(tag))).toEqual([]);
      const table = tokens.find((token): token is Tokens.Table => token.type === 'table');
      expect(table?.rows.map((cells) => cells.length)).toEqual([4, 4]);
      expect(tokens.filter(({ type }) => type === 'heading').length).toBe(2);
      // Words outside of code are ours.
      const words = tokens.flatMap((token) => (token.type === 'text' && !('tokens' in token) ? [token.raw] : []));
      expect(words.filter((text) => /[@<`\\]/.test(text))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('a name is read again as it was written, in a table too', () => {
  const unescaped = (html: string): string =>
    html.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  const code = (markdown: string): readonly string[] =>
    tokensOf(markdown).flatMap((token) => (token.type === 'codespan' ? [token.text] : []));
  const signs = fc.constantFrom('`', '|', 'a', ' ', '\\', '*', '&', '#');
  fc.assert(
    fc.property(fc.string({ unit: signs, minLength: 1, maxLength: 8 }), (name) => {
      fc.pre(name.trim() === name && !name.includes('  '));
      expect(code(`x ${markdownWording(false).quoted(name)} y`)).toEqual([name]);
      const cell = `| a |\n|---|\n| ${markdownWording(true).quoted(name)} |`;
      if (!name.includes('|')) expect(code(cell)).toEqual([name]);
      else expect(unescaped(/<code>(.*)<\/code>/.exec(cell)?.[1] ?? '')).toBe(name);
      expect(name).not.toContain(fenceFor(name, 1));
    }),
  );
});

test('a report is never longer than a comment may be, and says what it leaves out', () => {
  const many = Array.from({ length: 2000 }, (_, index) => change(`dwh.core.table_number_${index}`));
  const data = { places, found: many.map(({ dataset }) => diff(dataset)) };
  const report = changeReport(found(...many), program(), data);
  expect(report.length).toBeLessThanOrEqual(LONGEST_REPORT);
  const rows = report.split('\n').filter((line) => line.startsWith('| changed')).length;
  expect(report).toContain(`… and ${(4000 - rows).toLocaleString('en-US')} more entries: \`pipec plan\` shows all.`);
  expect(tokensOf(report).filter(({ type }) => type === 'table').length).toBe(1);
  const short = changeReport(found(...many.slice(0, 3)), program(), { places, found: data.found.slice(0, 3) }, 700);
  expect(short.length).toBeLessThanOrEqual(700);
});
