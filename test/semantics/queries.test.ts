import { describe } from 'vitest';
import { shop, testCheckFixtures, tpch } from '../support/check.ts';

describe('stages', () => testCheckFixtures('check/stages', [shop]));
describe('expressions', () => testCheckFixtures('check/expressions', [shop]));
describe('half-typed queries', () => testCheckFixtures('check/half-typed', [shop]));
describe('names', () => testCheckFixtures('check/names', [shop]));
describe('lineage', () => testCheckFixtures('check/lineage', [shop]));
describe('TPC-H in pipe syntax, as published', () => testCheckFixtures('check/tpch', [tpch]));
