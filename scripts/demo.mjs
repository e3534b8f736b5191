/**
 * `npm run demo`: from a clone to rows and a picture. Installs and builds where needed, then types the commands that a
 * person would type in examples/flights and shows what they print.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bold, dim, prepare, red, root, run } from './ground.mjs';

const project = 'examples/flights';
/** The table shown at the end, and the page that `pipec build` writes with every dataset, its rows' shape and its lineage. */
const mart = 'marts.delay_by_route';
const page = `${project}/dist/docs/index.html`;

await prepare();

await pipec('test');
await pipec('build');
await pipec('run');
await pipec('show', mart);

if (existsSync(join(root, page))) console.log(`\n${bold('Look at it:')} ${join(root, page)}`);
console.log(
  dim(`\nYour turn: change a file in ${project}/pipelines, then run this again, or \`node bin/pipec.mjs --help\`.`),
);

/** Streams through: colours and progress are the command's own. The demo ends where a command fails. */
async function pipec(...args) {
  console.log(`\n${dim(`${project} $`)} ${bold(`pipec ${args.join(' ')}`)}`);
  const { code } = await run('node', [join(root, 'bin', 'pipec.mjs'), ...args], { cwd: join(root, project) });
  if (code === 0) return;
  console.error(`\n${red('The demo stops here')}: \`pipec ${args.join(' ')}\` ended with exit code ${code}.`);
  process.exit(code);
}
