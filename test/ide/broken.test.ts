/** Whatever is half typed, what is asked at any place of it is answered, or is nothing. */
import { expect, test } from 'vitest';
import { actionsAt } from '../../compiler/ide/actions.ts';
import { flowAt } from '../../compiler/ide/flow.ts';
import { hover } from '../../compiler/ide/hover.ts';
import { definitionAt, highlightsAt, implementationsAt, typeDefinitionAt } from '../../compiler/ide/navigation.ts';
import { renameable } from '../../compiler/ide/rename.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { shop } from '../support/check.ts';
import { fixturesIn } from '../support/fixture.ts';

const NOW = new Date('2026-01-01T12:00:00Z');

/** Numbers that look like chance and are the same every time. */
function* chance(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

const SCRAPS = ['|>', '(', ')', '{', '}', ',', "'", '`', '.', ' as ', ' = ', '*', '$', '\n', '|> where ', 'select '];

test('texts with a piece left out or put in', () => {
  const random = chance(7);
  const next = (below: number): number => Math.floor(random.next().value * below);
  for (const folder of ['hover', 'actions', 'references'])
    for (const { text } of fixturesIn(`ide/${folder}`)) {
      const [program = ''] = text.split('\n=== answer\n');
      const whole = program.replace('$0', '').replace(/^--- .*\n/gm, '');
      const workspace = new Workspace();
      workspace.setFile(shop.path, shop.text);
      for (let tries = 0; tries < 3; tries++) {
        const at = next(whole.length);
        const left = next(6);
        const broken = whole.slice(0, at) + (SCRAPS[next(SCRAPS.length)] ?? '') + whole.slice(at + left);
        workspace.setFile('main.pipe', broken);
        for (let offset = next(11); offset <= broken.length; offset += 11) {
          const asked = [workspace, 'main.pipe', offset] as const;
          try {
            hover(...asked, NOW);
            for (const ask of [definitionAt, typeDefinitionAt, implementationsAt, highlightsAt, renameable, flowAt])
              ask(...asked);
            actionsAt(workspace, 'main.pipe', { start: offset, end: offset });
          } catch (error) {
            expect.fail(`${(error as Error).stack}\nat ${offset} of\n${broken}`);
          }
        }
      }
    }
}, 60_000);
