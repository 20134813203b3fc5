// A recorded stretch of PROTOCOL.md, from bytes to columns: gzip, a header in JSON, planes of bytes, differences.

import type { Tie } from "../scene/ties";
import type { MapData, PlaceRow, Schema } from "../types";

export type Values = Int32Array | Int16Array | Uint8Array;

interface Described {
  rows: number;
  length: number;
  columns: [name: string, width: number][];
}

export interface Header {
  replay: number;
  town: string;
  run: string;
  start: string;
  tick_seconds: number;
  every: number;
  schema: Schema;
  names: string[];
  place_info: PlaceRow[];
  map: MapData;
  personas: Record<string, unknown>[];
  kinds: string[];
  texts: string[];
  frames: number;
  tick: number;
  tables: Record<string, Described>;
  /** The moments at which ties are known. */
  tie_ticks?: number[];
  /** Bytes of the map's pictures, which come last. */
  art?: number;
}

/** One table: `columns` hold its rows one after another, each `length` values long. */
export interface Series {
  rows: number;
  length: number;
  columns: Map<string, Values>;
}

export interface Replay {
  header: Header;
  /** The tick of each frame, rising. */
  ticks: Values;
  tables: Record<string, Series>;
  /** The map's pictures, if they travelled along. */
  art?: Uint8Array<ArrayBuffer>;
}

const VERSION = 1;
const KINDS: Record<string, new (length: number) => Values> = { i2: Int16Array, u1: Uint8Array };

export async function inflate(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Adds the differences of `rows` series of `length` up again; `at` is where the column's planes begin. */
function unpack(
  bytes: Uint8Array,
  at: number,
  width: number,
  { rows, length }: { rows: number; length: number },
  Kind: new (length: number) => Values,
): Values {
  const count = rows * length;
  const out = new Kind(count);
  for (let row = 0, i = 0; row < rows; row++) {
    let value = 0;
    for (let k = 0; k < length; k++, i++) {
      let zigzag = 0;
      for (let plane = 0; plane < width; plane++) zigzag |= bytes[at + plane * count + i]! << (8 * plane);
      value = (value + ((zigzag >>> 1) ^ -(zigzag & 1))) | 0;
      out[i] = value;
    }
  }
  return out;
}

/** Throws, in words for people, where the bytes are no replay that this page understands. */
export async function decodeReplay(data: Uint8Array<ArrayBuffer>): Promise<Replay> {
  const bytes = await inflate(data).catch(() => {
    throw new Error("The recorded stretch is damaged.");
  });
  const size = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))) as Header;
  if (header.replay !== VERSION) throw new Error("The recorded stretch is of another version of aitown.");
  let at = 4 + size;
  const take = (
    width: number,
    shape: { rows: number; length: number },
    Kind = Int32Array as typeof KINDS.i2,
  ) => {
    const made = unpack(bytes, at, width, shape, Kind!);
    at += width * shape.rows * shape.length;
    return made;
  };
  const ticks = take(header.tick, { rows: 1, length: header.frames });
  const tables: Record<string, Series> = {};
  for (const [table, { rows, length, columns }] of Object.entries(header.tables)) {
    const kinds = new Map(header.schema[table]?.map(({ name, dtype }) => [name, KINDS[dtype ?? ""]]));
    const made = new Map(
      columns.map(([name, width]) => [name, take(width, { rows, length }, kinds.get(name))]),
    );
    tables[table] = { rows, length, columns: made };
  }
  const stop = at + (header.art ?? 0);
  if (stop !== bytes.length) throw new Error("The recorded stretch is damaged.");
  return { header, ticks, tables, ...(header.art ? { art: bytes.slice(at, stop) } : {}) };
}

const THOUSAND = 1000;

/** Whom somebody was close to at a tick, the closest first; null where no ties were recorded. */
export function tiesAt({ header, tables }: Replay, id: number, tick: number): Tie[] | null {
  const { tie_ticks: moments } = header;
  const { length = 0, rows = 0, columns } = tables.ties ?? {};
  const [npc, other, strength] = ["npc", "other", "strength"].map((name) => columns?.get(name));
  if (!moments || !npc || !other || !strength) return null;
  const k = Math.max(0, lastUpTo(moments, tick));
  const found: Tie[] = [];
  for (let row = 0, i = k; row < rows; row++, i += length)
    if (npc[i] === id && strength[i]! > 0)
      found.push({ other: other[i]!, strength: strength[i]! / THOUSAND });
  return found.sort((a, b) => b.strength - a.strength);
}

/** Bytes from base64, as they travel in text. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

/** The place of the last value that is not above `wanted` in rising values; −1 when all are. */
export function lastUpTo(values: ArrayLike<number>, wanted: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
