// A town as PROTOCOL.md describes its stream, with few people and made-up lives, and every state that it ever showed.

import type { ColumnSpec, EventRow, Schema } from "../../src/types";

export interface Npc {
  id: number;
  x: number;
  y: number;
  heading: number;
  place: number;
  partner: number;
  mood: number;
  asleep: number;
  alive: boolean;
  /** The `seq` that last changed it. */
  changed: number;
}

export interface Place {
  id: number;
  open: number;
  occupants: number;
  changed: number;
}

/** What a viewer should see. */
export interface View {
  tick: number;
  npcs: Record<string, unknown>[];
  places: Record<string, unknown>[];
}

const LABELS = ["east", "south", "west", "north"];
const column = (name: string, dtype: string, more: Partial<ColumnSpec> = {}): ColumnSpec => ({
  name,
  dtype,
  unit: "1",
  ...more,
});
export const SCHEMA = {
  npcs: [
    column("x", "i2", { per_unit: 8 }),
    column("y", "i2", { per_unit: 8 }),
    column("heading", "u1", { labels: LABELS }),
    column("place", "i4", { refers: "places" }),
    column("partner", "i4", { refers: "npcs" }),
    column("mood", "i2", { per_unit: 1000 }),
    column("asleep", "u1"),
  ],
  places: [column("open", "u1"), column("occupants", "i4")],
} satisfies Schema;
export const NAMES = ["Ada", "Ben", "Cy", "Dot", "Eve"];
export const PLACES = [
  { id: 0, name: "Home", kind: "home", x: 1, y: 1, capacity: 4 },
  { id: 1, name: "Mill Café", kind: "cafe", x: 5, y: 1, capacity: 2 },
];
const HEARD_TICKS = 3;
const KEPT = 20;

export const clock = (tick: number) =>
  new Date(Date.UTC(2025, 2, 3, 6) + tick * 10_000).toISOString().slice(0, 19);

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Town {
  life = 1;
  seq = 0;
  tick = 0;
  npcs: Npc[];
  places: Place[];
  events: EventRow[] = [];
  nextEvent = 0;
  firstEvent = 0;
  /** Every state that was ever shown, by `epoch:seq`. */
  readonly shown = new Map<string, View>();
  /** Everything that was ever said, as `id:text`. */
  readonly said = new Set<string>();
  private readonly speech = new Map<number, EventRow>();
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.npcs = NAMES.map((_, id) => ({
      id,
      x: id * 8,
      y: 8,
      heading: 0,
      place: -1,
      partner: -1,
      mood: 500,
      asleep: 0,
      alive: true,
      changed: 0,
    }));
    this.places = PLACES.map(({ id }) => ({ id, open: 1, occupants: 0, changed: 0 }));
    this.publish();
  }

  get epoch(): string {
    return `life ${this.life}`;
  }

  saying(id: number): string {
    const said = this.speech.get(id);
    return said && this.tick < said.tick + HEARD_TICKS ? said.text : "";
  }

  step(): void {
    const before = this.npcs.map((npc) => this.saying(npc.id));
    this.tick += 1;
    this.seq += 1;
    for (const npc of this.npcs) if (npc.alive && this.random() < 0.3) this.live(npc);
    for (const place of this.places) {
      if (this.random() > 0.15) continue;
      place.open = 1 - place.open;
      place.occupants = this.pick(4);
      place.changed = this.seq;
    }
    for (const npc of this.npcs) if (this.saying(npc.id) !== before[npc.id]) npc.changed = this.seq;
    this.show();
  }

  /** Its process dies, and another goes on from a tick that was on the disk. */
  restart(): void {
    this.life += 1;
    this.tick = Math.max(0, this.tick - this.pick(4));
    this.events = this.events.filter((event) => event.tick <= this.tick);
    this.firstEvent = this.nextEvent = (this.events.at(-1)?.id ?? -1) + 1;
    this.speech.clear();
    for (const event of this.events) this.speech.set(event.npc, event);
    this.seq = 0;
    if (this.npcs.every((npc) => !npc.alive)) for (const npc of this.npcs) npc.alive = true;
    this.publish();
  }

  view(): View {
    const npcs = this.npcs.filter((npc) => npc.alive).map((npc) => this.row(npc));
    return { tick: this.tick, npcs, places: this.places.map((place) => this.placeRow(place)) };
  }

  row({ id, x, y, heading, place, partner, mood, asleep }: Npc): Record<string, unknown> {
    return {
      id,
      name: NAMES[id],
      x: x / 8,
      y: y / 8,
      heading: LABELS[heading],
      place: PLACES[place]?.name ?? null,
      partner: partner < 0 ? null : partner,
      mood: mood / 1000,
      asleep: asleep !== 0,
      saying: this.saying(id),
    };
  }

  placeRow({ id, open, occupants }: Place): Record<string, unknown> {
    return { ...PLACES[id], open: open !== 0, occupants };
  }

  private live(npc: Npc): void {
    npc.changed = this.seq;
    npc.x += this.pick(3) - 1;
    npc.heading = this.pick(4);
    npc.place = this.pick(3) - 1;
    npc.partner = this.pick(NAMES.length + 1) - 1;
    npc.mood = this.pick(1001);
    npc.asleep = this.pick(2);
    if (this.random() < 0.02) npc.alive = false;
    if (this.random() < 0.4) this.say(npc.id);
  }

  private say(npc: number): void {
    const id = this.nextEvent++;
    const text = `words ${this.pick(1000)}`;
    const event = { id, tick: this.tick, kind: "said", npc, other: -1, place: -1, text };
    this.events = [...this.events, event].slice(-KEPT);
    this.said.add(`${id}:${text}`);
    this.speech.set(npc, event);
  }

  private publish(): void {
    this.seq += 1;
    for (const row of [...this.npcs, ...this.places]) row.changed = this.seq;
    this.show();
  }

  private show(): void {
    this.shown.set(`${this.epoch}:${this.seq}`, this.view());
  }

  private pick(n: number): number {
    return Math.floor(this.random() * n);
  }
}
