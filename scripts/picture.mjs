/**
 * `npm run docs:picture`: the picture of README.md, taken of the page that a run of examples/flights writes. By hand, where
 * Chromium is installed (`chromium`, or what $CHROMIUM names); nothing else needs it.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, red, root, run } from './ground.mjs';

const project = join(root, 'examples', 'flights');
const page = join(project, '.pipec', 'run.html');
const picture = join(root, 'docs', 'images', 'flights.png');
/** More is slow to load where the page is read. */
const MOST_BYTES = 300_000;

await prepare();
const ran = await run('node', [join(root, 'bin', 'pipec.mjs'), 'run', '--full', '--report', page], { cwd: project });
if (ran.code !== 0) process.exit(ran.code);

mkdirSync(join(root, 'docs', 'images'), { recursive: true });
const { code, text } = await run(
  process.env.CHROMIUM ?? 'chromium',
  [
    '--headless',
    '--no-sandbox',
    '--hide-scrollbars',
    '--force-device-scale-factor=1',
    '--window-size=1240,1180',
    '--virtual-time-budget=2000',
    `--screenshot=${picture}`,
    pathToFileURL(page).href,
  ],
  { output: 'keep' },
);
if (code !== 0) {
  console.error(`${text.trim()}\n${red('no picture')}: Chromium ended with exit code ${code}.`);
  process.exit(1);
}
const { size } = statSync(picture);
console.log(`${picture}  ${Math.round(size / 1000)} kB`);
if (size > MOST_BYTES) {
  console.error(red(`the picture is larger than ${MOST_BYTES / 1000} kB`));
  process.exit(1);
}
