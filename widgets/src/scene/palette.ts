// Every colour of the scene. Clothes are from the palettes of Okabe & Ito and of Tol, made to be told apart by everybody.

export const GRASS = "#c5d79f";
export const GRASS_LIGHT = "rgba(238, 242, 190, 0.13)";
export const GRASS_DARK = "rgba(110, 150, 90, 0.055)";
export const TUFT = "#a3bd7b";

export const WATER = "#8fc6d8";
export const WATER_DEEP = "#7ab7ce";
export const SHORE = "#dfe0b6";
export const BANK = "#6d9fae";
export const RIPPLE = "rgba(255, 255, 255, 0.55)";

export const SAND = "#f0e3ba";
export const SAND_EDGE = "#dccb96";
export const FIELD = "#dcc891";
export const FIELD_EDGE = "#bfa768";
export const FURROW = "#c8ae72";
export const CROP = ["#9db766", "#b3c47a", "#cdb95f"];
export const PATH = "#eee2c6";
export const PATH_EDGE = "#d2bf95";
export const ROAD = "#d3cec4";
export const ROAD_EDGE = "#b1aa9c";
export const ROAD_LINE = "#f6f2e9";
export const PLAZA = "#e9dfcf";
export const PLAZA_JOINT = "#d3c5ae";
export const PLAZA_SLAB = ["rgba(255,255,255,0.30)", "rgba(190,165,130,0.14)", "rgba(214,180,150,0.16)"];

export const PLANK = "#cfa876";
export const PLANK_LINE = "#a98253";
export const RAIL = "#7d5c38";

export const WALL_TOP = "#fdf9f1";
export const WALL_SIDE = "#c7b39a";
export const WALL_LINE = "#86735d";
export const DOOR = "#a9713f";
export const STEP = "#d8cbb6";
export const SHADOW = "rgba(62, 52, 40, 0.20)";
export const WOOD = "#b5854f";
export const WOOD_TOP = "#d3a772";
export const LINEN = "#f7f1e6";

export const FENCE = "#b08f66";
export const TRUNK = "#8a6844";
export const CANOPY = [
  ["#6f9e5f", "#86b371", "#a3c887"],
  ["#7ba763", "#93ba75", "#b0cd8c"],
  ["#5f9560", "#79ad72", "#9bc68b"],
  ["#8fa553", "#a9bc68", "#c6d184"],
] as const;
export const BUSH = ["#7fae6a", "#9ac282"] as const;
export const PETALS = ["#e5788b", "#f2c14e", "#a98bd0", "#ffffff", "#ee9a5d"];

/** Floor, its second tone, and the colour that labels of this kind wear. */
export const KINDS: Record<string, { floor: string; grain: string; ink: string; tiled: boolean }> = {
  home: { floor: "#edd2aa", grain: "#dfbe8f", ink: "#9a6333", tiled: false },
  work: { floor: "#d9dde3", grain: "#c8ced6", ink: "#4d6283", tiled: true },
  school: { floor: "#f3e2ad", grain: "#e6d091", ink: "#94710f", tiled: false },
  cafe: { floor: "#f4d3bd", grain: "#e9bb9e", ink: "#b0492f", tiled: true },
  shop: { floor: "#dbe5cd", grain: "#c8d6b5", ink: "#3f7a56", tiled: true },
  park: { floor: "#d8dcc0", grain: "#c8cfab", ink: "#417a36", tiled: false },
  square: { floor: "#e9dfcf", grain: "#d9ccb6", ink: "#7a5a99", tiled: true },
  other: { floor: "#e6dac8", grain: "#d8c9b2", ink: "#66605a", tiled: false },
};
export const kindOf = (kind: string) => KINDS[kind] ?? KINDS.other!;

export const CLOTHES = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#d55e00",
  "#56b4e9",
  "#e8d23a",
  "#4a3a9a",
  "#98305f",
  "#44aa99",
  "#8d8d2f",
  "#a94499",
];
export const SKIN = ["#f4d3b5", "#e6b48c", "#c68a5e", "#96623f", "#6f4630"];
export const HAIR = ["#3a2a20", "#1f1b1a", "#6b4526", "#a56a33", "#d8b26a", "#8f8c88", "#7a2f22"];

/** A colour as the night shows it: `share` of the way to `other`. */
export function mix(colour: string, other: string, share: number): string {
  const at = (hex: string, i: number) => Number.parseInt(hex.slice(i, i + 2), 16);
  const part = (i: number) => Math.round(at(colour, i) + (at(other, i) - at(colour, i)) * share);
  return `rgb(${part(1)}, ${part(3)}, ${part(5)})`;
}
