/** Plans that are kept for the next command: they are of these texts, this compiler and this command line, or there is none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeptPlans } from '../../compiler/cli/kept-plans.ts';
import { askOutside } from '../../compiler/cli/outside.ts';
import { openProject } from '../../compiler/cli/project.ts';
import { planProgram } from '../../compiler/plan/plan.ts';
import { SourceFile } from '../../compiler/syntax/source.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pipec-plans-'));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const project = (texts: Readonly<Record<string, string>>, root = tmpdir()) => ({
  root,
  sources: new Map(Object.entries(texts).map(([path, text]) => [path, new SourceFile(path, text)])),
});
const keptOf = (of: ReturnType<typeof project>, asked: unknown = {}, build: string | null = 'one') =>
  new KeptPlans<unknown>({ XDG_CACHE_HOME: home, LOCALAPPDATA: home }, of, asked, build);

const texts = { 'a.pipe': 'table a', 'b.pipe': 'table b' };

/** On macOS the folder is that of the person, whatever the environment says. */
describe.runIf(process.platform !== 'darwin')('what was kept', () => {
  test.each([
    ['the same texts', project(texts), {}, 'one', true],
    ['another text', project({ ...texts, 'b.pipe': 'table c' }), {}, 'one', false],
    ['one more file', project({ ...texts, 'c.pipe': '' }), {}, 'one', false],
    ['one file less', project({ 'a.pipe': 'table a' }), {}, 'one', false],
    ['another name', project({ 'a.pipe': 'table a', 'c.pipe': 'table b' }), {}, 'one', false],
    ['a text that goes on where another began', project({ 'a.pipe': 'table a6 b.pipe7 table b' }), {}, 'one', false],
    ['another folder', project(texts, join(tmpdir(), '..')), {}, 'one', false],
    ['another target', project(texts), { target: 'prod' }, 'one', false],
    ['another compiler', project(texts), {}, 'two', false],
    ['a compiler that cannot be told from others', project(texts), {}, null, false],
  ])('%s', (_what, of, asked, build, isThere) => {
    keptOf(project(texts)).write({ plan: 7 });
    expect(keptOf(of, asked, build).read()).toEqual(isThere ? { plan: 7 } : null);
  });

  test('two targets have their own', () => {
    keptOf(project(texts), { target: 'a' }).write(1);
    keptOf(project(texts), { target: 'b' }).write(2);
    expect(keptOf(project(texts), { target: 'a' }).read()).toBe(1);
  });
});

test.each(['customers', 'flights', 'tickets'])('JSON gives a plan back as it was: %s', async (example) => {
  const { workspace, ...opened } = openProject({ folder: join(import.meta.dirname, '..', '..', 'examples', example) });
  await askOutside({ workspace, ...opened }, { XDG_CACHE_HOME: home, LOCALAPPDATA: home });
  const program = workspace.program();
  if (program === null) throw new Error('the example has an error');
  const plan = planProgram(program, program.project.target, '1.0.0');
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});
