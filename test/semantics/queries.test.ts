import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { testCheckFixtures } from '../support/check.ts';

const shop = {
  path: 'shop.pipe',
  text: readFileSync(join(import.meta.dirname, '../fixtures/check/shop.pipe'), 'utf8'),
};

describe('stages', () => testCheckFixtures('check/stages', [shop]));
describe('expressions', () => testCheckFixtures('check/expressions', [shop]));
describe('names', () => testCheckFixtures('check/names', [shop]));
describe('lineage', () => testCheckFixtures('check/lineage', [shop]));
