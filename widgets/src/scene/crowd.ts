// The people on the map: where they stand on the screen, their figures, names and words, and who is under a pointer.

import type { Mirror } from "../mirror";
import type { People } from "../people";
import { Bubbles } from "./bubbles";
import { type Camera, type Size, toMap } from "./camera";
import { drawBadge, Figures, facing, figureHeight } from "./figures";
import { Heat } from "./heat";
import { type Box, drawName } from "./labels";
import { type Cloud, type Points, sharePoints } from "./points";
import { Stamps } from "./stamps";
import { Standing } from "./standing";
import type { Theme } from "./theme";
import { Ties } from "./ties";
import type { Tint } from "./tint";
import { Trails } from "./trails";

interface Spot {
  id: number;
  slot: number;
  x: number;
  y: number;
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
  /** In the order of selection; the last is the one whose panel is open. */
  selection: readonly number[];
  hovered: number | undefined;
  /** Asks for another frame. */
  again: () => void;
}

const NAMES_FROM = 21;
const BADGES_FROM = 11;
const CROWD = 400;
const MOST_SPOTS = 2_000;
const DOT = 7;
const DOT_LIFT = 3;
const SMALL_DOT = 4.5;
const DOT_AREA = 30;
// The share of the ground that dots would cover, from which heat begins to take their place, and where it has.
const [HEAT_FROM, HEAT_TO] = [0.5, 0.75];
const HEAT_EVERY = 90;
const DOTS_BELOW = 14;
const MOST_STRONG = 60;
const HIT = 9;
const SMALL = 9;
const SMALL_BUBBLES = 3;
const BUBBLES: [width: number, most: number][] = [
  [560, 2],
  [1000, 4],
  [Number.POSITIVE_INFINITY, 6],
];
const SIDE = 30;
const ABOVE = 10;
const BELOW = 60;

export class Crowd {
  readonly trails = new Trails();
  readonly ties = new Ties();
  private readonly standing = new Standing();
  private readonly figures = new Figures();
  private readonly bubbles = new Bubbles();
  private readonly heat = new Heat();
  private heated = 0;
  private heatedAt = 0;
  private heatStamp = "";
  private shared: { points: Points; release: () => void } | undefined;
  private stamps: Stamps | undefined;
  private shot: Shot | undefined;
  private height = 15;
  /** What is read of people: their names and, where they are told apart, their faces. */
  private read: Box[] = [];

  constructor(
    private readonly mirror: Mirror,
    readonly tint: Tint,
  ) {}

  private get people(): People {
    return this.mirror.npcs;
  }

  /** Finds where everybody stands. */
  place(shot: Shot): void {
    this.shot = shot;
    this.height = figureHeight(shot.camera.scale);
    this.standing.update(this.people, shot.now, shot.still);
    this.tint.update();
    this.trails.note(this.people, shot.selection);
  }

  /** How much of the picture is heat instead of people, 0 to 1. */
  get haze(): number {
    return this.heated;
  }

  /** People on a tile, where the colour of the heat begins and where it is deepest; undefined while no heat is seen. */
  get heatRange(): Heat["range"] | undefined {
    return this.heated > 0.5 ? this.heat.range : undefined;
  }

  draw(shot: Shot, dark: number, map: Size): void {
    const { c, camera, view, theme, selection, hovered } = shot;
    const chosen = new Set(selection);
    const primary = selection.at(-1);
    const strong = new Set([...selection.slice(-MOST_STRONG), ...(hovered === undefined ? [] : [hovered])]);
    const inView = this.countInView(view);
    this.heated = this.crowding(inView, camera, view, map);
    if (this.heated > 0) this.drawHeat(shot, map);
    const crowd = inView > MOST_SPOTS || (inView > CROWD && camera.scale < DOTS_BELOW);
    if (inView > MOST_SPOTS) {
      if (this.heated < 1) this.drawMany(shot, inView);
    } else if (crowd) this.drawDots(shot);
    this.trails.draw(c, camera, view, (id) => this.tint.colourOf(this.people.slot(id)!));
    this.ties.draw(c, theme, primary, (id) => this.spot(id), this.height * 0.12);
    this.tie(shot, primary);
    const seen = crowd ? this.only(strong) : this.seen();
    for (const spot of seen) {
      const { id } = spot;
      if (chosen.has(id) || id === hovered) this.ring(c, spot, theme, chosen.has(id));
      this.figure(shot, spot, dark, id === primary || (camera.scale >= BADGES_FROM && !crowd));
    }
    // A name must not cover a face.
    const h = this.height;
    const taken: Box[] = crowd
      ? []
      : seen.map(({ x, y }) => ({ x: x - h * 0.2, y: y - h, w: h * 0.4, h: h * 0.45 }));
    const named = camera.scale >= NAMES_FROM && !crowd;
    for (const { id, x, y } of seen.reverse()) {
      const loud = id === primary || id === hovered;
      if (loud || named || strong.has(id))
        drawName(c, this.people.name(id) ?? "", x, y, theme.name, taken, loud);
    }
    this.read = taken;
    if (this.heated > 0.5) this.heat.count(c, camera, view, theme.label, 2 * this.heated - 1);
  }

  destroy(): void {
    this.shared?.release();
  }

  /** Speech bubbles, which cover as little as can be of `better` and of people; true while one of them is about to change. */
  talk({ c, camera, view, theme, now, still, selection }: Shot, better: Box[]): boolean {
    this.bubbles.update(this.heated > 0.5 ? this.saysOf(selection) : this.people.says, now);
    const head = (id: number) => {
      const spot = this.spot(id);
      return spot && this.onView(spot.x, spot.y, view) ? { x: spot.x, y: spot.y - this.height } : undefined;
    };
    const room = BUBBLES.find(([width]) => view.width < width)![1];
    const most = camera.scale < SMALL ? Math.min(room, SMALL_BUBBLES) : room;
    this.bubbles.draw(c, now, most, theme.bubble, view, selection.at(-1), head, still, [
      ...better,
      ...this.read,
    ]);
    return this.bubbles.busy(now);
  }

  /** Where nobody can be told apart, the words of anybody are nobody's: only those of the selected are shown. */
  private saysOf(ids: readonly number[]): Map<number, string> {
    const { says } = this.people;
    return new Map(ids.filter((id) => says.has(id)).map((id) => [id, says.get(id)!]));
  }

  /** Where somebody stands on the screen. */
  spot(id: number | undefined): Spot | undefined {
    const slot = id === undefined ? undefined : this.people.slot(id);
    return slot === undefined || !this.shot || slot >= this.standing.count
      ? undefined
      : { id: id!, slot, ...this.screen(slot) };
  }

  nearest(cost: (x: number, y: number, id: number) => number): number | undefined {
    let best: number | undefined;
    let least = Number.POSITIVE_INFINITY;
    this.each((slot, x, y) => {
      const id = this.people.ids[slot]!;
      const price = cost(x, y, id);
      if (price < least) [best, least] = [id, price];
    });
    return best;
  }

  /** Who is drawn at a point of the screen. */
  at(px: number, py: number): number | undefined {
    const middle = this.height * 0.5;
    const away = (x: number, y: number) => Math.hypot(x - px, (y - middle - py) * 0.8);
    const found = this.nearest(away);
    const spot = this.spot(found);
    return spot && away(spot.x, spot.y) < Math.max(HIT, middle) ? found : undefined;
  }

  /** Who stands within a rectangle of the screen. */
  within({ x, y, w, h }: Box): number[] {
    const found: number[] = [];
    this.each((slot, px, py) => {
      if (px >= x && py >= y && px <= x + w && py <= y + h) found.push(this.people.ids[slot]!);
    });
    return found;
  }

  private screen(slot: number): { x: number; y: number } {
    const { camera, view } = this.shot!;
    const { at } = this.standing;
    return {
      x: (at[2 * slot]! - camera.x) * camera.scale + view.width / 2,
      y: (at[2 * slot + 1]! - camera.y) * camera.scale + view.height / 2,
    };
  }

  private each(run: (slot: number, x: number, y: number) => void): void {
    if (!this.shot) return;
    const { camera, view } = this.shot;
    const { at, count } = this.standing;
    const { scale } = camera;
    const [left, top] = [view.width / 2 - camera.x * scale, view.height / 2 - camera.y * scale];
    for (let slot = 0; slot < count; slot++) {
      run(slot, at[2 * slot]! * scale + left, at[2 * slot + 1]! * scale + top);
    }
  }

  private countInView(view: Size): number {
    const { x: cx, y: cy, scale } = this.shot!.camera;
    const { at, count } = this.standing;
    const [across, down] = [view.width / 2 / scale, view.height / 2 / scale];
    let found = 0;
    for (let i = 0; i < 2 * count; i += 2) {
      if (Math.abs(at[i]! - cx) < across && Math.abs(at[i + 1]! - cy) < down) found += 1;
    }
    return found;
  }

  /** From 0, where people can be told apart, to 1, where only their number can. */
  private crowding(inView: number, { scale }: Camera, view: Size, map: Size): number {
    if (inView <= MOST_SPOTS / 2) return 0;
    const ground = Math.min(view.width, map.width * scale) * Math.min(view.height, map.height * scale);
    const share = ((inView * DOT_AREA) / Math.max(1, ground) - HEAT_FROM) / (HEAT_TO - HEAT_FROM);
    return Math.min(1, Math.max(0, share));
  }

  private drawHeat({ c, camera, view, now }: Shot, map: Size): void {
    const { at, count, version } = this.standing;
    // Heat changes slowly: it needn't follow each step of everybody.
    if (now - this.heatedAt > HEAT_EVERY || now < this.heatedAt) {
      this.heatedAt = now;
      this.heatStamp = `${version} ${this.tint.version} ${this.tint.column}`;
    }
    const { key } = this.tint;
    const tints = key && { colours: this.tint.paint().colours, mixes: key.kind === "continuous" };
    this.heat.update(at, count, tints, map, camera.scale, this.heatStamp);
    this.heat.draw(c, camera, view, this.heated);
  }

  private cloud(): Cloud {
    const { at, count, version } = this.standing;
    const { colours, stamp } = this.tint.paint();
    return { at, colours, count, stamp: `${version} ${stamp}` };
  }

  /** More than a canvas has time for. */
  private drawMany(shot: Shot, inView: number): void {
    const { camera, view, ratio, again } = shot;
    this.shared ??= sharePoints(again);
    const size = inView > 4 * MOST_SPOTS ? SMALL_DOT : DOT;
    this.lay(shot, this.shared.points.draw(this.cloud(), camera, view, ratio, size));
  }

  /** Figures would hide one another: a dot for each, where the figure's middle would be. */
  private drawDots(shot: Shot): void {
    const { camera, view, ratio } = shot;
    this.stamps ??= new Stamps();
    this.stamps.draw(this.cloud(), { ...camera, y: camera.y + DOT_LIFT / camera.scale }, view, ratio, DOT);
    this.lay(shot, this.stamps.canvas);
  }

  private lay({ c, view, ratio }: Shot, picture: HTMLCanvasElement): void {
    const [w, h] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    c.globalAlpha = 1 - this.heated;
    c.drawImage(picture, 0, 0, w, h, 0, 0, view.width, view.height);
    c.globalAlpha = 1;
  }

  private only(ids: ReadonlySet<number>): Spot[] {
    const { view } = this.shot!;
    const spots = [...ids].map((id) => this.spot(id));
    return spots.filter((spot) => spot !== undefined).filter(({ x, y }) => this.onView(x, y, view));
  }

  /** Those in view, the farthest away first. */
  private seen(): Spot[] {
    const { view } = this.shot!;
    const seen: Spot[] = [];
    this.each((slot, x, y) => {
      if (this.onView(x, y, view)) seen.push({ id: this.people.ids[slot]!, slot, x, y });
    });
    return seen.sort((a, b) => a.y - b.y);
  }

  private onView(x: number, y: number, view: Size): boolean {
    return x > -SIDE && y > -ABOVE && x < view.width + SIDE && y < view.height + BELOW;
  }

  private figure(
    { c, camera, view, ratio, now, still }: Shot,
    spot: Spot,
    dark: number,
    badge: boolean,
  ): void {
    const { id, slot, x, y } = spot;
    const { row, arrived, takes } = this.people.at(slot);
    const h = this.height;
    const walking = !still && now - arrived < takes;
    const [mapX, mapY] = toMap(camera, view, x, y);
    const walk = walking ? Math.abs(mapX * 0.9 + mapY * 1.27) : null;
    const asleep = row.activity === "sleeping" && !walking;
    const look = asleep ? "asleep" : facing(row.heading);
    c.setTransform(1, 0, 0, 1, 0, 0);
    this.figures.draw(c, id, this.tint.colourOf(slot), look, walk, x * ratio, y * ratio, h * ratio, dark);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!row.activity || !(badge || asleep)) return;
    const [dx, dy] = asleep ? [0.02, 0.66] : [0.34, 0.92];
    drawBadge(c, row.activity, x + h * dx, y - h * dy, Math.max(5.5, h * 0.21));
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

  /** A line from the selected person to the one that they talk with. */
  private tie({ c, theme }: Shot, primary: number | undefined): void {
    const here = this.spot(primary);
    const partner = here && this.people.at(here.slot).row.partner;
    const there = typeof partner === "number" ? this.spot(partner) : undefined;
    if (!here || !there) return;
    const lift = this.height * 0.12;
    const line = new Path2D();
    line.moveTo(here.x, here.y - lift);
    line.lineTo(there.x, there.y - lift);
    c.lineCap = "round";
    for (const [colour, width] of [
      ["rgba(255, 255, 255, 0.85)", 5],
      [theme.accent, 2.2],
    ] as const) {
      c.strokeStyle = colour;
      c.lineWidth = width;
      c.stroke(line);
    }
  }
}
