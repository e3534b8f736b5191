import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { testCheckFixtures } from '../support/check.ts';

const shop = {
  path: 'layers.pipe',
  text: readFileSync(join(import.meta.dirname, '../fixtures/check/layers.pipe'), 'utf8'),
};

describe('declarations', () => testCheckFixtures('check/declarations', [shop]));
describe('lints', () => testCheckFixtures('check/lint', [shop]));
/** Whole projects: nothing is given to them. */
describe('projects', () => testCheckFixtures('check/projects'));
