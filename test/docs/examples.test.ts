/** The example of each code: the wrong program is reported once, under that code and no other, the right one not at all. */
import { describe, expect, test } from 'vitest';
import { codes } from '../../compiler/diagnostics/codes.ts';
import type { CodeRow } from '../../compiler/diagnostics/diagnostic.ts';
import { shopBeside } from '../../compiler/diagnostics/example.ts';
import { checkFiles } from '../../scripts/docs/program.ts';

const rows = Object.entries(codes as Readonly<Record<string, CodeRow<never>>>);

/** Codes about what no text can show: a missing project, a file that cannot be read. */
const OUTSIDE = [
  'sql-refused',
  'function-unusable',
  'function-differs',
  'not-verified',
  'no-project',
  'file-not-utf8',
  'file-too-large',
  'file-unreadable',
];

const check = (text: string) =>
  checkFiles({ 'example.pipe': text, 'shop.pipe': shopBeside(text) }).found.map((each) => each.code);

describe.each(rows.filter(([name]) => !OUTSIDE.includes(name)))('%s', (name, { example }) => {
  test('is what the wrong program gives, and nothing else', () => {
    expect(check(example.wrong)).toEqual([name]);
  });
  test('is not in the right program, and nothing else is', () => {
    expect(check(example.right ?? '')).toEqual([]);
  });
});
