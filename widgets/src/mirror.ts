// The newest state of a town as this page knows it, and where everybody came from, so that a scene can move them there.

import type { EventRow, MapData, Message, NpcRow, Payload, PlaceRow, Schema, TownStatus } from "./types";

/** An NPC between two frames: at `from` when the newest frame arrived, on the way to where it is. */
export interface Moving {
  row: NpcRow;
  fromX: number;
  fromY: number;
  arrived: number;
  moving: boolean;
}

export interface Line {
  id: number;
  tick: number;
  clock: string;
  kind: string;
  npc: number;
  other: number;
  place: string;
  text: string;
}

const MAX_LINES = 240;
const MIN_INTERVAL = 30;
const MAX_INTERVAL = 1_500;
const WALK = 1.6;
const REACH = 3;
const FARTHEST = 12;

/** The interval between frames, smoothed: quick to follow a faster town, slow to believe a single late frame. */
export function nextInterval(known: number, measured: number): number {
  const weight = measured < known ? 0.5 : 0.25;
  return Math.min(MAX_INTERVAL, Math.max(MIN_INTERVAL, known + (measured - known) * weight));
}

/** Adds seconds to a clock without time zone, "2025-03-03T07:00:00". */
export function addSeconds(clock: string, seconds: number): string {
  const at = Date.parse(`${clock.slice(0, 19)}Z`);
  return Number.isNaN(at) ? clock : new Date(at + seconds * 1000).toISOString().slice(0, 19);
}

export class Mirror {
  payload: Payload | undefined;
  map: MapData | undefined;
  schema: Schema | undefined;
  status: TownStatus | undefined;
  start: string | undefined;
  readonly npcs = new Map<number, Moving>();
  readonly lines: Line[] = [];
  private places = new Map<string, PlaceRow>();
  interval = 200;
  private arrived = 0;
  private lastEvent = -1;

  /** Takes a payload in; `now` in ms of the clock that scenes draw by. */
  state(payload: Payload, message: Message, now: number): void {
    const before = this.payload;
    const sameRun = before?.run === payload.run;
    const restart = !sameRun || payload.tick < (before?.tick ?? 0);
    if (payload.map) this.map = payload.map;
    if (message.schema) this.schema = message.schema;
    if (message.start) this.start = message.start;
    if (message.status) this.status = message.status;
    if (!sameRun) this.forget();
    const ticks = payload.tick - (before?.tick ?? payload.tick);
    const reach = Math.min(FARTHEST, Math.max(REACH, ticks * WALK));
    const seen = new Set<number>();
    for (const row of payload.npcs) {
      seen.add(row.id);
      const known = restart ? undefined : this.npcs.get(row.id);
      const [x, y] = known ? this.position(known, now) : [row.x, row.y];
      const far = Math.hypot(row.x - x, row.y - y);
      const snap = !known || far > reach;
      this.npcs.set(row.id, {
        row,
        fromX: snap ? row.x : x,
        fromY: snap ? row.y : y,
        arrived: now,
        moving: !snap && far > 0.01,
      });
    }
    for (const id of this.npcs.keys()) if (!seen.has(id)) this.npcs.delete(id);
    // Only now: where people were was reckoned with the old interval.
    if (ticks > 0 && !restart) this.interval = nextInterval(this.interval, now - this.arrived);
    this.places = new Map(payload.places.map((place) => [place.name, place]));
    this.payload = payload;
    this.arrived = now;
  }

  /** Takes in what is not a state; true when it was about the town. */
  message(message: Message): boolean {
    if (message.type === "status" && message.state) {
      const { state, phase = "", speed = 0, reason = null } = message;
      this.status = { state, phase, speed, reason };
      return true;
    }
    if (message.status) this.status = message.status;
    if (message.type !== "event" || !message.events) return message.status !== undefined;
    for (const event of message.events) this.line(event);
    return true;
  }

  /** Where an NPC is drawn at `now`: never past where the newest frame has it. */
  position(npc: Moving, now: number): [x: number, y: number] {
    const { row, fromX, fromY, arrived, moving } = npc;
    const share = moving ? Math.min(1, Math.max(0, (now - arrived) / this.interval)) : 1;
    return share >= 1 ? [row.x, row.y] : [fromX + (row.x - fromX) * share, fromY + (row.y - fromY) * share];
  }

  /** True while somebody is on the way to the newest frame. */
  underway(now: number): boolean {
    return now - this.arrived < this.interval && [...this.npcs.values()].some((npc) => npc.moving);
  }

  place(name: string | null | undefined): PlaceRow | undefined {
    return name ? this.places.get(name) : undefined;
  }

  private forget(): void {
    this.npcs.clear();
    this.lines.length = 0;
    this.lastEvent = -1;
  }

  private line(event: EventRow): void {
    if (event.id <= this.lastEvent) return;
    this.lastEvent = event.id;
    const { tick_seconds = 10, tick = 0, clock = "" } = this.payload ?? {};
    const place = this.payload?.places.find((one) => one.id === event.place)?.name ?? "";
    const at = clock ? addSeconds(clock, (event.tick - tick) * tick_seconds) : "";
    const { id, tick: when, kind, npc, other, text } = event;
    this.lines.push({ id, tick: when, clock: at, kind, npc, other, place, text });
    if (this.lines.length > MAX_LINES) this.lines.splice(0, this.lines.length - MAX_LINES);
  }
}
