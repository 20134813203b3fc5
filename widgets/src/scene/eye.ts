// Where the view looks: it glides, follows somebody, stays on the map, and says where it came to rest.

import type { MapData } from "../types";
import { type Camera, clamp, type Size, toScreen, wholeMap, zoomAt } from "./camera";

/** What a camera may be asked for: a place on the map (tiles, pixels a tile), or somebody to stay with. */
export type Aim = { x: number; y: number; zoom: number } | { follow: number | null };
/** Where it rests: the centre of the view in tiles, pixels a tile, and whom it follows. */
export interface Rest {
  x: number;
  y: number;
  zoom: number;
  follow: number | null;
}

type Point = readonly [x: number, y: number];

const SETTLE = 140;
const GLIDE = 180;
const EDGE = 0.16;
const SMALL = 5.8;
const READABLE = 8.6;
const CLOSE = 14;
const SPARSE = 400;

export class Eye {
  camera: Camera | undefined;
  view: Size = { width: 0, height: 0 };
  /** Pixels at the bottom that a panel lies over. */
  covered = 0;
  following: number | undefined;
  private map: MapData | undefined;
  private goal: { from: Camera; to: Camera; since: number } | undefined;
  private fitted = true;
  private zoomedAt = Number.NEGATIVE_INFINITY;
  private told = "";
  private telling: ReturnType<typeof setTimeout> | undefined;
  private wish: Aim | undefined;

  constructor(
    private readonly still: () => boolean,
    private readonly moved: () => void,
    private readonly rests: (rest: Rest) => void,
  ) {}

  close(): void {
    clearTimeout(this.telling);
  }

  /** Pixels a tile of what is drawn at the end of a movement. */
  get gliding(): boolean {
    return this.goal !== undefined;
  }

  zooming(now: number): boolean {
    return now - this.zoomedAt < SETTLE;
  }

  /** Looks at another map for the first time: all of it, or where there is no room for that, its people. */
  home(map: MapData, people: () => Point, count: number): void {
    this.map = map;
    const { view } = this;
    const whole = wholeMap(map, view);
    const cover = Math.max(view.width / map.width, view.height / map.height);
    const near = Math.max(whole.scale, Math.min(cover, READABLE));
    const scale = whole.scale >= SMALL || count > SPARSE ? whole.scale : near;
    this.fitted = scale === whole.scale;
    const [x, y] = people();
    this.camera = this.fitted ? whole : clamp({ scale, x, y }, map, view);
    this.goal = undefined;
    const { wish } = this;
    this.wish = undefined;
    if (wish) this.aim(wish);
  }

  resize(view: Size): void {
    this.view = view;
    if (this.map && this.camera)
      this.camera = this.fitted ? wholeMap(this.map, view) : clamp(this.camera, this.map, view);
  }

  aim(aim: Aim): void {
    if ("follow" in aim) this.following = aim.follow ?? undefined;
    if (!this.map || !this.camera) {
      this.wish = aim;
      return;
    }
    if ("follow" in aim) this.tell();
    else {
      this.following = undefined;
      this.fitted = false;
      this.glide(clamp({ scale: aim.zoom, x: aim.x, y: aim.y }, this.map, this.view));
    }
    this.moved();
  }

  fit(): void {
    if (!this.map) return;
    this.following = undefined;
    this.glide(wholeMap(this.map, this.view));
    this.fitted = true;
  }

  /** Goes to where somebody stands, near enough to tell who it is. */
  visit([x, y]: Point): void {
    if (!this.map || !this.camera) return;
    this.fitted = false;
    this.glide(clamp({ scale: Math.max(CLOSE, this.camera.scale), x, y }, this.map, this.view, this.covered));
  }

  pan(dx: number, dy: number): void {
    if (!this.map || !this.camera) return;
    this.goal = this.following = undefined;
    this.fitted = false;
    const { scale, x, y } = this.camera;
    this.camera = clamp({ scale, x: x - dx / scale, y: y - dy / scale }, this.map, this.view, this.covered);
    this.moved();
  }

  zoomBy(factor: number, px?: number, py?: number): void {
    if (!this.map || !this.camera) return;
    const from = this.goal?.to ?? this.camera;
    const least = wholeMap(this.map, this.view).scale * 0.75;
    const [x, y] = [px ?? this.view.width / 2, py ?? this.view.height / 2];
    const to = clamp(zoomAt(from, this.view, factor, x, y, least), this.map, this.view);
    this.fitted = false;
    if (px === undefined) this.glide(to);
    else {
      this.goal = undefined;
      this.camera = to;
      this.zoomedAt = performance.now();
      this.moved();
    }
  }

  /** The camera of a frame; `where` is the one who is followed, where they are known. */
  look(now: number, where: Point | undefined): Camera {
    if (this.goal) this.step(now);
    else if (where) this.follow(where);
    this.tell();
    return this.camera!;
  }

  private glide(to: Camera): void {
    this.zoomedAt = performance.now();
    if (!this.camera || this.still()) this.camera = to;
    else this.goal = { from: this.camera, to, since: this.zoomedAt };
    this.moved();
  }

  private step(now: number): void {
    const { from, to, since } = this.goal!;
    const t = Math.min(1, (now - since) / GLIDE);
    const ease = 1 - (1 - t) ** 3;
    const scale = from.scale * (to.scale / from.scale) ** ease;
    this.camera = { scale, x: from.x + (to.x - from.x) * ease, y: from.y + (to.y - from.y) * ease };
    this.zoomedAt = now;
    if (t >= 1) this.goal = undefined;
  }

  private follow([x, y]: Point): void {
    const { camera, map, view } = this;
    if (!camera || !map) return;
    const [px, py] = toScreen(camera, view, x, y);
    const off = (at: number, length: number) =>
      Math.min(0, at - length * EDGE) + Math.max(0, at - length * (1 - EDGE));
    const [dx, dy] = [off(px, view.width), off(py, view.height - this.covered)];
    if (!dx && !dy) return;
    const to = { ...camera, x: camera.x + dx / camera.scale, y: camera.y + dy / camera.scale };
    this.camera = clamp(to, map, view, this.covered);
  }

  /** Says where it rests, once it does. */
  private tell(): void {
    const { x, y, scale } = this.camera!;
    const follow = this.following ?? null;
    const told = `${x.toFixed(2)} ${y.toFixed(2)} ${scale.toFixed(2)} ${follow}`;
    if (told === this.told) return;
    this.told = told;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.rests({ x, y, zoom: scale, follow }), SETTLE);
  }
}
