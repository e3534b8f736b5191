/**
 * `npm run demo`: from a clone to rows and a picture. Installs and builds where needed, then types the commands that a
 * person would type in examples/flights and shows what they print.
 */
import { join } from 'node:path';
import { bold, dim, prepare, red, root, run } from './ground.mjs';

const project = 'examples/flights';
/** The table shown at the end, and the page about the run: lineage, charts, checks, rows. */
const mart = 'marts.delay_by_route';
const page = '.pipec/run.html';

await prepare();

await pipec('test');
await pipec('build');
await pipec('run', '--report', page);
await pipec('show', mart);

console.log(`\n${bold('Look at it:')} ${join(root, project, page)}`);
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
