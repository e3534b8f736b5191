/** How the graph's plane is looked at: a point of the plane (x, y) is on the screen at (x · scale + left, y · scale + top). */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Flow {
  readonly from: string;
  readonly to: string;
}

export interface Camera {
  readonly left: number;
  readonly top: number;
  readonly scale: number;
}

export const NEAREST = 2;
export const FARTHEST = 0.05;
const MARGIN = 24;

export const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

export function around(rects: Iterable<Rect>): Rect {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, width, height } of rects) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  return left > right
    ? { x: 0, y: 0, width: 0, height: 0 }
    : { x: left, y: top, width: right - left, height: bottom - top };
}

/** Everything at once, never larger than life. */
export function fitted(whole: Rect, screen: Size): Camera {
  const across = (screen.width - 2 * MARGIN) / Math.max(1, whole.width);
  const down = (screen.height - 2 * MARGIN) / Math.max(1, whole.height);
  return centred(whole, screen, clamp(Math.min(across, down), FARTHEST, 1));
}

export function centred(rect: Rect, screen: Size, scale: number): Camera {
  return {
    scale,
    left: screen.width / 2 - (rect.x + rect.width / 2) * scale,
    top: screen.height / 2 - (rect.y + rect.height / 2) * scale,
  };
}

/** Nearer or farther, with the point under the pointer where it is. */
export function zoomed(camera: Camera, factor: number, at: { readonly x: number; readonly y: number }): Camera {
  const scale = clamp(camera.scale * factor, FARTHEST, NEAREST);
  const by = scale / camera.scale;
  return { scale, left: at.x - (at.x - camera.left) * by, top: at.y - (at.y - camera.top) * by };
}

export const onScreen = ({ x, y, width, height }: Rect, { left, top, scale }: Camera): Rect => {
  return { x: x * scale + left, y: y * scale + top, width: width * scale, height: height * scale };
};

/** Moves as little as it takes to have the box on the screen. */
export function showing(rect: Rect, camera: Camera, screen: Size): Camera {
  const at = onScreen(rect, camera);
  const shift = (start: number, size: number, room: number): number =>
    size > room - 2 * MARGIN ? MARGIN - start : clamp(start, MARGIN, room - MARGIN - size) - start;
  return {
    ...camera,
    left: camera.left + shift(at.x, at.width, screen.width),
    top: camera.top + shift(at.y, at.height, screen.height),
  };
}

export const touches = (a: Rect, screen: Size, margin: number): boolean =>
  a.x < screen.width + margin && a.x + a.width > -margin && a.y < screen.height + margin && a.y + a.height > -margin;
