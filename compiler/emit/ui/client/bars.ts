/** The last runs of a job as small bars: how long each took, and how it ended. */
import type { RunBar } from '../../../../runtime/web/api.ts';
import { svg } from '../../report/client/dom.ts';
import { type Tone, toneOf } from './words.ts';

const STEP = 4;
const WIDTH = 3;
const HEIGHT = 16;
const PLACES = 30;

/** The newest at the right. One path a tone: a thousand jobs are a few thousand elements. */
export function runBars(runs: readonly RunBar[]): SVGElement {
  const longest = Math.max(1, ...runs.map(([, ms]) => ms ?? 0));
  const paths = new Map<Tone, string>();
  runs.forEach(([status, ms], index) => {
    const tone = toneOf(status);
    const height = ms === null ? HEIGHT : Math.max(3, Math.round(HEIGHT * Math.sqrt(ms / longest)));
    const x = (PLACES - runs.length + index) * STEP;
    paths.set(tone, `${paths.get(tone) ?? ''}M${x} ${HEIGHT}v-${height}h${WIDTH}v${height}z`);
  });
  const [width, height] = [PLACES * STEP, HEIGHT];
  const viewBox = `0 0 ${width} ${height}`;
  const drawing = svg('svg', { class: 'bars', height, viewBox, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  for (const [tone, d] of paths) drawing.append(svg('path', { d, class: tone }));
  return drawing;
}
