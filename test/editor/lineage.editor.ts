/** The graph beside the text: it follows the cursor and the text, lights the path of a column, and leads to the code. */
import { afterAll, expect, test } from 'vitest';
import { bench, closeBrowser, projectFrom, Window } from './window.ts';

afterAll(closeBrowser);

const THEMES = {
  light: 'Default Light Modern',
  contrast: 'Default High Contrast',
} as const;

test.skipIf(bench === null)(
  'the graph follows the cursor, shows the path of a column, and leads to the code',
  async () => {
    const window = await Window.open(projectFrom('flights'), 'pipelines/marts.pipe', '100:3');
    const { view } = window;
    const card = (name: string) => view.locator(`.card[data-name="${name}"]`);
    await window.noProblems();
    // The side bar gives way, as people do who look at a graph.
    await window.press('Control+b');
    await window.command('pipec: Show Lineage');
    await card('dwh.marts.on_time_ranking').waitFor();
    await card('raw.airports').waitFor();
    // Two steps down: who reads the ranking.
    await card('dwh.marts.ranking_moves').waitFor();
    await expect.poll(() => view.locator('.card.middle .title').textContent()).toBe('on_time_ranking');
    await window.picture('lineage');

    // A column: the boxes on its path stay, the others step back.
    await card('dwh.marts.on_time_ranking').locator('.column').filter({ hasText: 'on_time_percent' }).first().click();
    await view.locator('.column.chosen').waitFor();
    await expect.poll(() => view.locator('.card:not(.dimmed)').count()).toBeGreaterThan(2);
    await card('dwh.core.airport_days').locator('.column.on').first().waitFor();
    await window.picture('lineage-path');

    // The head of a box leads to its declaration, and the graph follows.
    await card('raw.airports').locator('.head').click();
    await window.tab('sources.pipe').waitFor();
    await expect.poll(() => view.locator('.card.middle .title').textContent()).toBe('airports');
    await window.picture('lineage-source');

    // The text changes, and so does the graph.
    await window.press('Control+1');
    await window.goTo('marts.pipe');
    await window.caret(14, 8);
    await expect.poll(() => view.locator('.card.middle .title').textContent()).toBe('busiest_routes');
    await window.press('End');
    await window.caret(14, 7);
    await window.type('very_');
    await expect.poll(() => view.locator('.card.middle .title').textContent()).toBe('very_busiest_routes');
    await window.close();
  },
);

for (const [name, theme] of Object.entries(THEMES))
  test.skipIf(bench === null)(`the whole project, in ${name}`, async () => {
    const window = await Window.open(projectFrom('flights'), 'pipelines/core.pipe', '8:3', {
      'workbench.colorTheme': theme,
    });
    await window.noProblems();
    await window.press('Control+b');
    await window.command('pipec: Show Lineage of Project');
    await window.view.locator('.card[data-name="dwh.core.clean_flights"]').waitFor();
    expect(await window.view.locator('.card').count()).toBe(17);
    await window.picture(`lineage-${name}`);
    const flights = window.view.locator('.card[data-name="raw.flights"]');
    await flights.locator('.turn').click();
    await flights.locator('.column').filter({ hasText: 'delay' }).click();
    await window.view.locator('.column.chosen').waitFor();
    await window.picture(`lineage-path-${name}`);
    await window.close();
  });
