/** Names of constants and files in a build. A constant has the dataset's own name where it is free, more of its path where it is not. */

const RESERVED = new Set(
  (
    'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with ' +
    'yield let static await async implements interface package private protected public arguments eval undefined NaN Infinity ' +
    'dag load sql step view etl elt task functions given stores sources contracts queries columns checks assertions'
  ).split(' '),
);

/** One camel-case identifier a qualified name, all different and none of them a word of the file. */
export function constantNames(datasets: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set(RESERVED);
  for (const dataset of datasets) {
    const parts = dataset.split('.');
    let name = '';
    for (let from = parts.length - 1; from >= 0; from--) {
      name = camelCase(parts.slice(from).join('_'));
      if (!taken.has(name) && !taken.has(`${name}Sql`)) break;
    }
    let candidate = name;
    for (let count = 2; taken.has(candidate) || taken.has(`${candidate}Sql`); count++) candidate = `${name}${count}`;
    taken.add(candidate).add(`${candidate}Sql`);
    names.set(dataset, candidate);
  }
  return names;
}

function camelCase(text: string): string {
  const joined = text.replace(/[^A-Za-z0-9$]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase());
  const name = joined.charAt(0).toLowerCase() + joined.slice(1);
  return /^[A-Za-z$]/.test(name) ? name : `_${name}`;
}

/**
 * A name of the program as the name of a file: letters, digits, `_`, `-` and inner dots stay, all else is written `~xx`, so
 * that a back-ticked name never leaves its folder and no two names share a file.
 */
export function fileName(name: string): string {
  const encoded = name.replace(/[^\w.-]|^\.|\.$/gu, (character) =>
    [...new TextEncoder().encode(character)].map((byte) => `~${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  return encoded.replace(/\.(?=\.)/g, '~2e');
}
