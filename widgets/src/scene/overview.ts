// The map from far away, a pixel a tile: what is seen where houses are smaller than a letter, and until they are painted.

import { type Grid, type Ground, hash } from "./grid";
import { CANOPY, FIELD, GRASS, kindOf, PATH, PLANK, PLAZA, ROAD, SAND, WALL_SIDE, WATER } from "./palette";

const GROUNDS: Record<Exclude<Ground, "indoor">, string> = {
  grass: GRASS,
  water: WATER,
  sand: SAND,
  field: FIELD,
  path: PATH,
  road: ROAD,
  plaza: PLAZA,
  bridge: PLANK,
};
const PATCHY = 9;

const parts = (hex: string): [number, number, number] => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
];

export function paintOverview(grid: Grid): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [grid.width, grid.height];
  const c = canvas.getContext("2d", { alpha: false })!;
  const image = c.createImageData(grid.width, grid.height);
  const known = new Map<string, [number, number, number]>();
  const rgb = (hex: string) => {
    let colour = known.get(hex);
    if (!colour) known.set(hex, (colour = parts(hex)));
    return colour;
  };
  for (let y = 0, i = 0; y < grid.height; y++) {
    for (let x = 0; x < grid.width; x++, i += 4) {
      const ground = grid.ground(x, y);
      let hex: string;
      if (grid.terrain(x, y) === "tree") hex = CANOPY[Math.floor(hash(x, y, 74) * 3)]![1];
      else if (ground !== "indoor") hex = GROUNDS[ground];
      else hex = grid.wall(x, y) ? WALL_SIDE : kindOf(grid.kind(x, y)).floor;
      const [r, g, b] = rgb(hex);
      const shade = (hash(x, y, 5) - 0.5) * PATCHY;
      image.data[i] = r + shade;
      image.data[i + 1] = g + shade;
      image.data[i + 2] = b + shade;
      image.data[i + 3] = 255;
    }
  }
  c.putImageData(image, 0, 0);
  return canvas;
}
