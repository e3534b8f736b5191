import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { Sink } from '../../compiler/cli/io.ts';

const terminal = (columns: number, rows: number) =>
  new Sink(Object.assign(new PassThrough(), { isTTY: true, columns, rows }) as unknown as NodeJS.WriteStream, {});

test('a terminal is as wide as it says, and as usual where nobody told it its size', () => {
  expect([terminal(72, 10).style.width, terminal(72, 10).height]).toEqual([72, 10]);
  expect([terminal(0, 0).style.width, terminal(0, 0).height]).toEqual([100, 24]);
});
