// The people on the map: where they stand on the screen, their figures, names and words, and who is under a pointer.

import type { Mirror, Moving } from "../mirror";
import { Bubbles } from "./bubbles";
import { type Camera, type Size, toMap, toScreen } from "./camera";
import { clothesOf, drawBadge, Figures, facing, figureHeight } from "./figures";
import { hash } from "./grid";
import { type Box, drawName } from "./labels";
import type { Theme } from "./theme";

export interface Spot {
  npc: Moving;
  id: number;
  x: number;
  y: number;
  walking: boolean;
}

/** What a frame is drawn with. */
export interface Shot {
  c: CanvasRenderingContext2D;
  camera: Camera;
  view: Size;
  ratio: number;
  theme: Theme;
  now: number;
  still: boolean;
  selected: number | undefined;
  hovered: number | undefined;
}

const NAMES_FROM = 21;
const BADGES_FROM = 11;
const CROWD = 400;
const DOTS_BELOW = 14;
const HIT = 9;
const SMALL = 9;
const SMALL_BUBBLES = 3;
const BUBBLES: [width: number, most: number][] = [
  [560, 2],
  [1000, 4],
  [Number.POSITIVE_INFINITY, 6],
];

export class Crowd {
  private readonly figures = new Figures();
  private readonly bubbles = new Bubbles();
  private spots: Spot[] = [];
  private height = 15;

  constructor(private readonly mirror: Mirror) {}

  /** Finds where everybody stands on the screen, the farthest away first. */
  place({ camera, view, now, still }: Shot): void {
    this.height = figureHeight(camera.scale);
    this.spots = [];
    for (const [id, npc] of this.mirror.npcs) {
      const [x, y] = still ? [npc.row.x, npc.row.y] : this.mirror.position(npc, now);
      // Several may stand on one tile: everybody keeps a little to one side.
      const dx = (hash(id, 1) - 0.5) * 0.44;
      const dy = (hash(id, 2) - 0.5) * 0.3 + 0.2;
      const [px, py] = toScreen(camera, view, x + dx, y + dy);
      const walking = !still && now - npc.arrived < npc.takes;
      this.spots.push({ npc, id, x: px, y: py, walking });
    }
    this.spots.sort((a, b) => a.y - b.y);
  }

  draw(shot: Shot, dark: number): void {
    const { c, camera, view, theme, selected, hovered } = shot;
    const crowd = this.spots.length > CROWD && camera.scale < DOTS_BELOW;
    const seen = this.spots.filter((spot) => this.onView(spot, view));
    for (const spot of seen) {
      const chosen = spot.id === selected;
      if (chosen || spot.id === hovered) this.ring(c, spot, theme, chosen);
      if (crowd && !chosen) this.dot(c, spot);
      else this.figure(shot, spot, dark, chosen || (camera.scale >= BADGES_FROM && !crowd));
    }
    // A name must not cover a face.
    const h = this.height;
    const taken: Box[] = seen.map(({ x, y }) => ({ x: x - h * 0.2, y: y - h, w: h * 0.4, h: h * 0.45 }));
    for (const { id, npc, x, y } of seen.reverse()) {
      const strong = id === selected || id === hovered;
      if (strong || (camera.scale >= NAMES_FROM && !crowd))
        drawName(c, npc.row.name, x, y, theme.name, taken, strong);
    }
  }

  /** Speech bubbles; true while one of them is about to change. */
  talk({ c, camera, view, theme, now, still, selected }: Shot): boolean {
    const sayings = new Map<number, string>();
    for (const [id, npc] of this.mirror.npcs) if (npc.row.saying) sayings.set(id, npc.row.saying);
    this.bubbles.update(sayings, now);
    const byId = new Map(this.spots.map((spot) => [spot.id, spot]));
    const head = (id: number) => {
      const spot = byId.get(id);
      return spot && this.onView(spot, view) ? { x: spot.x, y: spot.y - this.height } : undefined;
    };
    const room = BUBBLES.find(([width]) => view.width < width)![1];
    const most = camera.scale < SMALL ? Math.min(room, SMALL_BUBBLES) : room;
    this.bubbles.draw(c, now, most, theme.bubble, view.width, selected, head, still);
    return this.bubbles.busy(now);
  }

  spot(id: number | undefined): Spot | undefined {
    return this.spots.find((spot) => spot.id === id);
  }

  nearest(cost: (spot: Spot) => number): Spot | undefined {
    let best: Spot | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const spot of this.spots) {
      const c = cost(spot);
      if (c < least) [best, least] = [spot, c];
    }
    return best;
  }

  /** Who is drawn at a point of the screen. */
  at(px: number, py: number): number | undefined {
    const away = (spot: Spot) => Math.hypot(spot.x - px, (spot.y - this.height * 0.5 - py) * 0.8);
    const found = this.nearest(away);
    return found && away(found) < Math.max(HIT, this.height * 0.5) ? found.id : undefined;
  }

  private onView({ x, y }: Spot, view: Size): boolean {
    return x > -30 && y > -10 && x < view.width + 30 && y < view.height + 60;
  }

  private figure({ c, camera, view, ratio }: Shot, spot: Spot, dark: number, badge: boolean): void {
    const { id, npc, x, y, walking } = spot;
    const h = this.height;
    const [mapX, mapY] = toMap(camera, view, x, y);
    const walk = walking ? Math.abs(mapX * 0.9 + mapY * 1.27) : null;
    const asleep = npc.row.activity === "sleeping" && !walking;
    const look = asleep ? "asleep" : facing(npc.row.heading);
    c.setTransform(1, 0, 0, 1, 0, 0);
    this.figures.draw(c, id, look, walk, x * ratio, y * ratio, h * ratio, dark);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!npc.row.activity || !(badge || asleep)) return;
    const [dx, dy] = asleep ? [0.02, 0.66] : [0.34, 0.92];
    drawBadge(c, npc.row.activity, x + h * dx, y - h * dy, Math.max(5.5, h * 0.21));
  }

  private dot(c: CanvasRenderingContext2D, { id, x, y }: Spot): void {
    c.fillStyle = clothesOf(id);
    c.strokeStyle = "#fff";
    c.lineWidth = 1;
    c.beginPath();
    c.arc(x, y - 3, 3.2, 0, 7);
    c.fill();
    c.stroke();
  }

  private ring(c: CanvasRenderingContext2D, { x, y }: Spot, theme: Theme, chosen: boolean): void {
    c.beginPath();
    c.ellipse(x, y, this.height * 0.44, this.height * 0.2, 0, 0, 7);
    c.fillStyle = chosen ? "rgba(255, 255, 255, 0.75)" : "rgba(255, 255, 255, 0.45)";
    c.fill();
    c.strokeStyle = theme.accent;
    c.lineWidth = chosen ? 2.5 : 1.5;
    c.stroke();
  }
}
