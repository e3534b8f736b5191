/** The graph of the page of what runs: whatever is before whatever, no box lies on another, and lines go to the right. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Flow, HEIGHT, layOut } from '../../compiler/emit/ui/client/layout.ts';

/** Boxes, and flows from earlier ones to later ones. */
const graphs = fc.integer({ min: 0, max: 40 }).chain((count) =>
  fc.record({
    sizes: fc.tuple(
      ...Array.from({ length: count }, (_, index) =>
        fc.record({ id: fc.constant(`t${index}`), width: fc.integer({ min: 40, max: 300 }) }),
      ),
    ),
    flows: fc
      .array(fc.tuple(fc.nat(count + 2), fc.nat(count + 2)), { maxLength: count * 2 })
      .map((pairs) => pairs.map(([a, b]): Flow => ({ from: `t${Math.min(a, b)}`, to: `t${Math.max(a, b)}` }))),
  }),
);

test('no box lies on another, all are within the picture, and each line leads from left to right', () => {
  fc.assert(
    fc.property(graphs, ({ sizes, flows }) => {
      const { width, height, boxes, flows: lines } = layOut(sizes, flows);
      expect(new Set(boxes.map(({ id }) => id))).toEqual(new Set(sizes.map(({ id }) => id)));
      const at = new Map(boxes.map((box) => [box.id, box]));
      for (const [index, a] of boxes.entries()) {
        expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + HEIGHT <= height).toBe(true);
        for (const b of boxes.slice(index + 1))
          expect(
            a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + HEIGHT <= b.y + 0.2 || b.y + HEIGHT <= a.y + 0.2,
          ).toBe(true);
      }
      const known = flows.filter(({ from, to }) => from !== to && at.has(from) && at.has(to));
      expect(lines.map(({ from, to }) => `${from} ${to}`)).toEqual(known.map(({ from, to }) => `${from} ${to}`));
      for (const { from, to, path } of lines) {
        const [a, b] = [at.get(from), at.get(to)];
        const numbers = path.match(/-?[\d.]+/g)?.map(Number) ?? [];
        expect([numbers[0], numbers.at(-2)]).toEqual([(a?.x ?? 0) + (a?.width ?? 0), b?.x]);
        const across = numbers.filter((_, index) => index % 2 === 0);
        expect(across).toEqual([...across].sort((x, y) => x - y));
      }
    }),
  );
});

test('a chain is a straight line, and what would close a circle is left out', () => {
  const sizes = ['a', 'b', 'c'].map((id) => ({ id, width: 100 }));
  const { boxes, flows } = layOut(sizes, [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
  ]);
  expect(new Set(boxes.map(({ y }) => y)).size).toBe(1);
  expect(flows).toHaveLength(2);
  expect(
    layOut(sizes, [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ]).boxes,
  ).toHaveLength(3);
});

test('children stand around their parent, in the order that crosses nothing', () => {
  const sizes = ['p', 'q', 'a', 'b', 'c', 'd'].map((id) => ({ id, width: 100 }));
  const flows = ['q d', 'p a', 'q c', 'p b'].map((pair) => ({ from: pair[0] ?? '', to: pair[2] ?? '' }));
  const y = new Map(layOut(sizes, flows).boxes.map((box) => [box.id, box.y]));
  const of = (id: string): number => y.get(id) ?? Number.NaN;
  expect(of('p') < of('q')).toBe(Math.max(of('a'), of('b')) < Math.min(of('c'), of('d')));
  expect(Math.abs(of('p') - (of('a') + of('b')) / 2)).toBeLessThan(1);
});
