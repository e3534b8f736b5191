/** Runs a TypeScript file of this checkout on the Node that it brings: `node scripts/with-node24.mjs bench/main.ts …`, after `--engines` with the engines of the tests. */
import { prepare, prepareEngines, run } from './ground.mjs';

await prepare();
const onEngines = process.argv[2] === '--engines';
if (onEngines) await prepareEngines();
const { code } = await run('node', ['--disable-warning=ExperimentalWarning', ...process.argv.slice(onEngines ? 3 : 2)]);
process.exitCode = code;
