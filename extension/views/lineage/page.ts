/**
 * Draws the lineage graph and moves over it. Lines are painted, boxes are elements as long as they are near enough to be
 * read and on the screen. When the text changes, the box in the middle stays where it is and the others move to their places.
 */
import type { LineageGraph } from '../../server/protocol.ts';
import { connect, h } from '../page.ts';
import {
  around,
  type Camera,
  centred,
  clamp,
  fitted,
  onScreen,
  type Rect,
  type Size,
  showing,
  touches,
  zoomed,
} from './camera.ts';
import type { FromPage, Shown, ToPage } from './messages.ts';
import { type Box, boxesOf, counted, isOpen, type Opened } from './model.ts';
import { cardOf, setCurrent } from './page/card.ts';
import { Layout, type Placed } from './page/layout.ts';
import { mapCamera, Painter, type Scene, textMeasure } from './page/painter.ts';
import { toolbar } from './page/toolbar.ts';

/** Below this, names of columns cannot be read, and boxes are painted. */
const READABLE = 0.4;
/** A whole graph is shown at once as long as it is not smaller than this. */
const SMALLEST_FIT = 0.42;
const MOVE_MS = 180;
const isStill = matchMedia('(prefers-reduced-motion: reduce)');

const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : '';
const layout = new Layout(new URL('elk-worker.js', script).href);

const root = document.querySelector('#root') ?? document.body;
const canvas = document.createElement('canvas');
const map = document.createElement('canvas');
canvas.setAttribute('aria-hidden', 'true');
map.setAttribute('aria-hidden', 'true');
map.className = 'map';
const world = h('div', { class: 'world' });
const note = h('div', { class: 'note', hidden: true });
const stage = h(
  'div',
  { class: 'stage', tabindex: 0, role: 'group', 'aria-label': 'Lineage graph. Arrow keys go along the lines.' },
  canvas,
  world,
  note,
  map,
);
const status = h('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
const head = h('header');
root.append(head, stage, status);
const painter = new Painter(canvas, map);

let graph: LineageGraph | null = null;
let shown: Shown | null = null;
let opened: Opened = { all: false, turned: new Set(), whole: new Set() };
let boxes: ReadonlyMap<string, Box> = new Map();
let places: ReadonlyMap<string, Rect> = new Map();
let bends: Placed['bends'] = new Map();
const measure = textMeasure();
let camera: Camera = { left: 0, top: 0, scale: 1 };
/** The box that keys act on. */
let current: string | null = null;
/** Under the pointer or the keyboard: its neighbours are lit. */
let pointed: string | null = null;
let cards = new Map<string, { readonly box: Box; readonly state: string; readonly element: HTMLElement }>();
let laidOut = 0;
let moving: (() => void) | null = null;

const send = connect<ToPage, FromPage>((message) => {
  if (message.is === 'nothing') {
    graph = null;
    say('No graph', message.why);
    return;
  }
  void take(message.graph, message.shown);
});

async function take(next: LineageGraph, nextShown: Shown): Promise<void> {
  const before = { shown, graph };
  graph = next;
  shown = nextShown;
  if (nextShown.around !== null && nextShown.around !== before.shown?.around) {
    // The one that is looked at shows its columns.
    opened = { all: opened.all, turned: opened.all ? new Set() : new Set([nextShown.around]), whole: new Set() };
    current = nextShown.around;
  }
  head.replaceChildren(toolbar(next, nextShown, opened.all, send, { toggleColumns, zoom, fitAll }));
  if (next.nodes.length === 0) {
    boxes = new Map();
    places = new Map();
    world.replaceChildren();
    cards = new Map();
    draw();
    say(
      next.total === 0 ? 'No datasets yet' : 'This dataset is gone',
      next.total === 0
        ? 'A source or a table that is declared is shown here, with what it reads.'
        : `${nextShown.around ?? ''} is declared nowhere any more.`,
    );
    return;
  }
  note.hidden = true;
  await arrange(before.shown === null || before.graph?.nodes.length === 0, nextShown.around !== before.shown?.around);
  announce(next, nextShown);
}

function say(title: string, why: string): void {
  note.hidden = false;
  note.replaceChildren(h('h2', {}, title), h('p', { class: 'quiet' }, why));
  status.textContent = `${title}. ${why}`;
}

function announce({ nodes, path }: LineageGraph, { around: middle, column }: Shown): void {
  status.textContent =
    column !== null && path !== null
      ? `${column.dataset}.${column.column}: ${counted(path.columns.length - 1, 'other column')} on its path`
      : `${middle ?? 'The project'}: ${counted(nodes.length, 'box')}`;
}

/** Lays out anew and moves there. */
async function arrange(isFirst: boolean, isOther: boolean): Promise<void> {
  if (graph === null) return;
  laidOut += 1;
  const own = laidOut;
  const nextBoxes = boxesOf(graph, opened, measure);
  const sizes = new Map([...nextBoxes].map(([name, { size }]) => [name, size]));
  stage.setAttribute('aria-busy', 'true');
  const placed = await layout.place(sizes, graph.edges);
  const next = placed.places;
  if (own !== laidOut) return;
  stage.removeAttribute('aria-busy');
  const before = places;
  boxes = nextBoxes;
  if (current === null || !boxes.has(current)) current = shown?.around ?? boxes.keys().next().value ?? null;
  const target = isFirst ? firstCamera(next) : cameraAfter(before, next, isOther);
  move(before, placed, target, isFirst);
}

function firstCamera(next: ReadonlyMap<string, Rect>): Camera {
  const screen = screenSize();
  const all = fitted(around(next.values()), screen);
  const middle = shown?.around == null ? undefined : next.get(shown.around);
  return middle === undefined || all.scale >= SMALLEST_FIT ? all : centred(middle, screen, 0.8);
}

/** The box in the middle, or else the first that stays, keeps its place on the screen. */
function cameraAfter(before: ReadonlyMap<string, Rect>, next: ReadonlyMap<string, Rect>, isOther: boolean): Camera {
  const screen = screenSize();
  const all = fitted(around(next.values()), screen);
  if (isOther) {
    if (all.scale >= SMALLEST_FIT || shown?.around == null) return all;
    const middle = next.get(shown.around);
    return middle === undefined ? all : centred(middle, screen, clamp(camera.scale, SMALLEST_FIT, 1));
  }
  const anchors = [shown?.around ?? null, shown?.column?.dataset ?? null, current, ...next.keys()];
  const anchor = anchors.find((name) => name !== null && before.has(name) && next.has(name));
  const [was, is] = [before.get(anchor ?? ''), next.get(anchor ?? '')];
  if (was === undefined || is === undefined) return all;
  return {
    ...camera,
    left: camera.left + (was.x - is.x) * camera.scale,
    top: camera.top + (was.y - is.y) * camera.scale,
  };
}

function move(
  from: ReadonlyMap<string, Rect>,
  { places: to, bends: next }: Placed,
  target: Camera,
  atOnce: boolean,
): void {
  moving?.();
  const start = performance.now();
  const was = camera;
  // Before and after are on planes of their own: a box is moved as it is seen.
  const step = (share: number): void => {
    const eased = 1 - (1 - share) ** 3;
    const between = (a: number, b: number): number => a + (b - a) * eased;
    camera = {
      scale: between(was.scale, target.scale),
      left: between(was.left, target.left),
      top: between(was.top, target.top),
    };
    places =
      share === 1
        ? to
        : new Map(
            [...to].map(([name, rect]) => {
              const old = from.get(name);
              return [
                name,
                old === undefined ? rect : { ...rect, x: between(old.x, rect.x), y: between(old.y, rect.y) },
              ];
            }),
          );
    bends = share === 1 ? next : new Map();
    draw();
  };
  if (atOnce || isStill.matches || from.size === 0 || to.size > 300) {
    step(1);
    return;
  }
  let handle = requestAnimationFrame(function frame(now) {
    const share = clamp((now - start) / MOVE_MS, 0, 1);
    step(share);
    if (share < 1) handle = requestAnimationFrame(frame);
    else moving = null;
  });
  moving = () => {
    cancelAnimationFrame(handle);
    moving = null;
  };
}

// ---------------------------------------------------------------------------------------------- drawing

const screenSize = (): Size => ({ width: stage.clientWidth, height: stage.clientHeight });

let isDue = false;
function drawSoon(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
}

function draw(): void {
  const screen = screenSize();
  const scene = sceneNow();
  painter.draw(scene, camera, screen);
  world.style.transform = `translate(${camera.left}px, ${camera.top}px) scale(${camera.scale})`;
  mount(scene, screen);
  const whole = around(places.values());
  const at = onScreen(whole, camera);
  const isWhole = at.x >= 0 && at.y >= 0 && at.x + at.width <= screen.width && at.y + at.height <= screen.height;
  map.hidden = isWhole || places.size < 2;
  if (!map.hidden) painter.drawMap(scene, whole, camera, screen);
}

function sceneNow(): Scene {
  const path = graph?.path ?? null;
  const onPath = path === null ? null : new Set(path.columns.map(({ dataset }) => dataset));
  return {
    boxes,
    places,
    flows: graph?.edges ?? [],
    bends,
    path: path?.edges ?? null,
    lit: onPath ?? (pointed === null ? null : neighbours(pointed)),
    current,
    isFar: camera.scale < READABLE,
  };
}

function neighbours(name: string): ReadonlySet<string> {
  return new Set([
    name,
    ...(graph?.edges ?? []).flatMap(({ from, to }) => (from === name ? [to] : to === name ? [from] : [])),
  ]);
}

/** Elements for the boxes that are on the screen, or have the keyboard. */
function mount(scene: Scene, screen: Size): void {
  const wanted = new Map<string, HTMLElement>();
  const kept = new Map<string, { readonly box: Box; readonly state: string; readonly element: HTMLElement }>();
  if (!scene.isFar)
    for (const [name, box] of boxes) {
      const place = places.get(name);
      if (place === undefined || !touches(onScreen(place, camera), screen, 120)) continue;
      const state = stateOf(name);
      const known = cards.get(name);
      const element =
        known !== undefined && known.box === box && known.state === state
          ? known.element
          : cardOf(box, {
              path: graph?.path ?? null,
              isMiddle: name === shown?.around,
              isOpen: isOpen(name, opened),
              reads: scene.flows.filter(({ to }) => to === name).length,
              readers: scene.flows.filter(({ from }) => from === name).length,
              send,
              turn: () => turn(name),
              showAll: () => showAll(name),
            });
      // An element that is pressed must stay until it is let go: these come with every move of the pointer.
      element.classList.toggle('dimmed', scene.lit !== null && !scene.lit.has(name));
      setCurrent(element, name === current);
      element.style.transform = `translate(${place.x}px, ${place.y}px)`;
      element.style.width = `${place.width}px`;
      element.style.height = `${place.height}px`;
      wanted.set(name, element);
      kept.set(name, { box, state, element });
    }
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['key'] : undefined;
  const isSame =
    world.childElementCount === wanted.size &&
    [...wanted.values()].every((each, index) => world.children[index] === each);
  cards = kept;
  if (isSame) return;
  world.replaceChildren(...wanted.values());
  if (focused !== undefined)
    world.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** What an element shows besides its box. */
const stateOf = (name: string): string =>
  JSON.stringify([name === shown?.around, isOpen(name, opened), graph?.path?.of ?? null]);

// ---------------------------------------------------------------------------------------------- what a person does

function toggleColumns(): void {
  opened = { all: !opened.all, turned: new Set(), whole: new Set() };
  if (graph !== null && shown !== null)
    head.replaceChildren(toolbar(graph, shown, opened.all, send, { toggleColumns, zoom, fitAll }));
  void arrange(false, false);
}

function turn(name: string): void {
  const turned = new Set(opened.turned);
  if (!turned.delete(name)) turned.add(name);
  opened = { ...opened, turned };
  void arrange(false, false);
}

function showAll(name: string): void {
  opened = { ...opened, whole: new Set([...opened.whole, name]) };
  void arrange(false, false);
}

function zoom(factor: number): void {
  const { width, height } = screenSize();
  camera = zoomed(camera, factor, { x: width / 2, y: height / 2 });
  drawSoon();
}

function fitAll(): void {
  move(places, { places, bends }, fitted(around(places.values()), screenSize()), false);
}

/** To a box, with the keyboard on it. */
function goTo(name: string): void {
  const place = places.get(name);
  if (place === undefined) return;
  current = name;
  const near = camera.scale < READABLE ? centred(place, screenSize(), 0.8) : camera;
  camera = showing(place, near, screenSize());
  draw();
  world.querySelector<HTMLElement>(`[data-key="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
}

/** The nearest box in a direction: along a line to the sides, within the layer up and down. */
function next(key: string): string | null {
  const at = places.get(current ?? '');
  if (at === undefined || current === null) return boxes.keys().next().value ?? null;
  const y = at.y + at.height / 2;
  const flows = graph?.edges ?? [];
  const candidates =
    key === 'ArrowLeft'
      ? flows.flatMap(({ from, to }) => (to === current && from !== current ? [from] : []))
      : key === 'ArrowRight'
        ? flows.flatMap(({ from, to }) => (from === current && to !== current ? [to] : []))
        : [...places].flatMap(([name, { x, y: top, width, height }]) => {
            const isLayer = x < at.x + at.width && at.x < x + width && name !== current;
            const isThere = key === 'ArrowUp' ? top + height / 2 < y : top + height / 2 > y;
            return isLayer && isThere ? [name] : [];
          });
  const distance = (name: string): number => {
    const place = places.get(name);
    return place === undefined ? Infinity : Math.abs(place.y + place.height / 2 - y);
  };
  return candidates.sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

stage.addEventListener('keydown', (event) => {
  const isColumn = event.target instanceof HTMLElement && event.target.matches('.column');
  switch (event.key) {
    case 'ArrowLeft':
    case 'ArrowRight':
    case 'ArrowUp':
    case 'ArrowDown': {
      const isVertical = event.key === 'ArrowUp' || event.key === 'ArrowDown';
      const sibling =
        isColumn && isVertical && event.target instanceof HTMLElement
          ? event.key === 'ArrowUp'
            ? event.target.previousElementSibling
            : event.target.nextElementSibling
          : null;
      if (sibling instanceof HTMLElement && sibling.matches('.column')) sibling.focus({ preventScroll: true });
      else {
        const name = next(event.key);
        if (name !== null) goTo(name);
      }
      break;
    }
    case 'Escape':
      if (shown?.column == null) return;
      send({ is: 'column', column: null });
      break;
    case '+':
    case '=':
      zoom(1.25);
      break;
    case '-':
      zoom(0.8);
      break;
    case '0':
      fitAll();
      break;
    case '/':
      send({ is: 'search' });
      break;
    case 'c':
      if (current !== null) turn(current);
      break;
    default:
      return;
  }
  event.preventDefault();
});

world.addEventListener('focusin', ({ target }) => {
  const card = target instanceof HTMLElement ? target.closest<HTMLElement>('.card') : null;
  const name = card?.dataset['name'] ?? null;
  if (name === null || name === current) return;
  current = name;
  drawSoon();
});

/** With a pause: crossing a box on the way elsewhere lights nothing. */
let pointing: ReturnType<typeof setTimeout> | undefined;
world.addEventListener('pointerover', ({ target }) => {
  const name = target instanceof Element ? (target.closest<HTMLElement>('.card')?.dataset['name'] ?? null) : null;
  clearTimeout(pointing);
  pointing = setTimeout(() => {
    if (pointed === name) return;
    pointed = name;
    drawSoon();
  }, 120);
});
world.addEventListener('pointerout', () => {
  clearTimeout(pointing);
  pointing = setTimeout(() => {
    if (pointed === null) return;
    pointed = null;
    drawSoon();
  }, 120);
});

stage.addEventListener(
  'wheel',
  (event) => {
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    // Two fingers move, as everywhere; pinching comes as a wheel with Ctrl, and so does a wheel with it.
    if (event.ctrlKey || event.metaKey) camera = zoomed(camera, Math.exp(-event.deltaY * 0.006), at);
    else if (event.deltaMode === 0 && Math.abs(event.deltaX) + Math.abs(event.deltaY) < 50)
      camera = { ...camera, left: camera.left - event.deltaX, top: camera.top - event.deltaY };
    else camera = zoomed(camera, Math.exp(-event.deltaY * 0.0016), at);
    moving?.();
    drawSoon();
  },
  { passive: false },
);

stage.addEventListener('pointerdown', (event) => {
  if (event.target instanceof Element && event.target.closest('.card, .map') !== null) return;
  const start = { x: event.clientX, y: event.clientY, camera };
  let isClick = true;
  const drag = (to: PointerEvent): void => {
    if (Math.abs(to.clientX - start.x) + Math.abs(to.clientY - start.y) > 4) isClick = false;
    camera = {
      ...start.camera,
      left: start.camera.left + to.clientX - start.x,
      top: start.camera.top + to.clientY - start.y,
    };
    drawSoon();
  };
  const end = (to: PointerEvent): void => {
    stage.removeEventListener('pointermove', drag);
    stage.removeEventListener('pointerup', end);
    stage.removeEventListener('pointercancel', end);
    stage.classList.remove('dragged');
    if (isClick) clicked(to);
  };
  moving?.();
  stage.classList.add('dragged');
  stage.setPointerCapture(event.pointerId);
  stage.addEventListener('pointermove', drag);
  stage.addEventListener('pointerup', end);
  stage.addEventListener('pointercancel', end);
});

/** On a box that is painted: nearer to it. On nothing: the path goes out. */
function clicked(event: PointerEvent): void {
  const box = stage.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const hit =
    camera.scale >= READABLE
      ? undefined
      : [...places].find(([, place]) => {
          const at = onScreen(place, camera);
          return x >= at.x && x <= at.x + at.width && y >= at.y && y <= at.y + at.height;
        });
  if (hit !== undefined) goTo(hit[0]);
  else if (shown?.column != null) send({ is: 'column', column: null });
}

map.addEventListener('pointerdown', (event) => {
  const jump = (to: PointerEvent): void => {
    const box = map.getBoundingClientRect();
    const small = mapCamera(around(places.values()), { width: box.width, height: box.height });
    const x = (to.clientX - box.left - small.left) / small.scale;
    const y = (to.clientY - box.top - small.top) / small.scale;
    camera = centred({ x, y, width: 0, height: 0 }, screenSize(), camera.scale);
    drawSoon();
  };
  map.setPointerCapture(event.pointerId);
  map.addEventListener('pointermove', jump);
  map.addEventListener('pointerup', () => map.removeEventListener('pointermove', jump), { once: true });
  jump(event);
});

let wasFitted = false;
new ResizeObserver(() => {
  const screen = screenSize();
  if (!wasFitted && places.size > 0 && screen.width > 0) {
    wasFitted = true;
    camera = firstCamera(places);
  }
  drawSoon();
}).observe(stage);
new MutationObserver(() => {
  painter.forgetColours();
  drawSoon();
}).observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
