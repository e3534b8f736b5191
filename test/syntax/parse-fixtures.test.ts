import { describe, expect, test } from 'vitest';
import { parseFile } from '../../compiler/syntax/parser.ts';
import { annotate, fixturesIn, parseFixture, updatesFixtures } from '../support/fixture.ts';

describe('syntax errors are reported once each, where they are', () => {
  for (const { name, text, write } of fixturesIn('parse')) {
    test(name, () => {
      const fixture = parseFixture(text);
      const reported = annotate(
        fixture,
        fixture.files.flatMap((file) => parseFile(file).diagnostics),
      );
      if (updatesFixtures) write(reported);
      expect(reported).toBe(updatesFixtures ? reported : text);
    });
  }
});
