// The strip that is dragged: how much was said when, day and night, the hours, and where one is.

import { h } from "../panels/dom";
import { readTheme, watchTheme } from "../scene/theme";
import type { Scale } from "./scale";

const HEIGHT = 46;
const BARS = 24;
const SKY = 5;
const BAR = 4;
const DAY_SKY = [246, 214, 134];
const NIGHT_SKY = [52, 66, 116];

export interface Marks {
  scale: Scale;
  /** Where one is. */
  tick: number;
  /** What is shown is now: the town goes on. */
  live: boolean;
  /** Ticks of the events that are drawn, rising. */
  events: ArrayLike<number>;
  /** Up to where the recording is known; nothing is said of what comes after. */
  known: number;
}

/** Heights of `count` bars, 0 to 1, of how many events there are in each stretch of a scale. */
export function heights(events: ArrayLike<number>, scale: Scale, count: number): number[] {
  const bars = new Array<number>(count).fill(0);
  for (let i = 0; i < events.length; i++) {
    const tick = events[i]!;
    if (tick < scale.first || tick > scale.last) continue;
    bars[Math.min(count - 1, Math.floor((scale.x(tick) / Math.max(1, scale.width)) * count))]! += 1;
  }
  const most = Math.max(1, ...bars);
  return bars.map((bar) => Math.sqrt(bar / most));
}

export class Track {
  readonly element = h("div", { class: "tape", role: "slider", "aria-label": "Time of the town" });
  private readonly canvas = document.createElement("canvas");
  private readonly hint = h("div", { class: "hint" });
  private readonly end = new AbortController();
  private readonly resize: ResizeObserver;
  private readonly unwatch: () => void;
  private marks: Marks | undefined;
  private raf = 0;
  private dragging = false;

  constructor(
    private readonly seek: (tick: number, rests: boolean) => void,
    private readonly key: (event: KeyboardEvent) => boolean,
  ) {
    this.element.tabIndex = 0;
    this.canvas.setAttribute("aria-hidden", "true");
    this.hint.hidden = true;
    this.element.append(this.canvas, this.hint);
    this.resize = new ResizeObserver(() => this.draw());
    this.resize.observe(this.element);
    this.unwatch = watchTheme(() => this.invalidate());
    const { signal } = this.end;
    const on = <K extends keyof HTMLElementEventMap>(
      name: K,
      heed: (event: HTMLElementEventMap[K]) => void,
    ) => this.element.addEventListener(name, heed, { signal });
    on("pointerdown", (event) => this.grab(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.drop(event));
    on("pointercancel", (event) => this.drop(event));
    on("pointerleave", () => {
      this.hint.hidden = true;
    });
    on("keydown", (event) => {
      if (!this.key(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  get width(): number {
    return this.element.clientWidth;
  }

  show(marks: Marks): void {
    this.marks = marks;
    const { scale, tick, live } = marks;
    const words = scale.words(tick);
    const said = {
      "aria-valuemin": `${scale.first}`,
      "aria-valuemax": `${scale.last}`,
      "aria-valuenow": `${tick}`,
      "aria-valuetext": live ? `${words}, live` : words,
    };
    for (const [name, value] of Object.entries(said))
      if (this.element.getAttribute(name) !== value) this.element.setAttribute(name, value);
    this.invalidate();
  }

  close(): void {
    this.end.abort();
    this.resize.disconnect();
    this.unwatch();
    cancelAnimationFrame(this.raf);
  }

  private grab(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.dragging = true;
    this.element.setPointerCapture(event.pointerId);
    this.to(event, false);
  }

  private move(event: PointerEvent): void {
    const scale = this.marks?.scale;
    if (!scale) return;
    const x = this.at(event);
    this.hint.hidden = false;
    this.hint.textContent = scale.words(scale.tick(x));
    this.hint.style.left = `${Math.min(this.width - 34, Math.max(34, x))}px`;
    if (this.dragging) this.to(event, false);
  }

  private drop(event: PointerEvent): void {
    if (!this.dragging) return;
    this.dragging = false;
    this.to(event, true);
  }

  private at(event: PointerEvent): number {
    return event.clientX - this.element.getBoundingClientRect().left;
  }

  private to(event: PointerEvent, rests: boolean): void {
    if (this.marks) this.seek(this.marks.scale.tick(this.at(event)), rests);
  }

  private invalidate(): void {
    this.raf ||= requestAnimationFrame(() => {
      this.raf = 0;
      this.draw();
    });
  }

  private draw(): void {
    const { marks, canvas, width } = this;
    if (!marks || width === 0) return;
    const ratio = Math.min(3, globalThis.devicePixelRatio || 1);
    const [w, tall] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
    if (canvas.width !== w || canvas.height !== tall) [canvas.width, canvas.height] = [w, tall];
    const c = canvas.getContext("2d");
    if (!c) return;
    const theme = readTheme(this.element);
    const ink = getComputedStyle(this.element).color;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, HEIGHT);
    this.bars(c, marks, theme.accent);
    this.sky(c, marks, theme.dark);
    this.hours(c, marks, ink);
    this.head(c, marks, theme.accent, theme.background);
  }

  private bars(c: CanvasRenderingContext2D, { scale, events, tick, live }: Marks, accent: string): void {
    const count = Math.max(1, Math.floor(this.width / BAR));
    const each = this.width / count;
    const now = live ? Number.POSITIVE_INFINITY : scale.x(tick);
    c.fillStyle = accent;
    heights(events, scale, count).forEach((height, i) => {
      if (height === 0) return;
      c.globalAlpha = (i + 0.5) * each <= now ? 0.62 : 0.24;
      const tall = Math.max(1.5, height * (BARS - 4));
      c.beginPath();
      c.roundRect(i * each + 0.5, BARS - tall, each - 1, tall, [1.5, 1.5, 0, 0]);
      c.fill();
    });
    c.globalAlpha = 1;
  }

  private sky(c: CanvasRenderingContext2D, { scale }: Marks, darkTheme: boolean): void {
    c.save();
    c.beginPath();
    c.roundRect(0, BARS, this.width, SKY, SKY / 2);
    c.clip();
    for (let x = 0; x < this.width; x += 2) {
      const dark = scale.dark(x + 1);
      const [r, g, b] = DAY_SKY.map((day, i) => Math.round(day + (NIGHT_SKY[i]! - day) * dark));
      c.fillStyle = `rgb(${r} ${g} ${b})`;
      c.globalAlpha = darkTheme ? 0.85 : 1;
      c.fillRect(x, BARS, 2, SKY);
    }
    c.restore();
  }

  private hours(c: CanvasRenderingContext2D, { scale }: Marks, ink: string): void {
    const family = getComputedStyle(this.element).fontFamily;
    c.fillStyle = ink;
    c.textBaseline = "bottom";
    for (const { x, text, day } of scale.labels()) {
      c.font = `${day ? 650 : 400} 10.5px ${family}`;
      const half = c.measureText(text).width / 2;
      c.globalAlpha = day ? 0.95 : 0.68;
      c.fillText(text, Math.min(this.width - 2 * half, Math.max(0, x - half)), HEIGHT - 1);
      c.globalAlpha = day ? 0.5 : 0.28;
      c.fillRect(Math.min(this.width - 1, x), BARS + SKY, 1, 3);
    }
    c.globalAlpha = 1;
  }

  private head(
    c: CanvasRenderingContext2D,
    { scale, tick, live }: Marks,
    accent: string,
    paper: string,
  ): void {
    const x = Math.min(this.width - 6, Math.max(6, live ? this.width : scale.x(tick)));
    c.fillStyle = accent;
    c.fillRect(x - 1, 2, 2, BARS + SKY);
    c.beginPath();
    c.arc(x, BARS + SKY / 2, 6, 0, 7);
    c.fill();
    c.strokeStyle = paper;
    c.lineWidth = 2;
    c.stroke();
  }
}
