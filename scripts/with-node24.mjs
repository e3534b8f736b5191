/** Runs a TypeScript file of this checkout on the Node that it brings: `node scripts/with-node24.mjs bench/main.ts …`. */
import { prepare, run } from './ground.mjs';

await prepare();
const { code } = await run('node', ['--disable-warning=ExperimentalWarning', ...process.argv.slice(2)]);
process.exitCode = code;
