/**
 * All datasets with what they read: order, circles, what lies up and down of one, and what a selection covers.
 */

export interface CatalogEntry {
  /** Qualified. */
  readonly name: string;
  readonly kind: 'source' | 'table';
  readonly tags: readonly string[];
  /** Qualified names, each once. */
  readonly reads: readonly string[];
  /** Those that its checks compare it with: they must be there, but may compare themselves with it in turn. */
  readonly compares: readonly string[];
}

export class Catalog {
  readonly #entries: ReadonlyMap<string, CatalogEntry>;
  #readers: Map<string, string[]> | null = null;
  #sorted: {
    readonly order: readonly string[];
    readonly cycles: readonly (readonly string[])[];
    readonly circleOf: ReadonlyMap<string, number>;
  } | null = null;

  constructor(entries: Iterable<CatalogEntry>) {
    const byName = new Map<string, CatalogEntry>();
    for (const entry of entries) if (!byName.has(entry.name)) byName.set(entry.name, entry);
    this.#entries = byName;
  }

  get(name: string): CatalogEntry | undefined {
    return this.#entries.get(name);
  }

  get names(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Full names: each dataset after all it reads, ties by name; members of a circle stand together. */
  get order(): readonly string[] {
    return this.#sort().order;
  }

  /** Circles, each as the path that closes it: the first name is the last again. */
  get cycles(): readonly (readonly string[])[] {
    return this.#sort().cycles;
  }

  /** Which circle it is caught in, by number; undefined where it stands on itself in no way. */
  circleOf(name: string): number | undefined {
    return this.#sort().circleOf.get(name);
  }

  readers(name: string): readonly string[] {
    if (this.#readers === null) {
      this.#readers = new Map();
      for (const entry of this.#entries.values()) {
        for (const read of entry.reads) {
          const list = this.#readers.get(read);
          if (list === undefined) this.#readers.set(read, [entry.name]);
          else list.push(entry.name);
        }
      }
    }
    return this.#readers.get(name) ?? [];
  }

  /** With all that they stand on or are compared with; the given ones included. */
  upstream(names: Iterable<string>): ReadonlySet<string> {
    return this.#reach(names, (name) => {
      const entry = this.#entries.get(name);
      return entry === undefined ? [] : [...entry.reads, ...entry.compares];
    });
  }

  /** With all that stands on them; the given ones included. */
  downstream(names: Iterable<string>): ReadonlySet<string> {
    return this.#reach(names, (name) => this.readers(name));
  }

  tagged(tag: string): readonly string[] {
    return [...this.#entries.values()].filter((entry) => entry.tags.includes(tag)).map((entry) => entry.name);
  }

  /** Datasets below a store or a schema: `raw`, `dwh.core`. */
  below(prefix: string): readonly string[] {
    return [...this.#entries.keys()].filter((name) => name.startsWith(`${prefix}.`));
  }

  /** Those that a name, in whole or from the right, may mean. */
  matching(written: string): readonly string[] {
    if (this.#entries.has(written)) return [written];
    return [...this.#entries.keys()].filter((name) => name.endsWith(`.${written}`));
  }

  #reach(from: Iterable<string>, next: (name: string) => readonly string[]): ReadonlySet<string> {
    const reached = new Set<string>();
    const left = [...from];
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (reached.has(name)) continue;
      reached.add(name);
      left.push(...next(name));
    }
    return reached;
  }

  #sort() {
    this.#sorted ??= sorted(this.#entries);
    return this.#sorted;
  }
}

/**
 * Tarjan's strongly connected components, which come out in dependency order. Without recursion: a chain of ten thousand
 * datasets would overflow the stack.
 */
function sorted(entries: ReadonlyMap<string, CatalogEntry>) {
  const order: string[] = [];
  const cycles: string[][] = [];
  const circleOf = new Map<string, number>();
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const readsOf = (name: string): readonly string[] =>
    (entries.get(name)?.reads ?? []).filter((read) => entries.has(read));
  for (const root of [...entries.keys()].sort()) {
    if (index.has(root)) continue;
    const frames: { readonly name: string; readonly reads: readonly string[]; next: number }[] = [];
    const enter = (name: string): void => {
      index.set(name, index.size);
      low.set(name, index.size - 1);
      open.push(name);
      isOpen.add(name);
      frames.push({ name, reads: readsOf(name), next: 0 });
    };
    enter(root);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const read = frame.reads[frame.next];
      if (read !== undefined) {
        frame.next += 1;
        if (!index.has(read)) enter(read);
        else if (isOpen.has(read)) lower(low, frame.name, index.get(read) ?? 0);
        continue;
      }
      frames.pop();
      const above = frames.at(-1);
      if (above !== undefined) lower(low, above.name, low.get(frame.name) ?? 0);
      if (low.get(frame.name) !== index.get(frame.name)) continue;
      const members = open.splice(open.lastIndexOf(frame.name));
      for (const member of members) isOpen.delete(member);
      order.push(...members.reverse());
      if (members.length === 1 && !readsOf(frame.name).includes(frame.name)) continue;
      for (const member of members) circleOf.set(member, cycles.length);
      cycles.push(shortestCycle(members, readsOf));
    }
  }
  return { order, cycles, circleOf };
}

function lower(low: Map<string, number>, name: string, to: number): void {
  low.set(name, Math.min(low.get(name) ?? to, to));
}

/** The shortest way round from the first member, in the order of names, back to itself. */
function shortestCycle(members: readonly string[], readsOf: (name: string) => readonly string[]): string[] {
  const inside = new Set(members);
  let best: string[] | null = null;
  for (const start of [...members].sort()) {
    const cameFrom = new Map<string, string>();
    const queue = [start];
    for (let at = 0; at < queue.length && !cameFrom.has(start); at += 1) {
      const name = queue[at] ?? start;
      for (const read of readsOf(name)) {
        if (!inside.has(read) || cameFrom.has(read)) continue;
        cameFrom.set(read, name);
        queue.push(read);
      }
    }
    const path = [start];
    for (let name = cameFrom.get(start); name !== undefined && name !== start; name = cameFrom.get(name))
      path.unshift(name);
    const cycle = [start, ...path];
    if (best === null || cycle.length < best.length) best = cycle;
    if (best.length <= 3) break;
  }
  return best ?? [...members];
}
