import { expect, test } from 'vitest';
import { CrashProject } from '../support/crash.ts';
import { projectFolder } from '../support/plans.ts';

const POINTS = 20;

test(`a run killed at any of ${POINTS} moments`, { timeout: 300_000 }, async () => {
  const project = new CrashProject(projectFolder());
  const takes = await project.start();
  for (let point = 0; point < POINTS; point++) {
    const after = ((point + Math.random()) / POINTS) * takes;
    expect({ after, wrong: await project.round(after) }).toEqual({ after, wrong: [] });
  }
});
