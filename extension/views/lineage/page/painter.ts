/**
 * What is drawn rather than built of elements: the lines, the small map, and the boxes where they are too small to be read.
 * A thousand boxes and their lines are drawn in a few milliseconds, and elements are only there for what is near.
 */
import type { ColumnEdge } from '../../../server/protocol.ts';
import { type Camera, type Flow, onScreen, type Point, type Rect, type Size, touches } from '../camera.ts';
import { type Box, HEAD, type Measure, ROW } from '../model.ts';
import { flowKey } from './layout.ts';

export interface Scene {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly places: ReadonlyMap<string, Rect>;
  readonly flows: readonly Flow[];
  /** As laid out; none while boxes are on their way. */
  readonly bends: ReadonlyMap<string, readonly Point[]>;
  readonly path: readonly ColumnEdge[] | null;
  /** Boxes that are not dimmed; null where all are equal. */
  readonly lit: ReadonlySet<string> | null;
  readonly current: string | null;
  /** Boxes are drawn here, as there are no elements for them. */
  readonly isFar: boolean;
}

interface Colours {
  readonly text: string;
  readonly line: string;
  readonly accent: string;
  readonly box: string;
  readonly border: string;
  readonly bad: string;
  readonly layer: (name: string | null) => string;
  readonly font: string;
}

const DIMMED = 0.22;

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #map: HTMLCanvasElement;
  #colours: Colours | null = null;

  constructor(canvas: HTMLCanvasElement, map: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#map = map;
  }

  /** Another theme has other colours. */
  forgetColours(): void {
    this.#colours = null;
  }

  draw(scene: Scene, camera: Camera, screen: Size): void {
    const context = sized(this.#canvas, screen);
    if (context === null) return;
    this.#colours ??= coloursOf(this.#canvas);
    const colours = this.#colours;
    for (const { from, to } of scene.flows) {
      const isLit = scene.lit === null || (scene.lit.has(from) && scene.lit.has(to));
      const isStrong = scene.path === null && scene.lit !== null && isLit;
      const [a, b] = [scene.places.get(from), scene.places.get(to)];
      if (a === undefined || b === undefined) continue;
      context.globalAlpha = isLit && scene.path === null ? 1 : DIMMED;
      context.strokeStyle = isStrong ? colours.accent : colours.line;
      context.lineWidth = isStrong ? 1.75 : 1.25;
      const bends = scene.bends.get(flowKey({ from, to })) ?? [];
      curve(context, headSide(a, 'right'), headSide(b, 'left'), camera, screen, bends, from === to ? a : null);
    }
    context.globalAlpha = 1;
    for (const { from, to, kind } of scene.path ?? []) {
      const [a, b] = [columnSide(scene, from, 'right'), columnSide(scene, to, 'left')];
      if (a === null || b === null) continue;
      context.strokeStyle = context.fillStyle = colours.accent;
      context.lineWidth = kind === 'direct' ? 2 : 1.25;
      context.setLineDash(kind === 'direct' ? [] : [5, 4]);
      curve(context, a, b, camera, screen, [], null);
    }
    context.setLineDash([]);
    if (scene.isFar) this.#boxes(context, scene, camera, screen, colours);
  }

  #boxes(context: CanvasRenderingContext2D, scene: Scene, camera: Camera, screen: Size, colours: Colours): void {
    const size = Math.max(9, Math.min(13, 26 * camera.scale));
    context.font = `${size}px ${colours.font}`;
    context.textBaseline = 'middle';
    for (const [name, box] of scene.boxes) {
      const place = scene.places.get(name);
      if (place === undefined) continue;
      const at = onScreen(place, camera);
      if (!touches(at, screen, 0)) continue;
      const { node } = box;
      context.globalAlpha = scene.lit === null || scene.lit.has(name) ? 1 : DIMMED;
      context.fillStyle = colours.box;
      context.strokeStyle = name === scene.current ? colours.accent : node.errors > 0 ? colours.bad : colours.border;
      context.lineWidth = name === scene.current ? 2 : 1;
      context.beginPath();
      context.roundRect(at.x, at.y, at.width, at.height, Math.min(5, at.height / 4));
      context.fill();
      context.stroke();
      context.fillStyle = colours.layer(node.layer);
      context.fillRect(at.x, at.y, Math.max(1.5, 4 * camera.scale), at.height);
      if (at.width < 44 || at.height < size) continue;
      context.fillStyle = colours.text;
      const room = at.width - 12;
      const letters = Math.floor(room / (size * 0.56));
      const text = box.title.length <= letters ? box.title : `${box.title.slice(0, Math.max(1, letters - 1))}…`;
      context.fillText(text, at.x + 8, at.y + Math.min(at.height, HEAD * camera.scale) / 2, room);
    }
    context.globalAlpha = 1;
  }

  /** All of it, and what of it is on the screen. */
  drawMap(scene: Scene, whole: Rect, camera: Camera, screen: Size): void {
    const size = { width: this.#map.clientWidth, height: this.#map.clientHeight };
    const context = sized(this.#map, size);
    if (context === null) return;
    this.#colours ??= coloursOf(this.#canvas);
    const small = mapCamera(whole, size);
    for (const [name, place] of scene.places) {
      const box = scene.boxes.get(name);
      const at = onScreen(place, small);
      context.globalAlpha = scene.lit === null || scene.lit.has(name) ? 1 : DIMMED;
      context.fillStyle =
        name === scene.current
          ? this.#colours.accent
          : (box?.node.errors ?? 0) > 0
            ? this.#colours.bad
            : this.#colours.layer(box?.node.layer ?? null);
      context.fillRect(at.x, at.y, Math.max(1.5, at.width), Math.max(1.5, at.height));
    }
    context.globalAlpha = 1;
    context.strokeStyle = this.#colours.accent;
    context.lineWidth = 1.5;
    const { left, top, scale } = camera;
    const seen = onScreen(
      { x: -left / scale, y: -top / scale, width: screen.width / scale, height: screen.height / scale },
      small,
    );
    context.strokeRect(seen.x, seen.y, seen.width, seen.height);
  }
}

export function mapCamera(whole: Rect, size: Size): Camera {
  const scale = Math.min((size.width - 8) / Math.max(1, whole.width), (size.height - 8) / Math.max(1, whole.height));
  return {
    scale,
    left: size.width / 2 - (whole.x + whole.width / 2) * scale,
    top: size.height / 2 - (whole.y + whole.height / 2) * scale,
  };
}

const headSide = ({ x, y, width }: Rect, side: 'left' | 'right'): Point => {
  return { x: side === 'left' ? x : x + width, y: y + HEAD / 2 };
};

function columnSide(
  { boxes, places }: Scene,
  { dataset, column }: ColumnEdge['from'],
  side: 'left' | 'right',
): Point | null {
  const [box, place] = [boxes.get(dataset), places.get(dataset)];
  if (box === undefined || place === undefined) return null;
  const row = box.columns.findIndex(({ name }) => name === column);
  const y = row < 0 ? HEAD / 2 : HEAD + (row + 0.5) * ROW;
  return { x: side === 'left' ? place.x : place.x + place.width, y: place.y + y };
}

/** From one side to another, in points of the plane; `around` is a box that reads itself. */
function curve(
  context: CanvasRenderingContext2D,
  from: Point,
  to: Point,
  { left, top, scale }: Camera,
  screen: Size,
  bends: readonly Point[],
  around: Rect | null,
): void {
  const [first, ...rest] = [from, ...bends, to].map(({ x, y }) => ({ x: x * scale + left, y: y * scale + top }));
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return;
  const [xs, ys] = [[first, ...rest].map(({ x }) => x), [first, ...rest].map(({ y }) => y)];
  if (Math.max(...xs) < -80 || Math.min(...xs) > screen.width + 80) return;
  if (Math.max(...ys) < -80 || Math.min(...ys) > screen.height + 80) return;
  context.beginPath();
  context.moveTo(first.x, first.y);
  if (around !== null) {
    const above = around.y * scale + top - 24 * scale;
    context.bezierCurveTo(first.x + 40 * scale, above, last.x - 40 * scale, above, last.x, last.y);
  } else {
    let at = first;
    for (const next of rest) {
      const bend = Math.max(Math.min(20 * scale, Math.abs(next.x - at.x)), Math.abs(next.x - at.x) * 0.45);
      context.bezierCurveTo(at.x + bend, at.y, next.x - bend, next.y, next.x, next.y);
      at = next;
    }
  }
  context.stroke();
  if (scale < 0.3) return;
  // Which way it goes is told by a point at its end.
  const dash = context.getLineDash();
  context.setLineDash([]);
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.moveTo(last.x, last.y);
  context.lineTo(last.x - 7 * scale, last.y - 3.5 * scale);
  context.lineTo(last.x - 7 * scale, last.y + 3.5 * scale);
  context.fill();
  context.setLineDash(dash);
}

/** In CSS pixels, however fine the screen is. */
function sized(canvas: HTMLCanvasElement, { width, height }: Size): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext('2d');
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}

/** Variables may hold other variables: an element is asked what comes of them. */
function coloursOf(canvas: HTMLCanvasElement): Colours {
  const probe = document.createElement('span');
  canvas.after(probe);
  const ask = (variable: string): string => {
    probe.style.color = '';
    probe.style.color = `var(${variable})`;
    return getComputedStyle(probe).color;
  };
  const layers = new Map(['raw', 'core', 'mart'].map((name) => [name, ask(`--layer-${name}`)]));
  const other = ask('--layer-other');
  const colours = {
    text: ask('--vscode-foreground'),
    line: ask('--flow'),
    accent: ask('--accent'),
    box: ask('--box'),
    border: ask('--border'),
    bad: ask('--bad'),
    layer: (name: string | null) => layers.get(name ?? '') ?? other,
    font: getComputedStyle(document.body).fontFamily,
  };
  probe.remove();
  return colours;
}

/** Texts in the font of the page, each measured once. */
export function textMeasure(): Measure {
  const context = document.createElement('canvas').getContext('2d');
  const { fontFamily, fontSize } = getComputedStyle(document.body);
  const mono = getComputedStyle(document.body).getPropertyValue('--vscode-editor-font-family') || 'monospace';
  const size = Number.parseFloat(fontSize);
  const fonts = {
    title: `600 ${size}px ${fontFamily}`,
    about: `${size * 0.85}px ${fontFamily}`,
    name: `${size * 0.92}px ${fontFamily}`,
    type: `${size * 0.92 * 0.88}px ${mono}`,
  };
  const known = new Map<string, number>();
  return (text, style) => {
    const key = `${style} ${text}`;
    let width = known.get(key);
    if (width === undefined) {
      if (context !== null) context.font = fonts[style];
      width = context?.measureText(text).width ?? text.length * 7;
      known.set(key, width);
    }
    return width;
  };
}
