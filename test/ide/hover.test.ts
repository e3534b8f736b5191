import { expect, test } from 'vitest';
import { cronWords, lengthWords, nextRuns } from '../../compiler/ide/hover/schedule.ts';
import { hover } from '../../compiler/ide/hover.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { shop } from '../support/check.ts';
import { fixturesIn } from '../support/fixture.ts';
import { shownPlace, testIdeFixtures } from '../support/ide.ts';

const NOW = new Date('2026-01-01T12:00:00Z');

testIdeFixtures('hover', ({ workspace, file, offset }) => {
  const found = hover(workspace, file, offset, NOW);
  return found === null ? ['nothing'] : [shownPlace(workspace, found.at), '', ...found.markdown.split('\n')];
});

test('a hover at every offset of every example of the language', () => {
  for (const { text } of [...fixturesIn('ide/hover'), ...fixturesIn('ide/references'), { text: shop.text }]) {
    const [program = ''] = text.split('\n=== answer\n');
    const workspace = new Workspace();
    workspace.setFiles([shop, { path: 'main.pipe', text: program.replace('$0', '') }]);
    for (let offset = 0; offset <= program.length; offset++) {
      const found = hover(workspace, 'main.pipe', offset, NOW);
      if (found === null) continue;
      const { start, end } = found.at;
      const isThere = start <= offset && offset <= end && start < end;
      expect([program, offset, found.at, isThere]).toEqual([program, offset, found.at, true]);
      expect(found.markdown).not.toBe('');
    }
  }
});

test('schedules in words', () => {
  const words = {
    '15 4 * * *': 'every day at 04:15',
    '0 3,15 * * *': 'every day at 03:00 and 15:00',
    '*/15 * * * *': 'every 15 minutes',
    '0 * * * *': 'every hour',
    '5 * * * *': 'every hour at minute 5',
    '* * * * *': 'every minute',
    '0 */6 * * *': 'every day at 00:00, 06:00, 12:00 and 18:00',
    '0 */2 * * *': 'every 2 hours',
    '0 8 * * 1-5': 'from Monday to Friday at 08:00',
    '0 8 * * mon,fri': 'on Monday and Friday at 08:00',
    '0 8 1 * *': 'on day 1 of the month at 08:00',
    '0 8 1 1,7 *': 'on day 1 of the month at 08:00 in January and July',
    '0 8 1 * 7': 'on day 1 of the month or on Sunday at 08:00',
    '*/10 9-17 * * *': 'in the hours 9, 10, 11, 12, 13, 14, 15, 16 and 17 every 10 minutes',
  };
  expect(Object.fromEntries(Object.keys(words).map((text) => [text, cronWords(text)]))).toEqual(words);
  expect(cronWords('61 * * * *')).toBeNull();
});

test('the next runs are told by the clocks of the zone', () => {
  expect(nextRuns('15 4 * * *', 'Europe/Berlin', NOW, 2)).toEqual(['Fri 2 Jan 04:15', 'Sat 3 Jan 04:15']);
  expect(nextRuns('0 0 29 2 *', 'UTC', NOW, 1)).toEqual(['Tue 29 Feb 00:00']);
  // Clocks go from 2 to 3 that night: there is no 02:30.
  const before = new Date('2026-03-28T12:00:00Z');
  expect(nextRuns('30 2 * * *', 'Europe/Berlin', before, 2)).toEqual(['Mon 30 Mar 02:30', 'Tue 31 Mar 02:30']);
});

test('lengths in words', () => {
  expect([1, 1500, 60_000, 5_400_000, 93_600_000, 604_800_000].map(lengthWords)).toEqual([
    '1 millisecond',
    '1,500 milliseconds',
    '1 minute',
    '90 minutes',
    '26 hours',
    '7 days',
  ]);
});
