// Everybody of a town, in slots without gaps: where they are, where they came from, and what is known of them. What came
// in columns stays in columns; a row of it is made only when somebody looks at it.

import { type Columns, reader } from "./decode";
import type { ColumnSpec, NpcRow } from "./types";

/** An NPC between two frames: at `from` when the newest frame that moved it arrived, `takes` ms from where it is. */
export interface Moving {
  row: NpcRow;
  fromX: number;
  fromY: number;
  arrived: number;
  takes: number;
}

/** How whoever changed comes to where they are now: those within `reach` tiles walk for `takes` ms, others are there at once. */
export interface Pace {
  reach: number;
  takes: number;
  now: number;
}

/** What columns need to be read. */
export interface Reading {
  schema: ColumnSpec[];
  names: string[];
  saying: Record<string, string> | undefined;
  placeName: (id: number) => string | null;
}

const LEAST = 64;
const STILL = 0.01;

export class People implements Iterable<[number, Moving]> {
  /** How many there are, in slots 0 to size. */
  size = 0;
  /** Rises whenever something changes. */
  version = 0;
  /** Rises whenever somebody comes, goes, or changes the slot. */
  members = 0;
  ids = new Int32Array(LEAST);
  /** x and y of each slot in tiles, one after the other. */
  to = new Float32Array(2 * LEAST);
  from = new Float32Array(2 * LEAST);
  arrived = new Float64Array(LEAST);
  takes = new Float32Array(LEAST);
  /** Who says what. */
  readonly says = new Map<number, string>();
  private readonly slots = new Map<number, number>();
  private readonly raw = new Map<string, Int32Array>();
  private given: (NpcRow | undefined)[] = [];
  private made: (Moving | undefined)[] = [];
  private reads: [name: string, read: (raw: number) => unknown][] = [];
  private names: string[] = [];
  private readonly gone = new Map<number, string>();
  private movingUntil = 0;

  slot(id: number): number | undefined {
    return this.slots.get(id);
  }

  has(id: number): boolean {
    return this.slots.has(id);
  }

  get(id: number): Moving | undefined {
    const slot = this.slots.get(id);
    return slot === undefined ? undefined : this.at(slot);
  }

  at(slot: number): Moving {
    const known = this.made[slot];
    if (known) return known;
    const [fromX, fromY] = [this.from[2 * slot]!, this.from[2 * slot + 1]!];
    const [arrived, takes] = [this.arrived[slot]!, this.takes[slot]!];
    const moving = { row: this.row(slot), fromX, fromY, arrived, takes };
    this.made[slot] = moving;
    return moving;
  }

  /** The name of somebody who is there, or was while this page looked on. */
  name(id: number): string | undefined {
    const slot = this.slots.get(id);
    return slot === undefined ? this.gone.get(id) : (this.given[slot]?.name ?? this.names[id] ?? "");
  }

  keys(): IterableIterator<number> {
    return this.slots.keys();
  }

  *values(): IterableIterator<Moving> {
    for (const slot of this.slots.values()) yield this.at(slot);
  }

  *[Symbol.iterator](): IterableIterator<[number, Moving]> {
    for (const [id, slot] of this.slots) yield [id, this.at(slot)];
  }

  /** One column of everybody, by slot, as rows have it; no row is made for it. */
  column(name: string): (slot: number) => unknown {
    const raw = this.raw.get(name);
    const read = this.reads.find(([one]) => one === name)?.[1];
    const { given } = this;
    if (!raw || !read) return (slot) => given[slot]?.[name];
    return (slot) => (given[slot] ? given[slot]?.[name] : read(raw[slot]!));
  }

  /** True while somebody is on the way to the newest frame. */
  underway(now: number): boolean {
    return now < this.movingUntil;
  }

  clear(): void {
    this.size = 0;
    this.slots.clear();
    this.raw.clear();
    this.says.clear();
    this.gone.clear();
    this.given = [];
    this.made = [];
    this.reads = [];
    this.members += 1;
    this.version += 1;
  }

  takeRows(rows: NpcRow[], whole: boolean, pace: Pace): void {
    this.version += 1;
    const seen = new Set<number>();
    for (const row of rows) {
      const slot = this.seat(row.id, row.x, row.y, pace);
      this.given[slot] = row;
      this.say(row.id, row.saying);
      seen.add(row.id);
    }
    if (whole) this.keep(seen);
  }

  takeColumns(columns: Columns, reading: Reading, whole: boolean, pace: Pace): void {
    this.version += 1;
    const { schema, names, saying, placeName } = reading;
    this.names = names;
    const specs = new Map(schema.map((column) => [column.name, column]));
    const readerOf = (name: string) => {
      const spec = specs.get(name);
      return spec ? reader(spec, placeName) : (raw: number): unknown => raw;
    };
    const parts = Object.keys(columns).filter((name) => name !== "id");
    this.reads = parts.map((name) => [name, readerOf(name)]);
    for (const name of this.raw.keys()) if (!parts.includes(name)) this.raw.delete(name);
    const { id: ids, x, y } = columns;
    const [perX, perY] = [specs.get("x")?.per_unit || 1, specs.get("y")?.per_unit || 1];
    const slots = new Int32Array(ids.length);
    // Most often rows lie in the order of the slots, and columns can be copied whole.
    let inOrder = true;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      const slot = this.seat(id, (x?.[i] ?? 0) / perX, (y?.[i] ?? 0) / perY, pace);
      slots[i] = slot;
      if (slot !== i) inOrder = false;
      if (slot < this.given.length) this.given[slot] = undefined;
      if (saying?.[id]) this.says.set(id, saying[id]);
      else if (this.says.size > 0) this.says.delete(id);
    }
    for (const name of parts) {
      const store = this.store(name);
      const values = columns[name]!;
      if (inOrder) store.set(values);
      else for (let i = 0; i < slots.length; i++) store[slots[i]!] = values[i]!;
    }
    if (whole && this.size > ids.length) this.keep(new Set(Array.from(ids)));
  }

  remove(id: number): void {
    const slot = this.slots.get(id);
    if (slot === undefined) return;
    const last = this.size - 1;
    this.gone.set(id, this.name(id)!);
    this.slots.delete(id);
    this.says.delete(id);
    if (slot !== last) this.moveSlot(last, slot);
    if (last < this.given.length) this.given[last] = undefined;
    if (last < this.made.length) this.made[last] = undefined;
    this.size = last;
    this.members += 1;
    this.version += 1;
  }

  private moveSlot(last: number, slot: number): void {
    const id = this.ids[last]!;
    this.slots.set(id, slot);
    this.ids[slot] = id;
    for (const pair of [this.to, this.from]) pair.copyWithin(2 * slot, 2 * last, 2 * last + 2);
    for (const one of [this.arrived, this.takes, ...this.raw.values()]) one[slot] = one[last]!;
    this.given[slot] = this.given[last];
    this.made[slot] = this.made[last];
  }

  private keep(seen: Set<number>): void {
    for (const id of [...this.slots.keys()]) if (!seen.has(id)) this.remove(id);
  }

  private say(id: number, words: string | undefined): void {
    if (words) this.says.set(id, words);
    else this.says.delete(id);
  }

  /** Puts somebody where the newest frame has them, walking there or not. */
  private seat(id: number, x: number, y: number, { reach, takes, now }: Pace): number {
    const known = this.slots.get(id);
    const slot = known ?? this.size;
    if (known === undefined) {
      if (slot >= this.ids.length) this.grow();
      this.slots.set(id, slot);
      this.ids[slot] = id;
      this.size += 1;
      this.members += 1;
    }
    const { to, from } = this;
    const [i, j] = [2 * slot, 2 * slot + 1];
    let walks = false;
    if (known !== undefined && reach > 0) {
      const left = this.takes[slot]!;
      const share = left > 0 ? Math.min(1, Math.max(0, (now - this.arrived[slot]!) / left)) : 1;
      const hereX = from[i]! + (to[i]! - from[i]!) * share;
      const hereY = from[j]! + (to[j]! - from[j]!) * share;
      const far = Math.hypot(x - hereX, y - hereY);
      walks = far > STILL && far <= reach;
      if (walks) [from[i], from[j]] = [hereX, hereY];
    }
    if (!walks) [from[i], from[j]] = [x, y];
    [to[i], to[j]] = [x, y];
    this.arrived[slot] = now;
    this.takes[slot] = walks ? takes : 0;
    if (walks) this.movingUntil = Math.max(this.movingUntil, now + takes);
    if (slot < this.made.length) this.made[slot] = undefined;
    return slot;
  }

  private grow(): void {
    const length = 2 * this.ids.length;
    const longer = <T extends Int32Array | Float32Array | Float64Array>(old: T, made: T): T => {
      made.set(old);
      return made;
    };
    this.ids = longer(this.ids, new Int32Array(length));
    this.to = longer(this.to, new Float32Array(2 * length));
    this.from = longer(this.from, new Float32Array(2 * length));
    this.arrived = longer(this.arrived, new Float64Array(length));
    this.takes = longer(this.takes, new Float32Array(length));
    for (const [name, old] of this.raw) this.raw.set(name, longer(old, new Int32Array(length)));
  }

  private store(name: string): Int32Array {
    let store = this.raw.get(name);
    if (!store || store.length < this.ids.length) {
      const longer = new Int32Array(this.ids.length);
      if (store) longer.set(store);
      this.raw.set(name, (store = longer));
    }
    return store;
  }

  private row(slot: number): NpcRow {
    const given = this.given[slot];
    if (given) return given;
    const id = this.ids[slot]!;
    const row = { id, name: this.names[id] ?? "" } as NpcRow;
    for (const [name, read] of this.reads) row[name] = read(this.raw.get(name)![slot]!);
    row.saying = this.says.get(id) ?? "";
    return row;
  }
}
