// What colours people wear: their own, or those of a column of the state.

import type { Mirror } from "../mirror";
import type { ColumnSpec } from "../types";
import { clothesOf } from "./figures";
import { CLOTHES } from "./palette";

export interface Swatch {
  label: string;
  colour: string;
}

/** How a column becomes colours. */
export type Key =
  | { kind: "continuous"; low: number; high: number; unit: string; ramp: string[] }
  | { kind: "categories"; swatches: Swatch[] };

export const NOTHING = "#a9a49b";
const MOST = 11;
const STEPS = 64;
const YES_NO = ["no", "yes"];
const APART = ["id", "x", "y", "name", "saying", "alive"];
// Viridis at nine places: equal steps look equal, in grey and to the colour-blind too.
const VIRIDIS = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [83, 197, 104],
  [165, 219, 54],
  [253, 231, 37],
] as const;

/** The colour at a share from 0 to 1. */
export function viridis(share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const i = Math.min(VIRIDIS.length - 2, Math.floor(at));
  const part = (k: 0 | 1 | 2) => {
    const [a, b] = [VIRIDIS[i]![k], VIRIDIS[i + 1]![k]];
    return Math.round(a + (b - a) * (at - i))
      .toString(16)
      .padStart(2, "0");
  };
  return `#${part(0)}${part(1)}${part(2)}`;
}

export const RAMP = Array.from({ length: STEPS }, (_, i) => viridis(i / (STEPS - 1)));

/** Columns that people can be coloured by: those of the schema, or what plain rows have. */
export function tintable(mirror: Mirror): ColumnSpec[] {
  const columns = mirror.schema?.npcs;
  if (columns && columns.length > 0) return columns.filter(({ name }) => !APART.includes(name));
  const first = mirror.npcs.size > 0 ? mirror.npcs.at(0).row : {};
  return Object.entries(first)
    .filter(
      ([name, value]) => !APART.includes(name) && ["number", "string", "boolean"].includes(typeof value),
    )
    .map(([name]) => ({ name, unit: "" }));
}

const bytes = new Map<string, number>();

/** A colour as a little-endian machine keeps red, green, blue and alpha. */
function bytesOf(hex: string): number {
  let known = bytes.get(hex);
  if (known === undefined) {
    const part = (i: number) => Number.parseInt(hex.slice(i, i + 2), 16);
    known = (0xff000000 | (part(5) << 16) | (part(3) << 8) | part(1)) >>> 0;
    bytes.set(hex, known);
  }
  return known;
}

export class Tint {
  column: string | null = null;
  /** Undefined while people wear their own. */
  key: Key | undefined;
  /** Rises when colours mean something else. */
  version = 0;
  private value: (slot: number) => unknown = () => undefined;
  private codes = new Map<unknown, string>();
  private seen = -1;
  private people: unknown;
  private colours = new Uint32Array(0);
  private stamp = "";
  private painted: unknown;

  constructor(private readonly mirror: Mirror) {}

  by(column: string | null): void {
    if (column === this.column) return;
    this.column = column;
    this.key = undefined;
    this.seen = -1;
    this.version += 1;
  }

  /** Before a frame: looks at the values, as far as they have changed. */
  update(): void {
    const { npcs } = this.mirror;
    if (this.column === null || (this.seen === npcs.version && this.people === npcs)) return;
    [this.seen, this.people] = [npcs.version, npcs];
    const spec = tintable(this.mirror).find(({ name }) => name === this.column);
    this.value = npcs.column(this.column);
    if (spec?.refers === "npcs") {
      const { value } = this;
      this.value = (slot) => YES_NO[value(slot) === null ? 0 : 1];
    }
    const categories = this.categories(spec);
    if (categories) this.adopt(categories);
    else this.measure(spec);
  }

  /** The colour of somebody, as hex. */
  colourOf(slot: number): string {
    const { key } = this;
    if (!key) return this.column === null ? clothesOf(this.mirror.npcs.ids[slot]!) : NOTHING;
    const value = this.value(slot);
    if (key.kind === "categories") return this.codes.get(value) ?? NOTHING;
    if (typeof value !== "number") return NOTHING;
    const share = (value - key.low) / (key.high - key.low || 1);
    return RAMP[Math.round(Math.min(1, Math.max(0, share)) * (STEPS - 1))]!;
  }

  /** Everybody's colour by slot as four bytes, red first; `stamp` of the last one that was painted. */
  paint(): { colours: Uint32Array; stamp: string } {
    const { npcs } = this.mirror;
    const stamp = `${this.version} ${this.column === null ? npcs.members : npcs.version}`;
    if (stamp !== this.stamp || npcs !== this.painted) {
      [this.stamp, this.painted] = [stamp, npcs];
      if (this.colours.length < npcs.size) this.colours = new Uint32Array(npcs.ids.length);
      for (let slot = 0; slot < npcs.size; slot++) this.colours[slot] = bytesOf(this.colourOf(slot));
    }
    return { colours: this.colours, stamp };
  }

  private categories(spec: ColumnSpec | undefined): unknown[] | undefined {
    if (spec?.labels?.length) return spec.labels;
    if (spec?.refers === "npcs") return YES_NO;
    const counts = new Map<unknown, number>();
    for (let slot = 0; slot < this.mirror.npcs.size; slot++) {
      const value = this.value(slot);
      if (typeof value === "number") return undefined;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    counts.delete(undefined);
    counts.delete(null);
    counts.delete("");
    if (this.key?.kind === "categories" && [...counts.keys()].every((value) => this.codes.has(value)))
      return undefined;
    return [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
  }

  private adopt(values: unknown[]): void {
    const known = [...this.codes.keys()];
    if (
      this.key?.kind === "categories" &&
      known.length === values.length &&
      known.every((v, i) => v === values[i])
    )
      return;
    const colourAt = (i: number) => (i < MOST ? CLOTHES[i % CLOTHES.length]! : NOTHING);
    this.codes = new Map(values.map((value, i) => [value, colourAt(i)]));
    const words = (value: unknown) => (typeof value === "boolean" ? YES_NO[Number(value)]! : String(value));
    const swatches = values.slice(0, MOST).map((value, i) => ({ label: words(value), colour: colourAt(i) }));
    if (values.length > MOST) swatches.push({ label: `${values.length - MOST} others`, colour: NOTHING });
    this.key = { kind: "categories", swatches };
    this.version += 1;
  }

  /** Shares go from 0 to 1; other ends only ever move apart, so that colours keep their meaning. */
  private measure(spec: ColumnSpec | undefined): void {
    const was = this.key;
    if (was?.kind === "categories") return;
    let low = was?.low ?? Number.POSITIVE_INFINITY;
    let high = was?.high ?? Number.NEGATIVE_INFINITY;
    if (spec?.unit === "1") [low, high] = [0, 1];
    else {
      for (let slot = 0; slot < this.mirror.npcs.size; slot++) {
        const value = this.value(slot);
        if (typeof value !== "number") continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (low > high || (was && was.low === low && was.high === high)) return;
    this.key = {
      kind: "continuous",
      low,
      high,
      unit: spec?.unit === "1" ? "" : (spec?.unit ?? ""),
      ramp: RAMP,
    };
    this.version += 1;
  }
}
