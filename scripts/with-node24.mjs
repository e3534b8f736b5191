/**
 * Runs a TypeScript file of this checkout on the Node that it brings: `node scripts/with-node24.mjs bench/main.ts …`, after
 * `--engines` with the engines of the tests, after `--editor` with the editor of the tests.
 */
import { prepare, prepareEditor, prepareEngines, run } from './ground.mjs';

await prepare();
const need = process.argv[2];
if (need === '--engines') await prepareEngines();
if (need === '--editor') await prepareEditor();
const args = process.argv.slice(need === '--engines' || need === '--editor' ? 3 : 2);
const { code } = await run('node', ['--disable-warning=ExperimentalWarning', ...args]);
process.exitCode = code;
