/**
 * `npm run demo`: from a clone to rows and a picture. Installs and builds where needed, then types the commands that a
 * person would type in examples/flights and shows what they print.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bold, dim, green, prepare, red, root, run, seconds } from './ground.mjs';

const project = 'examples/flights';
const page = join(root, project, '.pipec', 'run.html');

const began = performance.now();
await prepare();

await pipec('test');
await pipec('build');
await pipec('run', '--full', '--report', '.pipec/run.html');
await pipec('show', 'marts.busiest_routes', '--limit', '10');

const command = `node bin/pipec.mjs -C ${project}`;
console.log(`\n${green('✔')} From two files to fifteen tables ${dim(`(${seconds(began)} in all)`)}`);
if (existsSync(page)) console.log(`\n${bold('Look at it')}, in a browser: ${page}`);
console.log(`
${bold('Your turn')}
  ${command} query "from on_time_ranking |> where place = 1"
  ${command} lineage delay_by_airport
  node ${project}/dist/jobs/flights.mjs run          ${dim('the job as it was built, without pipec')}
  ${dim(`Write dealy for delay in ${project}/pipelines/marts.pipe, then:`)}
  ${command} check`);

/** Streams through: colours and progress are the command's own. The demo ends where a command fails. */
async function pipec(...args) {
  const since = performance.now();
  console.log(`\n${dim(`${project} $`)} ${bold(`pipec ${args.join(' ')}`)}`);
  const { code } = await run('node', [join(root, 'bin', 'pipec.mjs'), ...args], { cwd: join(root, project) });
  if (code === 0) return console.log(dim(seconds(since)));
  console.error(`\n${red('The demo stops here')}: \`pipec ${args.join(' ')}\` ended with exit code ${code}.`);
  process.exit(code);
}
