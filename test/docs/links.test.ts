/** The documentation points at what is there: its links, and the files of the repository that it names. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.md')),
];

/** Without what stands in code. */
const prose = (text: string) => text.replace(/^(`{3,}).*\n[\s\S]*?^\1$/gm, '').replace(/`[^`\n]*`/g, '');

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  test('its links lead somewhere', () => {
    const links = Array.from(prose(text).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g), ([, to = '']) => to);
    const broken = links.filter((to) => !/^https?:/.test(to) && !existsSync(join(root, dirname(page), to)));
    expect(broken).toEqual([]);
  });
  test('the files it names are there', () => {
    const named = Array.from(text.matchAll(/`((?:compiler|runtime|test|scripts|docs|bench|bin)\/[\w./-]+)`/g));
    const gone = named.flatMap(([, path = '']) => (existsSync(join(root, path)) ? [] : [path]));
    expect(gone).toEqual([]);
  });
});
