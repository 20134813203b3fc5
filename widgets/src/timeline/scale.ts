// From ticks to pixels and back, where labels stand, and how light it is.

import { addSeconds } from "../lines";
import { clockWords } from "../panels/words";
import { darkness, daylight, minuteOf } from "../scene/light";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const STEPS = [
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const ROOM = 58;

/** A number for each calendar day. */
export const dayOf = (clock: string): number => Math.floor(Date.parse(`${clock.slice(0, 10)}Z`) / DAY / 1000);

export interface Label {
  x: number;
  text: string;
  /** A day begins. */
  day: boolean;
}

export class Scale {
  constructor(
    readonly first: number,
    readonly last: number,
    readonly width: number,
    private readonly start: string,
    private readonly tickSeconds: number,
  ) {}

  x(tick: number): number {
    return this.last > this.first
      ? ((tick - this.first) / (this.last - this.first)) * this.width
      : this.width;
  }

  tick(x: number): number {
    const share = Math.min(1, Math.max(0, x / Math.max(1, this.width)));
    return Math.round(this.first + share * (this.last - this.first));
  }

  clock(tick: number): string {
    return addSeconds(this.start, tick * this.tickSeconds);
  }

  /** The moment of a tick, for people. */
  words(tick: number): string {
    const clock = this.clock(tick);
    return clockWords({ clock, day: dayOf(clock) - dayOf(this.start) + 1 });
  }

  /** 0 by day, 1 at night, at a pixel. */
  dark(x: number): number {
    return darkness(daylight(minuteOf(this.clock(this.tick(x)))));
  }

  labels(): Label[] {
    const seconds = (this.last - this.first) * this.tickSeconds;
    if (!(seconds > 0)) return [];
    const wanted = seconds / Math.max(1, this.width / ROOM);
    const step = STEPS.find((one) => one >= wanted) ?? Math.ceil(wanted / DAY) * DAY;
    const origin = Date.parse(`${this.start.slice(0, 19)}Z`) / 1000;
    const midnight = Math.floor(origin / DAY) * DAY;
    const from = origin + this.first * this.tickSeconds;
    const out: Label[] = [];
    for (let at = midnight + Math.ceil((from - midnight) / step) * step; at <= from + seconds; at += step) {
      const x = ((at - from) / seconds) * this.width;
      const clock = new Date(at * 1000).toISOString();
      const day = at % DAY === 0;
      const number = Math.round((at - midnight) / DAY) + 1;
      const text = day ? `${WEEKDAYS[new Date(at * 1000).getUTCDay()]} ${number}` : clock.slice(11, 16);
      out.push({ x, text, day });
    }
    return out;
  }
}
