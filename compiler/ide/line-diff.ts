/** What differs between two texts, line by line (Myers, "An O(ND) difference algorithm and its variations", 1986). */

/** Lines `from` to `to` (exclusive) of the old text became lines `newFrom` to `newTo` of the new one. */
export interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** More differences than this are one: nobody's cursor finds its place in a text that is another one. */
const MOST_DIFFERENCES = 500;

export function lineHunks(before: readonly string[], after: readonly string[]): readonly Hunk[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let [end, newEnd] = [before.length, after.length];
  while (end > head && newEnd > head && before[end - 1] === after[newEnd - 1]) {
    end -= 1;
    newEnd -= 1;
  }
  if (head === end && head === newEnd) return [];
  const kept = keptLines(before.slice(head, end), after.slice(head, newEnd));
  if (kept === null) return [{ from: head, to: end, newFrom: head, newTo: newEnd }];
  const hunks: Hunk[] = [];
  let [from, newFrom] = [head, head];
  for (const [old, now] of [...kept, [end - head, newEnd - head] as const]) {
    const [to, newTo] = [head + old, head + now];
    if (to > from || newTo > newFrom) hunks.push({ from, to, newFrom, newTo });
    [from, newFrom] = [to + 1, newTo + 1];
  }
  return hunks;
}

/** Pairs of lines that stay, in order; null where more than `MOST_DIFFERENCES` lines would go or come. */
function keptLines(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] | null {
  const most = Math.min(a.length + b.length, MOST_DIFFERENCES);
  /** By diagonal (offset by `most`), the furthest line of `a` that so many differences reach. */
  const reach = new Int32Array(2 * most + 3);
  const steps: Int32Array[] = [];
  for (let differences = 0; differences <= most; differences++) {
    steps.push(reach.slice());
    for (let diagonal = -differences; diagonal <= differences; diagonal += 2) {
      const at = diagonal + most + 1;
      const [below, above] = [reach[at - 1] ?? 0, reach[at + 1] ?? 0];
      let x = diagonal === -differences || (diagonal !== differences && below < above) ? above : below + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1;
      reach[at] = x;
      if (x >= a.length && x - diagonal >= b.length) return traced(steps, a.length, b.length, most);
    }
  }
  return null;
}

/** The way back from the end of both texts. */
function traced(
  steps: readonly Int32Array[],
  length: number,
  newLength: number,
  most: number,
): readonly (readonly [number, number])[] {
  const kept: (readonly [number, number])[] = [];
  let [x, y] = [length, newLength];
  for (let differences = steps.length - 1; differences >= 0; differences--) {
    const reach = steps[differences];
    const diagonal = x - y;
    const at = diagonal + most + 1;
    const [below, above] = [reach?.[at - 1] ?? 0, reach?.[at + 1] ?? 0];
    const isDown = diagonal === -differences || (diagonal !== differences && below < above);
    const start = isDown ? above : below;
    const startY = start - (isDown ? diagonal + 1 : diagonal - 1);
    const [bendX, bendY] = differences === 0 ? [0, 0] : isDown ? [start, startY + 1] : [start + 1, startY];
    while (x > bendX && y > bendY) {
      x -= 1;
      y -= 1;
      kept.push([x, y]);
    }
    [x, y] = [start, startY];
  }
  return kept.reverse();
}
