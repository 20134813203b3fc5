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
  const { data } = image;
  const known = new Map<string, [number, number, number]>();
  const rgb = (hex: string) => {
    let colour = known.get(hex);
    if (!colour) known.set(hex, (colour = parts(hex)));
    return colour;
  };
  const flat = new Map(Object.entries(GROUNDS).map(([ground, hex]) => [ground, rgb(hex)]));
  const crowns = CANOPY.map(([, hex]) => rgb(hex));
  const side = rgb(WALL_SIDE);
  const floors = new Map<unknown, [number, number, number]>();
  const floorAt = (x: number, y: number) => {
    const area = grid.areaAt(x, y);
    let colour = floors.get(area);
    if (!colour) floors.set(area, (colour = rgb(kindOf(grid.kind(x, y)).floor)));
    return colour;
  };
  const colourAt = (x: number, y: number) => {
    const terrain = grid.terrain(x, y);
    if (terrain === "tree") return crowns[Math.floor(hash(x, y, 74) * 3)]!;
    const open = flat.get(grid.ground(x, y));
    return open ?? (terrain === "wall" ? side : floorAt(x, y));
  };
  for (let y = 0, i = 0; y < grid.height; y++) {
    for (let x = 0; x < grid.width; x++, i += 4) {
      const colour = colourAt(x, y);
      const shade = (hash(x, y, 5) - 0.5) * PATCHY;
      data[i] = colour[0] + shade;
      data[i + 1] = colour[1] + shade;
      data[i + 2] = colour[2] + shade;
      data[i + 3] = 255;
    }
  }
  c.putImageData(image, 0, 0);
  return canvas;
}
