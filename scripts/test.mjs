/**
 * `npm test`: installs and builds where needed, then types, lint, unused code and every test that needs no outside server.
 * The last line is the count. `npm test -- <filter>` runs only the tests whose file matches.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bold, dim, green, prepare, prepareEngines, red, root, run, seconds } from './ground.mjs';

const began = performance.now();
const filters = process.argv.slice(2);
await prepare();
await prepareEngines();

const failed = [];

/** Static checks print only what they found. */
async function check(name, command, args) {
  const since = performance.now();
  const { code, text } = await run(command, args, {
    output: 'keep',
    env: process.stdout.isTTY ? { FORCE_COLOR: '1' } : {},
  });
  console.log(`${code === 0 ? green('✔') : red('✘')} ${name} ${dim(seconds(since))}`);
  if (code !== 0) {
    failed.push(name);
    console.log(text.trimEnd());
  }
}

if (filters.length === 0) {
  await Promise.all([
    check('types (tsc)', 'tsc', ['--noEmit']),
    check('types of the report’s page (tsc)', 'tsc', ['-p', 'compiler/emit/report/client']),
    check('types of the page of what runs (tsc)', 'tsc', ['-p', 'compiler/emit/ui/client']),
    check('types of the editor’s views (tsc)', 'tsc', ['-p', 'extension/views']),
    check('lint and format (biome)', 'biome', ['check', '--diagnostic-level=warn', '--error-on-warnings']),
    check('unused code and packages (knip)', 'knip', ['--no-progress']),
  ]);
}

const report = join(root, 'build', 'test-report.json');
mkdirSync(join(root, 'build'), { recursive: true });
rmSync(report, { force: true });
const tests = await run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...filters,
]);
if (tests.code !== 0) failed.push('tests');

const counts = count(report);
if (failed.length > 0) console.log(`\n${red('failed')}: ${failed.join(', ')} ${dim(seconds(began))}`);
else console.log(`\n${bold('all good')} ${dim(seconds(began))}`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = failed.length === 0 && counts.failed === 0 ? 0 : 1;

/** Summed from vitest's report. A file that could not be run at all counts as one failed test. */
function count(file) {
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8')).testResults;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const tests = results.flatMap((result) => result.assertionResults.map((test) => test.status));
  const broken = results.filter(
    (result) => result.status === 'failed' && result.assertionResults.every((test) => test.status !== 'failed'),
  );
  const of = (...statuses) => tests.filter((status) => statuses.includes(status)).length;
  return {
    passed: of('passed'),
    failed: of('failed') + broken.length,
    skipped: of('skipped', 'pending', 'todo', 'disabled'),
  };
}
