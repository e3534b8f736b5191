import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { optimize } from '../../compiler/relational/optimize.ts';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { query, queryNames } from '../support/rels.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/sql');

describe('SQL as a person reads it', () => {
  test.each(queryNames)('%s', async (name) => {
    const sql = renderQuery(optimize(query(name)), duckdb, { head: [name] });
    await expect(`${sql}\n`).toMatchFileSnapshot(join(FIXTURES, `${name}.sql`));
  });
});
