/** Plans that are kept for the next command: they are of these texts, this compiler and this command line, or there is none. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeptAnswers } from '../../compiler/cli/kept-answers.ts';
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

/** In which the cache is where the test says. */
const environment = () => ({ XDG_CACHE_HOME: home, LOCALAPPDATA: home });
const project = (texts: Readonly<Record<string, string>>, root = tmpdir()) => ({
  root,
  sources: new Map(Object.entries(texts).map(([path, text]) => [path, new SourceFile(path, text)])),
});
const keptOf = (of: ReturnType<typeof project>, asked: unknown = {}, build: string | null = 'one') =>
  new KeptPlans<unknown>(environment(), of, asked, build);

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
    keptOf(project(texts)).write({ plan: 7 }, []);
    expect(keptOf(of, asked, build).read()).toEqual(isThere ? { plan: 7 } : null);
  });

  test('two targets have their own', () => {
    keptOf(project(texts), { target: 'a' }).write(1, []);
    keptOf(project(texts), { target: 'b' }).write(2, []);
    expect(keptOf(project(texts), { target: 'a' }).read()).toBe(1);
  });
});

describe.runIf(process.platform !== 'darwin')('what those outside answered is a part of it', () => {
  const question = { kind: 'function', file: 'steps.ts', name: 'score' } as const;
  const answers = () => new KeptAnswers(environment(), home, 'one');
  const answer = (code: string): void => {
    const text = readFileSync(join(home, 'steps.ts'), 'utf8');
    const files = { 'steps.ts': createHash('sha256').update(text).digest('hex') };
    answers().write(question, { answer: { kind: 'signature', code, takes: [], gives: [] }, files });
  };
  const kept = () => keptOf(project(texts, home));
  const isKept = () => kept().read() !== null;

  test('until it is another, or has to be asked again', () => {
    writeFileSync(join(home, 'steps.ts'), 'one');
    answer('a');
    kept().write(1, [question]);
    expect(isKept()).toBe(true);
    writeFileSync(join(home, 'steps.ts'), 'two');
    expect(isKept()).toBe(false);
    answer('b');
    expect(isKept()).toBe(false);
    kept().write(2, [question]);
    expect(kept().read()).toBe(2);
  });

  test('without one nothing is kept', () => {
    kept().write(1, [question]);
    expect(isKept()).toBe(false);
  });
});

test.each(['customers', 'flights', 'tickets'])('JSON gives a plan back as it was: %s', async (example) => {
  const { workspace, ...opened } = openProject({ folder: join(import.meta.dirname, '..', '..', 'examples', example) });
  await askOutside({ workspace, ...opened }, environment());
  const program = workspace.program();
  if (program === null) throw new Error('the example has an error');
  const plan = planProgram(program, program.project.target, '1.0.0');
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});
