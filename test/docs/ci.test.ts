/** The workflows of docs/ci.md: they are YAML of the right shape, and what they call is there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { commands } from '../../compiler/cli/commands.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/ci.md'), 'utf8');
const [github, gitlab] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => parse(text));

/** Each `npx pipec …` of a script is a command with options that it has. */
async function expectToWork(script: readonly string[]): Promise<void> {
  const calls = script.flatMap((line) => /^npx pipec (.*)$/.exec(line)?.[1]?.split(' ') ?? []);
  expect(calls.length).toBeGreaterThan(0);
  for (const line of script) {
    const [name, ...words] = /^npx pipec (.*?)( > [\w.]+)?$/.exec(line)?.[1]?.split(' ') ?? [];
    if (name === undefined) {
      expect(line).toMatch(/^npm ci\b|^(gh pr comment|curl) .*\bplan\.md\b/);
      continue;
    }
    const module = await commands.find((row) => row.name === name)?.load();
    expect(module, line).toBeDefined();
    const known = module?.options.map(({ flags }) => /--[\w-]+/.exec(flags)?.[0]) ?? [];
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(known, line).toContain(flag);
  }
}

test('GitHub Actions', async () => {
  expect(Object.keys(github)).toEqual(['name', 'on', 'permissions', 'jobs']);
  const steps = [...github.jobs.check.steps, ...github.jobs.plan.steps];
  for (const step of steps) expect('run' in step !== 'uses' in step).toBe(true);
  for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^actions\/[\w-]+@v\d+$/);
  await expectToWork(steps.flatMap(({ run }: { readonly run?: string }) => run ?? []));
});

test('GitLab', async () => {
  for (const job of [gitlab.check, gitlab.plan, gitlab.build]) {
    expect(gitlab.stages).toContain(job.stage);
    await expectToWork([...job.before_script, ...job.script]);
  }
});

test('the tools of `pipec mcp` are those that the page names', () => {
  const source = readFileSync(join(import.meta.dirname, '../../compiler/cli/mcp.ts'), 'utf8');
  const tools = [...source.matchAll(/^ {6}name: '(\w+)',$/gm)].map(([, name]) => name);
  expect([...page.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name)).toEqual(tools);
});
