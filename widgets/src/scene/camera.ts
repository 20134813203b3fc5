// Which part of the map is seen, and how large. Lengths in CSS pixels and tiles; `scale` is pixels a tile.

export interface Camera {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const MAX_SCALE = 64;
const LEAST_SCALE = 0.05;
const SMALLEST = 0.75;

/** The whole map, centred. */
export function wholeMap(map: Size, view: Size, margin = 10): Camera {
  const scale = Math.min((view.width - 2 * margin) / map.width, (view.height - 2 * margin) / map.height);
  return { scale: Math.max(LEAST_SCALE, Math.min(MAX_SCALE, scale)), x: map.width / 2, y: map.height / 2 };
}

/** The nearest camera that still looks at the map; `covered` pixels at the bottom of the view don't count. */
export function clamp(camera: Camera, map: Size, view: Size, covered = 0): Camera {
  const least = wholeMap(map, view).scale * SMALLEST;
  const scale = Math.min(Math.max(MAX_SCALE, least), Math.max(least, camera.scale));
  const axis = (at: number, tiles: number, pixels: number, more = 0) => {
    const half = pixels / scale / 2;
    const margin = Math.min(4, half / 2);
    const low = half - margin;
    const high = tiles - half + margin + more / scale;
    return low > high ? tiles / 2 : Math.min(high, Math.max(low, at));
  };
  return {
    scale,
    x: axis(camera.x, map.width, view.width),
    y: axis(camera.y, map.height, view.height, covered),
  };
}

/** Zooms by `factor` so that what is below (px, py) stays there. */
export function zoomAt(
  camera: Camera,
  view: Size,
  factor: number,
  px: number,
  py: number,
  least: number,
): Camera {
  const scale = Math.min(MAX_SCALE, Math.max(least, camera.scale * factor));
  const [dx, dy] = [px - view.width / 2, py - view.height / 2];
  return {
    scale,
    x: camera.x + dx / camera.scale - dx / scale,
    y: camera.y + dy / camera.scale - dy / scale,
  };
}

export function toScreen(camera: Camera, view: Size, x: number, y: number): [x: number, y: number] {
  return [(x - camera.x) * camera.scale + view.width / 2, (y - camera.y) * camera.scale + view.height / 2];
}

export function toMap(camera: Camera, view: Size, px: number, py: number): [x: number, y: number] {
  return [(px - view.width / 2) / camera.scale + camera.x, (py - view.height / 2) / camera.scale + camera.y];
}
