/** The candidate that a misspelt word was probably meant to be, or null. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const written = word.toLowerCase();
  let best: string | null = null;
  // A third of the letters may be wrong; a swap of neighbours counts as one. Not all of them, or one letter would mean any other.
  let least = Math.min(Math.floor(Math.max(written.length, 3) / 3) + 1, Math.max(1, written.length));
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - written.length) >= least) continue;
    const distance = editDistance(written, candidate.toLowerCase());
    // Of a single letter nothing is left where it is another one.
    if (distance < least && distance < Math.max(written.length, candidate.length)) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, beforeLast[j - 2]! + 1);
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
