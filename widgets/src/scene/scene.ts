// The picture of a town on one canvas. It draws only while it is seen and while something changes.

import type { Mirror } from "../mirror";
import type { MapData } from "../types";
import { type Camera, clamp, type Size, toScreen, wholeMap, zoomAt } from "./camera";
import { Crowd, type Shot } from "./crowd";
import { steer } from "./input";
import { drawPlaceLabel, type Label, layoutPlaces } from "./labels";
import { Light, litPlaces } from "./light";
import { Terrain } from "./terrain";
import { readTheme, type Theme, watchTheme } from "./theme";

const SETTLE = 140;
const GLIDE = 180;
const EDGE = 0.16;
const SMALL = 5.8;
const READABLE = 8.6;

export class Scene {
  readonly canvas = document.createElement("canvas");
  selected: number | undefined;
  /** Pixels at the bottom that a panel lies over. */
  covered = 0;
  private readonly end = new AbortController();
  private readonly crowd: Crowd;
  private readonly motion = matchMedia("(prefers-reduced-motion: reduce)");
  private readonly unwatch: () => void;
  private readonly resize: ResizeObserver;
  private readonly seen: IntersectionObserver;
  private view: Size = { width: 0, height: 0 };
  private theme: Theme;
  private camera: Camera | undefined;
  private goal: { from: Camera; to: Camera; since: number } | undefined;
  private fitted = true;
  private following = false;
  private zoomedAt = Number.NEGATIVE_INFINITY;
  private visible = true;
  private raf = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hovered: number | undefined;
  private map: MapData | undefined;
  private terrain: Terrain | undefined;
  private light: Light | undefined;
  private labels: Label[] = [];
  private labelled = "";

  constructor(
    private readonly host: HTMLElement,
    private readonly mirror: Mirror,
    private readonly onSelect: (id: number | undefined) => void,
  ) {
    this.crowd = new Crowd(mirror);
    this.canvas.className = "aitown-canvas";
    this.canvas.tabIndex = 0;
    host.prepend(this.canvas);
    this.theme = readTheme(host);
    const dress = () => {
      this.theme = readTheme(host);
      this.labelled = "";
      this.invalidate();
    };
    this.unwatch = watchTheme(dress);
    this.resize = new ResizeObserver(() => {
      dress(); // hosts render before they attach, when no style is known yet
      this.measure();
    });
    this.resize.observe(host);
    this.seen = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1)?.isIntersecting ?? true;
      this.invalidate();
    });
    this.seen.observe(host);
    this.motion.addEventListener("change", () => this.invalidate(), { signal: this.end.signal });
    steer(this, this.end.signal);
    this.measure();
  }

  destroy(): void {
    this.end.abort();
    this.unwatch();
    this.resize.disconnect();
    this.seen.disconnect();
    cancelAnimationFrame(this.raf);
    clearTimeout(this.timer);
    this.canvas.remove();
  }

  invalidate(): void {
    if (this.raf || !this.visible || this.end.signal.aborted) return;
    this.raf = requestAnimationFrame((now) => {
      this.raf = 0;
      this.draw(now);
    });
  }

  select(id: number | undefined, follow = true): void {
    if (this.selected === id) return;
    this.selected = id;
    this.following = follow && id !== undefined;
    this.onSelect(id);
    this.invalidate();
  }

  fit(): void {
    if (!this.map) return;
    this.following = false;
    this.glide(wholeMap(this.map, this.view));
    this.fitted = true;
  }

  pan(dx: number, dy: number): void {
    if (!this.map || !this.camera) return;
    this.goal = undefined;
    this.fitted = this.following = false;
    const { scale, x, y } = this.camera;
    this.camera = clamp({ scale, x: x - dx / scale, y: y - dy / scale }, this.map, this.view, this.covered);
    this.invalidate();
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
    }
    this.invalidate();
  }

  point(px: number, py: number): void {
    const hovered = this.crowd.at(px, py);
    this.canvas.dataset.over = hovered === undefined ? "" : "person";
    if (hovered === this.hovered) return;
    this.hovered = hovered;
    this.invalidate();
  }

  leave(): void {
    if (this.hovered === undefined) return;
    this.hovered = undefined;
    this.invalidate();
  }

  pick(px: number, py: number): void {
    this.select(this.crowd.at(px, py));
  }

  pickNearest(): void {
    const [cx, cy] = [this.view.width / 2, this.view.height / 2];
    this.select(this.crowd.nearest((spot) => Math.hypot(spot.x - cx, spot.y - cy))?.id);
  }

  /** Moves the selection to the nearest person in a direction; false when nobody is selected. */
  move(dx: number, dy: number): boolean {
    const here = this.crowd.spot(this.selected);
    if (!here) return false;
    const next = this.crowd.nearest((spot) => {
      const [ox, oy] = [spot.x - here.x, spot.y - here.y];
      const ahead = ox * dx + oy * dy;
      return spot === here || ahead < 1
        ? Number.POSITIVE_INFINITY
        : ahead + 2.5 * Math.abs(ox * dy + oy * dx);
    });
    if (next) this.select(next.id);
    return true;
  }

  clear(): boolean {
    const had = this.selected !== undefined;
    this.select(undefined);
    return had;
  }

  private glide(to: Camera): void {
    if (!this.camera || this.motion.matches) this.camera = to;
    else this.goal = { from: this.camera, to, since: performance.now() };
    this.zoomedAt = performance.now();
    this.invalidate();
  }

  private measure(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    this.view = { width, height };
    const ratio = this.ratio();
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    if (this.map && this.camera)
      this.camera = this.fitted ? wholeMap(this.map, this.view) : clamp(this.camera, this.map, this.view);
    // A resized canvas is blank until it is drawn: at once, or it flickers.
    cancelAnimationFrame(this.raf);
    this.raf = 0;
    if (width > 0 && height > 0) this.draw(performance.now());
  }

  private ratio(): number {
    return Math.min(3, globalThis.devicePixelRatio || 1);
  }

  private adopt(): void {
    const { map, moment } = this.mirror;
    if (!map || !moment || map === this.map) return;
    const same = this.map && this.map.width === map.width && this.map.rows.join() === map.rows.join();
    this.map = map;
    if (same) return;
    this.terrain = new Terrain(map, [...this.mirror.places.values()]);
    this.light = new Light(this.terrain.grid, this.terrain.lamps);
    this.home();
    this.labelled = "";
  }

  /** The first look: all of the town, or where there is no room for that, its people. */
  private home(): void {
    const { map, view } = this;
    if (!map) return;
    const whole = wholeMap(map, view);
    const cover = Math.max(view.width / map.width, view.height / map.height);
    const scale = whole.scale >= SMALL ? whole.scale : Math.max(whole.scale, Math.min(cover, READABLE));
    this.fitted = scale === whole.scale;
    const rows = [...this.mirror.npcs.values()].map(({ row }) => row);
    const mean = (pick: (row: { x: number; y: number }) => number) =>
      rows.reduce((sum, row) => sum + pick(row), 0) / Math.max(1, rows.length);
    const people = { scale, x: mean((row) => row.x), y: mean((row) => row.y) };
    this.camera = this.fitted ? whole : clamp(people, map, view);
  }

  private steerCamera(now: number): void {
    if (!this.goal) return;
    const { from, to, since } = this.goal;
    const t = Math.min(1, (now - since) / GLIDE);
    const ease = 1 - (1 - t) ** 3;
    const scale = from.scale * (to.scale / from.scale) ** ease;
    this.camera = { scale, x: from.x + (to.x - from.x) * ease, y: from.y + (to.y - from.y) * ease };
    this.zoomedAt = now;
    if (t >= 1) this.goal = undefined;
  }

  private follow(): void {
    const { camera, map, view } = this;
    const npc = this.selected === undefined ? undefined : this.mirror.npcs.get(this.selected);
    if (!npc || !camera || !map || !this.following || this.goal) return;
    const [px, py] = toScreen(camera, view, npc.row.x, npc.row.y);
    const off = (at: number, length: number) =>
      Math.min(0, at - length * EDGE) + Math.max(0, at - length * (1 - EDGE));
    const [dx, dy] = [off(px, view.width), off(py, view.height - this.covered)];
    if (dx || dy) {
      const to = { ...camera, x: camera.x + dx / camera.scale, y: camera.y + dy / camera.scale };
      this.camera = clamp(to, map, view, this.covered);
    }
  }

  private draw(now: number): void {
    this.adopt();
    const c = this.canvas.getContext("2d", { alpha: false });
    const { moment } = this.mirror;
    const { view } = this;
    if (!c || view.width === 0) return;
    const ratio = this.ratio();
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.fillStyle = this.theme.background;
    c.fillRect(0, 0, this.canvas.width, this.canvas.height);
    if (!this.terrain || !this.light || !this.camera || !moment) return;
    this.steerCamera(now);
    this.follow();
    const camera = this.camera;
    this.tellCamera(camera);
    const zooming = now - this.zoomedAt < SETTLE;
    const missing = this.terrain.draw(c, camera, view, ratio, zooming);
    const lit = () => litPlaces(this.mirror.npcs.values(), (name) => this.mirror.place(name)?.id);
    const dark = this.light.draw(c, camera, view, ratio, moment.clock, lit, this.theme.dark, now);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawFrame(c, camera, dark);
    this.drawLabels(c, camera, zooming);
    const { theme, selected, hovered } = this;
    const still = this.motion.matches;
    const shot: Shot = { c, camera, view, ratio, theme, now, still, selected, hovered };
    this.crowd.place(shot);
    this.crowd.draw(shot, dark);
    const talking = this.crowd.talk(shot);
    const busy = this.mirror.underway(now) && !still;
    if (missing || this.goal || busy || zooming || this.light.settling) this.invalidate();
    else if (talking) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.invalidate(), 33);
    }
  }

  /** What the canvas shows, for whoever looks at the page from outside: the map's left and top, pixels a tile. */
  private tellCamera({ scale, x, y }: Camera): void {
    const left = x - this.view.width / 2 / scale;
    const top = y - this.view.height / 2 / scale;
    const told = `${left.toFixed(3)},${top.toFixed(3)},${scale.toFixed(3)}`;
    if (this.canvas.dataset.camera !== told) this.canvas.dataset.camera = told;
  }

  private drawFrame(c: CanvasRenderingContext2D, camera: Camera, dark: number): void {
    const { view } = this;
    const { width, height } = this.map!;
    const [left, top] = toScreen(camera, view, 0, 0);
    const [w, h] = [width * camera.scale, height * camera.scale];
    c.fillStyle = this.theme.background;
    c.globalAlpha = 0.58;
    c.beginPath();
    c.rect(0, 0, view.width, view.height);
    c.rect(left, top, w, h);
    c.fill("evenodd");
    c.globalAlpha = 1;
    c.strokeStyle = this.theme.dark ? "rgba(255,255,255,0.22)" : "rgba(60,50,30,0.28)";
    c.lineWidth = 1;
    c.strokeRect(Math.round(left) - 0.5, Math.round(top) - 0.5, Math.round(w) + 1, Math.round(h) + 1);
    if (dark < 0.1) return;
    c.globalAlpha = Math.min(1, dark * 1.6);
    c.fillStyle = "#fff2c4";
    for (const [x, y] of this.terrain!.lamps) {
      const [px, py] = toScreen(camera, view, x, y - 0.5);
      c.beginPath();
      c.arc(px, py, Math.max(1.2, camera.scale * 0.13), 0, 7);
      c.fill();
    }
    c.globalAlpha = 1;
  }

  private drawLabels(c: CanvasRenderingContext2D, camera: Camera, zooming: boolean): void {
    const { places } = this.mirror;
    const key = `${camera.scale.toFixed(2)} ${places.size} ${this.theme.dark}`;
    // Names wait for the end of a zoom: finding them room is work, and they would only flicker.
    if (key !== this.labelled && !(zooming && this.labels.length > 0)) {
      this.labelled = key;
      c.font = this.theme.label.font;
      const measure = (text: string) => c.measureText(text).width;
      this.labels = layoutPlaces(
        [...places.values()],
        this.map!.areas,
        camera.scale,
        measure,
        this.map!.height,
      );
    }
    for (const label of this.labels) {
      const place = places.get(label.place.id) ?? label.place;
      drawPlaceLabel(c, { ...label, place }, camera, this.view, this.theme.label);
    }
  }
}
