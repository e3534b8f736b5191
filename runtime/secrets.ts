/**
 * Texts that are known at run time only: `secret('NAME')` and `env('NAME', default)`. A secret's value goes to the
 * engine and nowhere else: `redact` takes it out of every text that leaves the run. So it does with the password of an
 * address, be it a secret or written into the program.
 */
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { runError } from './errors.ts';
import type { SecretsPlan, SecretText, Text } from './plan.ts';

export interface Texts {
  /** The value of a text that was given to `resolveTexts`. */
  readonly valueOf: (text: Text) => string;
  /** The same value with every secret in it replaced by `***`; walks objects and arrays. */
  readonly redact: <T>(value: T) => T;
}

/**
 * Resolves all texts a run needs before its first task. A command or a folder of files is asked once for each secret.
 * @throws `secret-missing`, `env-missing`
 */
export async function resolveTexts(
  texts: readonly Text[],
  secrets: SecretsPlan,
  folder: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Texts> {
  const known = new Map<string, string>();
  for (const text of texts) {
    if (typeof text === 'string' || 'env' in text || known.has(keyOf(text))) continue;
    known.set(keyOf(text), await readSecret(text.secret, text.found ?? secrets, folder, env));
  }
  const resolved = (text: Text): string => {
    if (typeof text === 'string') return text;
    if ('env' in text) {
      const value = env[text.env] ?? text.fallback;
      if (value === null) throw runError('env-missing', { name: text.env });
      return value;
    }
    const value = known.get(keyOf(text));
    if (value === undefined) throw runError('internal', { why: `the secret ${text.secret} was not resolved` });
    return value;
  };
  const passwords = texts.flatMap((text) => passwordsIn(resolved(text)));
  return { valueOf: resolved, redact: redactor([...known.values(), ...passwords]) };
}

/** Two targets may have secrets of one name in two places. */
const keyOf = ({ secret, found }: SecretText): string => JSON.stringify([secret, found ?? null]);

async function readSecret(
  name: string,
  plan: SecretsPlan,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  switch (plan.kind) {
    case 'env': {
      const value = env[name];
      if (value === undefined) throw runError('secret-missing', { name, where: 'environment' });
      return value;
    }
    case 'file': {
      const directory = isAbsolute(plan.directory) ? plan.directory : join(folder, plan.directory);
      try {
        return trimEnd(await readFile(join(directory, name), 'utf8'));
      } catch {
        throw runError('secret-missing', { name, where: `no readable file in ${plan.directory}` });
      }
    }
    case 'command': {
      const [program = '', ...given] = plan.command;
      // Most runs start no process, and are not to wait for what could.
      const { execFile } = await import('node:child_process');
      return await new Promise((resolve, reject) => {
        // No shell: the name is one argument whatever is in it.
        execFile(program, [...given, name], { cwd: folder, timeout: 30_000 }, (failure, stdout) => {
          if (failure) reject(runError('secret-missing', { name, where: `\`${program}\` failed` }));
          else resolve(trimEnd(stdout));
        });
      });
    }
  }
}

function trimEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/**
 * What of an address is a password, as it is written and as it is meant. One that is also another word of the address, as in
 * `postgres://postgres:postgres@localhost`, is only one where it stands as such: else every such word would go.
 */
export function passwordsIn(text: string): readonly string[] {
  const url = URL.parse(text);
  if (url === null) return [];
  // As written: `URL` writes some characters anew.
  const [, written = ''] = /^[^/]*\/\/[^:@/?#]*:(.*)@/.exec(text) ?? [];
  const inQuery = [...url.searchParams].flatMap(([name, value]) =>
    /password|secret|token/i.test(name) ? [value] : [],
  );
  const words = new Set([
    url.protocol.slice(0, -1),
    ...url.hostname.split('.'),
    ...url.pathname.split('/'),
    url.username,
  ]);
  return [written, url.password, decoded(url.password), ...inQuery]
    .filter((password) => password !== '')
    .map((password) => (words.has(password) ? `:${password}@` : password));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Replaces secrets, and the forms in which they come back in messages: in a URL, in an SQL literal, in JSON. */
function redactor(values: readonly string[]): <T>(value: T) => T {
  const forms = new Set<string>();
  for (const value of values) {
    if (value === '') continue;
    forms.add(value);
    forms.add(encodeURIComponent(value));
    forms.add(value.replaceAll("'", "''"));
    forms.add(JSON.stringify(value).slice(1, -1));
    for (const line of value.split(/\r?\n/)) if (line.length > 3) forms.add(line);
  }
  // Longest first, so that a form that holds another goes as a whole.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  if (ordered.length === 0) return (value) => value;
  const clean = (text: string) => ordered.reduce((left, form) => left.replaceAll(form, '***'), text);
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value);
    if (Array.isArray(value)) return value.map(walk);
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), walk(inner)]));
    }
    return value;
  };
  return <T>(value: T) => walk(value) as T;
}
