// Small drawings on a grid of 24 × 24, for the canvas and for buttons: no emoji, no icon font.

const PATHS = {
  home: "M4 11l8-7 8 7M6 10v10h12V10M10 20v-6h4v6",
  work: "M4 8h16v11H4zM9 8V5h6v3M4 13h16",
  school: "M2 9l10-5 10 5-10 5zM6 11.5V17c3 3 9 3 12 0v-5.5",
  cafe: "M5 9h11v5a4 4 0 0 1-4 4H9a4 4 0 0 1-4-4zM16 10h2a2.4 2.4 0 0 1 0 5h-2M8.5 3v3M12.5 3v3",
  shop: "M5 8h14l-1 12H6zM9 11V7a3 3 0 0 1 6 0v4",
  park: "M12 21v-7M12 16a5.5 5.5 0 0 1-4-9 4.2 4.2 0 0 1 8 0 5.5 5.5 0 0 1-4 9z",
  square: "M6 21V4h12l-3 4 3 4H6",
  other: "M12 21c4-5 6-8 6-11a6 6 0 0 0-12 0c0 3 2 6 6 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  moon: "M19.5 14.5A8 8 0 1 1 10 4.5a6.5 6.5 0 0 0 9.5 10z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5",
  fork: "M6 3v6a2.5 2.5 0 0 0 5 0V3M8.5 3v18M17 21V3c-3 2-4 7-2 10h2",
  book: "M4 5c3-1 6-1 8 1 2-2 5-2 8-1v13c-3-1-6-1-8 1-2-2-5-2-8-1zM12 6v13",
  leaf: "M5 20C4 9 10 4 20 4c0 11-5 16-13 14M5 20c2-6 6-9 10-11",
  speech: "M4 5h16v11H11l-5 4v-4H4z",
  steps:
    "M9 4c2 0 3 2 2.5 5L11 12H7.5L7 9C6.5 6 7 4 9 4zM7.7 15h3M15.5 10c2 0 3 2 2.5 5l-.5 3H14l-.5-3c-.5-3 0-5 2-5zM14.2 21h3",
  dot: "M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7",
  play: "M7 4.5l12 7.5-12 7.5z",
  pause: "M8 5v14M16 5v14",
  step: "M6 5l9 7-9 7zM19 5v14",
  before: "M17 5l-8 7 8 7zM6 5v14",
  after: "M7 5l8 7-8 7zM18 5v14",
  minute: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3.5 2",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  close: "M6 6l12 12M18 6L6 18",
  trail: "M5 20c6 0 2-7 7-7s2-8 7-9M5 20h.01M19 4h.01",
  picture: "M4 7h4l2-3h4l2 3h4v12H4zM12 10a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8",
  act: "M12 3v9M8 6v9M16 5v8M8 15l-3-3M8 15c0 4 2 6 5 6s6-2 6-6V8",
  ties: "M7 7l10 3M7 9l9 8M6 4a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M19 8a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M18 16a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
  tiles: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  eye: "M2 12c5-7 15-7 20 0-5 7-15 7-20 0zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  key: "M4 6h4M4 12h4M4 18h4M12 6h8M12 12h8M12 18h8",
} as const;

export type Glyph = keyof typeof PATHS;

const KINDS: readonly string[] = ["home", "work", "school", "cafe", "shop", "park", "square"];
export const kindGlyph = (kind: string): Glyph => (KINDS.includes(kind) ? (kind as Glyph) : "other");

// By the stem of the word, so that a model may refine its activities without a change here.
const STEMS: [stem: string, glyph: Glyph][] = [
  ["sleep", "moon"],
  ["walk", "steps"],
  ["wak", "sun"],
  ["eat", "fork"],
  ["work", "work"],
  ["stud", "book"],
  ["shop", "shop"],
  ["relax", "leaf"],
  ["social", "speech"],
  ["talk", "speech"],
  ["home", "home"],
  ["house", "home"],
  ["car", "leaf"],
  ["queue", "minute"],
];
export const activityGlyph = (activity: string): Glyph =>
  STEMS.find(([stem]) => activity.includes(stem))?.[1] ?? "dot";

const made = new Map<Glyph, Path2D>();

/** Strokes a glyph centred at (x, y), `size` pixels wide, in the current stroke style. */
export function strokeGlyph(
  c: CanvasRenderingContext2D,
  glyph: Glyph,
  x: number,
  y: number,
  size: number,
): void {
  let path = made.get(glyph);
  if (!path) made.set(glyph, (path = new Path2D(PATHS[glyph])));
  c.save();
  c.translate(x - size / 2, y - size / 2);
  c.scale(size / 24, size / 24);
  c.lineWidth = 2.3;
  c.lineJoin = c.lineCap = "round";
  c.stroke(path);
  c.restore();
}

/** The same glyph as an element. */
export function glyphElement(glyph: Glyph): SVGSVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "aitown-glyph");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", PATHS[glyph]);
  svg.append(path);
  return svg;
}
