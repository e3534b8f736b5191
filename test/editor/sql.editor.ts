/** The SQL beside the text: what says the stage at the cursor is marked, a click goes back, and engines can be changed. */
import { afterAll, expect, test } from 'vitest';
import { bench, closeBrowser, projectFrom, Window } from './window.ts';

afterAll(closeBrowser);

test.skipIf(bench === null)('the SQL follows the cursor, for each engine, and leads back to the stage', async () => {
  const window = await Window.open(projectFrom('flights'), 'pipelines/marts.pipe', '105:8');
  await window.noProblems();
  await window.press('Control+b');
  await window.command('pipec: Show SQL');
  const sql = window.page.locator('.editor-instance').filter({ hasText: 'AS "on_time_percent"' });
  await sql.waitFor();
  const lens = (text: string) => sql.locator('.codelens-decoration a').filter({ hasText: text });
  await lens('ClickHouse').waitFor();
  const tabs = window.page.locator('.tab[data-resource-name*=" · "]');
  await expect.poll(() => tabs.allTextContents()).toEqual(['on_time_ranking · duckdb']);
  await expect.poll(() => sql.locator('.view-overlays [class*="ced-"]').count()).toBeGreaterThan(0);
  await window.picture('sql');

  await lens('PostgreSQL').click();
  await expect.poll(() => sql.textContent()).toContain('date_trunc');
  await expect.poll(() => tabs.allTextContents()).toEqual(['on_time_ranking · postgres']);
  await lens('DuckDB').waitFor();
  await window.picture('sql-postgres');

  // Another dataset, another SQL.
  await window.press('Control+1');
  await window.caret(124, 5);
  const other = window.page.locator('.editor-instance').filter({ hasText: 'marts.state_traffic:' });
  await other.waitFor();
  await expect.poll(() => tabs.allTextContents()).toEqual(['state_traffic · postgres']);

  // A click in it shows the stage.
  await other.locator('.view-line').filter({ hasText: 'GROUP' }).first().click();
  await window.page.locator('.editor-instance').first().locator('.view-overlays [class*="ced-"]').first().waitFor();
  await window.picture('sql-back');
  await window.close();
});
