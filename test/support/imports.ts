/** Who imports whom: a scan of the import statements of the source files, without a compiler. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface Import {
  /** Path in the repository, with `/`. */
  readonly from: string;
  /** A path in the repository, or the name of a package or of a module of Node. */
  readonly to: string;
  /** `type` is gone at run time; `lazy` is loaded when a call comes to it. */
  readonly kind: 'type' | 'value' | 'lazy';
}

const root = join(import.meta.dirname, '..', '..');

/** The files with this ending in these folders of the repository, in order. */
export function filesIn(folders: readonly string[], ending: string): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (file) => `${folder}/${file.replaceAll('\\', '/')}`,
      ),
    )
    .filter((file) => file.endsWith(ending) && !file.includes('node_modules/'))
    .sort();
}

export function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Statements begin a line in formatted code; what stands in a string or template of a file that writes code does not count. */
const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[\w$*{}\s,]+?\sfrom\s+)?'([^']+)'/gm;
const CALL = /(typeof\s+)?\bimport\(\s*'([^']+)'\s*\)/g;

export function importsOf(file: string, text: string = textOf(file)): Import[] {
  const resolved = (name: string) => (name.startsWith('.') ? posix.join(posix.dirname(file), name) : name);
  return [
    ...Array.from(text.matchAll(STATEMENT), ([, type, name = '']): Import => {
      return { from: file, to: resolved(name), kind: type === undefined ? 'value' : 'type' };
    }),
    ...Array.from(text.matchAll(CALL), ([, type, name = '']): Import => {
      return { from: file, to: resolved(name), kind: type === undefined ? 'lazy' : 'type' };
    }),
  ];
}

/** Groups of files that reach each other, types and lazy imports included; none where there is no cycle. */
export function cycles(imports: readonly Import[]): string[][] {
  const to = new Map<string, string[]>();
  for (const edge of imports) to.set(edge.from, [...(to.get(edge.from) ?? []), edge.to]);
  const found: string[][] = [];
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const lowOf = (file: string) => low.get(file) ?? 0;
  // Tarjan's strongly connected components; the graph is as deep as the house is high, so recursion is fine.
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file) ?? 0);
    stack.push(file);
    for (const next of to.get(file) ?? []) {
      if (!order.has(next)) {
        visit(next);
        low.set(file, Math.min(lowOf(file), lowOf(next)));
      } else if (stack.includes(next)) low.set(file, Math.min(lowOf(file), order.get(next) ?? 0));
    }
    if (lowOf(file) !== order.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1 || to.get(file)?.includes(file)) found.push(group.sort());
  };
  for (const file of to.keys()) if (!order.has(file)) visit(file);
  return found;
}

/** Everything that is loaded with a file: its value imports and theirs; files and packages. */
export function loadedWith(file: string, imports: readonly Import[]): Set<string> {
  const loaded = new Set<string>();
  const open = [file];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const edge of imports) {
      if (edge.from !== at || edge.kind !== 'value' || loaded.has(edge.to)) continue;
      loaded.add(edge.to);
      open.push(edge.to);
    }
  }
  return loaded;
}
