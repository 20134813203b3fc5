// What happened and what was said, as far as this page remembers: each event once, in the order of its id.

import type { EventRow, Message } from "./types";

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

const MOST = 240;

/** Adds seconds to a clock without time zone, "2025-03-03T07:00:00". */
export function addSeconds(clock: string, seconds: number): string {
  const at = Date.parse(`${clock.slice(0, 19)}Z`);
  return Number.isNaN(at) ? clock : new Date(at + seconds * 1000).toISOString().slice(0, 19);
}

export class Lines {
  readonly list: Line[] = [];
  /** The id to ask from after a break; undefined while none is known. */
  next: number | undefined;
  /** How many events came and went while nobody was listening. */
  missed = 0;
  /** Rises when lines are taken back, so that whoever shows them begins anew. */
  version = 0;

  /** Takes the rows of an `event` message in; `clockAt` and `placeName` say when and where. */
  hear(message: Message, clockAt: (tick: number) => string, placeName: (id: number) => string): void {
    for (const event of message.events ?? []) this.add(event, clockAt, placeName);
    this.missed += message.missed ?? 0;
    // Never back: what was swapped on the way would be told twice.
    if (message.next !== undefined) this.next = Math.max(this.next ?? 0, message.next);
    if (this.list.length > MOST) this.list.splice(0, this.list.length - MOST);
  }

  /** Another life of the town begins with event `first`, or after `tick` where that isn't said. */
  rewind(tick: number, first: number | undefined): void {
    const kept = this.list.filter((line) => (first === undefined ? line.tick <= tick : line.id < first));
    if (kept.length < this.list.length) {
      this.list.splice(0, this.list.length, ...kept);
      this.version += 1;
    }
    const last = this.list.at(-1);
    const after = first ?? (last ? last.id + 1 : 0);
    if (this.next !== undefined) this.next = Math.min(this.next, after);
  }

  clear(): void {
    this.list.length = 0;
    this.next = undefined;
    this.missed = 0;
    this.version += 1;
  }

  private add(event: EventRow, clockAt: (tick: number) => string, placeName: (id: number) => string): void {
    if (this.next !== undefined && event.id < this.next) return;
    this.next = event.id + 1;
    const { id, tick, kind, npc, other, text } = event;
    this.list.push({ id, tick, clock: clockAt(tick), kind, npc, other, place: placeName(event.place), text });
  }
}
