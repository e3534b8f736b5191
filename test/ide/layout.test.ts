/** The formatter's edits give the formatter's text, whatever the text and its line ends, and change nothing that stays. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layout, layoutPart, layoutTyped } from '../../compiler/ide/layout.ts';
import { lineHunks } from '../../compiler/ide/line-diff.ts';
import { applied } from '../../compiler/ide/rename.ts';
import { isCallable } from '../../compiler/semantics/functions/table.ts';
import { format } from '../../compiler/syntax/format.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';

const MESSY = readFileSync(join(import.meta.dirname, '../../examples/flights/pipelines/core.pipe'), 'utf8');

const workspaceOf = (text: string): Workspace => {
  const workspace = new Workspace();
  workspace.setFile('a.pipe', text);
  return workspace;
};
const laidOut = (text: string): string => applied(text, layout(workspaceOf(text), 'a.pipe'));
const expected = (text: string): string => format(text, { isBuiltin: isCallable });

/** A program with spaces, line ends and whole lines that came or went. */
const messed = fc
  .array(fc.tuple(fc.nat(MESSY.length), fc.constantFrom(' ', '\n', '\n\n', '  \n', ';', '// c\n', '(', '}')), {
    maxLength: 8,
  })
  .map((changes) =>
    changes.reduce((text, [at, more]) => text.slice(0, at) + more + text.slice(at), MESSY).replace(/ {2,}/g, ' '),
  );

test('whole files', () => {
  fc.assert(
    fc.property(messed, (text) => {
      expect(laidOut(text)).toBe(expected(text));
      const windows = text.replaceAll('\n', '\r\n');
      if (!text.includes('(')) return;
      expect(laidOut(windows).replaceAll('\r\n', '\n')).toBe(expected(windows).replaceAll('\r\n', '\n'));
    }),
    { numRuns: 60 },
  );
});

test('line ends stay what they are, and what is laid out already is left alone', () => {
  const text = 'enum a { x,y }\r\n\r\nenum b { x, y }\r\n';
  expect(layout(workspaceOf(text), 'a.pipe')).toEqual([{ file: 'a.pipe', start: 11, end: 11, text: ' ' }]);
  expect(laidOut('enum a { x, y }')).toBe('enum a { x, y }\n');
  expect(laidOut('enum a { x, y }\n\n\n')).toBe('enum a { x, y }\n');
  expect(layout(workspaceOf('enum a { x, y }\n'), 'a.pipe')).toEqual([]);
  expect(layout(new Workspace(), 'nowhere.pipe')).toEqual([]);
});

test('a part: the declarations that it touches, with their comments', () => {
  const text = 'enum a { x,y }\n\n/// Of b.\nenum  b { x,y } // behind\nenum c { x,y }\n';
  const at = text.indexOf(' b ');
  const edits = layoutPart(workspaceOf(text), 'a.pipe', { start: at, end: at });
  expect(applied(text, edits)).toBe('enum a { x,y }\n\n/// Of b.\nenum b { x, y }  // behind\nenum c { x,y }\n');
});

test('as one types: a stage stands below the stage before, a brace below its opening line', () => {
  const typed = (text: string) => {
    const offset = text.indexOf('$0');
    const program = text.replace('$0', '');
    return applied(program, layoutTyped(workspaceOf(program), 'a.pipe', offset, program.charAt(offset - 1)));
  };
  expect(typed('table t in d =\n  from a\n      |>$0')).toBe('table t in d =\n  from a\n  |>');
  expect(typed('table t in d =\n  from a\n|>$0\n  |> where x\n')).toBe(
    'table t in d =\n  from a\n  |>\n  |> where x\n',
  );
  expect(typed('table t in d =\n    from a\n    |> where x\n|>$0')).toBe(
    'table t in d =\n    from a\n    |> where x\n    |>',
  );
  expect(typed('table t in d =\n  from a\n  |> join (\n    from b\n    |> where x\n|>$0\n  ) on y\n')).toBe(
    'table t in d =\n  from a\n  |> join (\n    from b\n    |> where x\n    |>\n  ) on y\n',
  );
  expect(typed('type T {\n  a: int64\n  }$0\n')).toBe('type T {\n  a: int64\n}\n');
  expect(typed('table t in d = from a where x |>$0')).toBe('table t in d = from a where x |>');
  expect(typed('|>$0')).toBe('|>');
});

test('hunks turn one list of lines into the other, and no fewer lines could change', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 9 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const hunks = lineHunks(before, after);
      const result = [...before];
      for (const { from, to, newFrom, newTo } of hunks.toReversed())
        result.splice(from, to - from, ...after.slice(newFrom, newTo));
      expect(result).toEqual(after);
      const changed = hunks.reduce((sum, { from, to, newFrom, newTo }) => sum + to - from + newTo - newFrom, 0);
      expect(changed).toBe(before.length + after.length - 2 * commonLines(before, after));
    }),
    { numRuns: 500 },
  );
});

/** Length of the longest common subsequence. */
function commonLines(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0);
  for (const line of a) {
    const next = [0];
    b.forEach((other, at) => {
      next.push(line === other ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
    });
    row = next;
  }
  return row.at(-1) ?? 0;
}
