/** Code frames hold whatever text and width: no line wider than the terminal, marks below what they mark, nothing that moves the cursor. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Diagnostic, Place } from '../../compiler/diagnostics/diagnostic.ts';
import {
  jsonDiagnostic,
  type Locate,
  renderDiagnostic,
  renderDiagnostics,
  summary,
} from '../../compiler/diagnostics/render.ts';
import { style } from '../../compiler/diagnostics/style.ts';
import { cells, clip, padEnd, padStart, textWidth, wrap } from '../../compiler/diagnostics/text-width.ts';
import { SourceFile } from '../../compiler/syntax/source.ts';

const plain = (width: number, unicode = true) => style({ width, colour: false, unicode });

function place(file: string, start: number, end: number): Place {
  return { file, declaration: null, start, end };
}

function found(at: Place, more: Partial<Diagnostic> = {}): Diagnostic {
  return {
    code: 'unknown-column',
    severity: 'error',
    message: 'there is no column `x` here',
    place: at,
    label: null,
    related: [],
    fixes: [],
    notes: [],
    ...more,
  };
}

function frame(text: string, marked: string, width = 100, more: Partial<Diagnostic> = {}): string[] {
  const source = new SourceFile('a.pipe', text);
  const start = text.indexOf(marked);
  const locate: Locate = (at) => ({ source, start: at.start, end: at.end });
  return renderDiagnostic(
    found(place('a.pipe', start, start + marked.length), more),
    locate,
    plain(width),
    false,
  ).split('\n');
}

/** Letters of one and two cells, marks that take none, tabs, and what must not reach a terminal. */
const character = fc.constantFrom(
  'a',
  'b',
  ' ',
  '.',
  '|',
  '日',
  '本',
  'é',
  'e\u0301',
  '😀',
  '👩‍👩‍👧',
  '\t',
  '\u001b',
  '\u202e',
  '\u0000',
);
const line = fc.array(character, { maxLength: 200 }).map((all) => all.join(''));
const text = fc.array(line, { minLength: 1, maxLength: 12 }).map((lines) => lines.join('\n'));
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what it is for.
const dangerous = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

describe('any text, any span, any width', () => {
  const cases = fc.record({
    text,
    from: fc.nat(400),
    length: fc.nat(60),
    other: fc.nat(400),
    width: fc.integer({ min: 40, max: 120 }),
    label: fc.option(
      line.filter((label) => !label.includes('\n')),
      { nil: null },
    ),
    unicode: fc.boolean(),
  });

  const rendered = ({
    text: body,
    from,
    length,
    other,
    width,
    label,
    unicode,
  }: Parameters<Parameters<typeof cases.map>[0]>[0]) => {
    const source = new SourceFile('a.pipe', body);
    const start = Math.min(from, body.length);
    const end = Math.min(start + length, body.length);
    const elsewhere = Math.min(other, body.length);
    const locate: Locate = (at) => ({ source, start: at.start, end: at.end });
    const one = found(place('a.pipe', start, end), {
      label,
      related: [
        { place: place('a.pipe', elsewhere, Math.min(elsewhere + 3, body.length)), message: 'it is declared here' },
      ],
      notes: ['its columns: a, b, c'],
      fixes: [{ title: 'replace `x` by `y`', safe: true, edits: [{ place: place('a.pipe', start, end), text: 'y' }] }],
    });
    return { one, locate, text: renderDiagnostic(one, locate, plain(width, unicode)), width };
  };

  test('no line is wider than the terminal, where words allow it', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { text: shown, width } = rendered({ ...input, label: input.label === null ? null : 'did you mean `b`?' });
        for (const row of shown.split('\n')) expect(textWidth(row), row).toBeLessThanOrEqual(width);
      }),
    );
  });

  test('nothing in it moves the cursor or turns the text around', () => {
    fc.assert(
      fc.property(cases, (input) => {
        expect(rendered(input).text).not.toMatch(dangerous);
      }),
    );
  });

  test('as JSON its places are in the text', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { one, locate } = rendered(input);
        const { start, end } = jsonDiagnostic(one, locate);
        const lines = input.text.split(/\r\n|\r|\n/);
        for (const at of [start, end]) {
          expect(at.line).toBeLessThanOrEqual(lines.length);
          expect(at.column).toBeLessThanOrEqual((lines[at.line - 1] ?? '').length + 1);
        }
      }),
    );
  });
});

describe('marks stand below what they mark', () => {
  const under = (rows: readonly string[], sign = '^') => {
    const index = rows.findIndex((row) => row.includes(sign));
    const marks = rows[index] ?? '';
    const before = rows[index - 1] ?? '';
    const from = textWidth(marks.slice(0, marks.indexOf(sign)));
    const to = textWidth(marks.slice(0, marks.lastIndexOf(sign) + 1));
    let column = 0;
    let below = '';
    for (const cell of cells(before)) {
      if (column >= from && column < to) below += cell.text;
      column += cell.width;
    }
    return below;
  };

  test.each([
    ['|> select amuont, b', 'amuont'],
    ['\t|> select\tamuont', 'amuont'],
    ['select "日本語", amuont', 'amuont'],
    ['select "日本語", b', '"日本語"'],
    ['select "👩‍👩‍👧 e\u0301", amuont', 'amuont'],
    [`${'a, '.repeat(100)}amuont${', b'.repeat(100)}`, 'amuont'],
    [`"${'日本'.repeat(100)}", amuont`, 'amuont'],
  ])('text %#', (body, marked) => {
    for (const width of [40, 60, 100]) expect(under(frame(body, marked, width))).toBe(marked);
  });

  test('a span over lines is a bracket on the left, a long one is shown by its ends', () => {
    expect(frame('table a =\n  from b\n  |> where c', 'from b\n  |> where c', 60, { label: 'here' })).toEqual(
      [
        'error[unknown-column]: there is no column `x` here',
        ' ┌─ a.pipe:2:3',
        ' │',
        '1│   table a =',
        '2│ ╭   from b',
        '3│ │   |> where c',
        ' │ ╰────────────^ here',
        ' │',
      ].slice(0, -1),
    );
    const many = Array.from({ length: 30 }, (_, index) => `line${index}`).join('\n');
    const shown = frame(many, many, 60).join('\n');
    expect(shown).toContain('line0');
    expect(shown).not.toContain('line15');
    expect(shown).toContain('line29');
  });
});

test('a code is explained once', () => {
  const source = new SourceFile('a.pipe', 'one two');
  const locate: Locate = (at) => ({ source, start: at.start, end: at.end });
  const all = [
    found(place('a.pipe', 0, 3)),
    found(place('a.pipe', 4, 7)),
    found(place('a.pipe', 0, 3), { code: 'other' }),
  ];
  const shown = renderDiagnostics(all, locate, plain(80));
  expect(shown.match(/more: pipec explain \S+/g)).toEqual([
    'more: pipec explain unknown-column',
    'more: pipec explain other',
  ]);
  expect(summary(all, plain(80))).toBe('3 errors');
  expect(summary([...all, found(place('a.pipe', 0, 1), { severity: 'warning' })], plain(80))).toBe(
    '3 errors, 1 warning',
  );
});

describe('widths of text', () => {
  test('cut and padded text has the width that was asked for', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 1, max: 50 }), (body, width) => {
        const flat = body.replaceAll('\t', ' ');
        expect(textWidth(clip(flat, width))).toBeLessThanOrEqual(width);
        if (textWidth(flat) > width) return;
        expect(textWidth(padEnd(flat, width))).toBe(width);
        expect(textWidth(padStart(flat, width))).toBe(width);
      }),
    );
  });

  test('wrapping loses no word, and no line is longer than its longest word makes it', () => {
    const words = fc.array(fc.stringMatching(/^[a-z日]{1,12}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 24, max: 60 }), (all, width) => {
        const lines = wrap(all.join(' '), width);
        expect(lines.join(' ')).toBe(all.join(' '));
        for (const row of lines) expect(textWidth(row)).toBeLessThanOrEqual(width);
      }),
    );
  });

  test('what fits is left as it is', () => {
    expect(wrap('    indented  twice', 40)).toEqual(['    indented  twice']);
    expect(wrap('one\n  two', 40)).toEqual(['one', '  two']);
  });
});
