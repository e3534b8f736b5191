/**
 * Every program in README.md and docs/ is compiled. What follows `pipe` on its fence says how:
 *
 * - nothing: with the other such blocks of its page it is one project, without errors and warnings;
 * - `shop`: it stands beside the shop of docs/errors/README.md;
 * - `part`: it can be read, but names what is not on the page;
 * - `query`: so can this, as a query;
 * - `wrong`: beside the shop, it has an error.
 *
 * The pages of codes are left to examples.test.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shopBeside } from '../../compiler/diagnostics/example.ts';
import { parseFile, parseQuery } from '../../compiler/syntax/parser.ts';
import { SourceFile } from '../../compiler/syntax/source.ts';
import { checkFiles } from '../../scripts/docs/program.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.md') && !/^docs\/errors\/(?!README)/.test(name)),
].sort();

interface Block {
  readonly line: number;
  readonly how: string;
  readonly text: string;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  return Array.from(text.matchAll(/^```pipe *(.*)\n([\s\S]*?)^```$/gm), (found) => ({
    line: text.slice(0, found.index).split('\n').length,
    how: found[1] ?? '',
    text: found[2] ?? '',
  }));
}

const programs = pages.map((page) => ({ page, blocks: blocksOf(page) })).filter(({ blocks }) => blocks.length > 0);

describe.each(programs)('$page', ({ page, blocks }) => {
  const whole = blocks.filter(({ how }) => how === '');
  if (whole.length > 0)
    test('is a project without mistakes', () => {
      const files = Object.fromEntries(whole.map(({ line, text }) => [`${page}:${line}`, text]));
      expect(checkFiles(files).printed).toBe('');
    });
  for (const { how, line, text } of blocks.filter((block) => block.how !== '')) {
    test(`line ${line}: ${how}`, () => {
      switch (how) {
        case 'shop':
          return expect(checkFiles({ [page]: text, 'shop.pipe': shopBeside(text) }).printed).toBe('');
        case 'wrong':
          return expect(checkFiles({ [page]: text, 'shop.pipe': shopBeside(text) }).printed).toContain('error[');
        case 'part':
          // The parser does not read this yet; it fails here once it does.
          if (text.startsWith('checks of '))
            return expect(parseFile(new SourceFile(page, text)).diagnostics).not.toEqual([]);
          return expect(parseFile(new SourceFile(page, text)).diagnostics).toEqual([]);
        case 'query':
          return expect(parseQuery(text).diagnostics).toEqual([]);
        default:
          throw new Error(`no program is marked \`${how}\``);
      }
    });
  }
});

test('programs are found', () => expect(programs.length).toBeGreaterThan(3));
