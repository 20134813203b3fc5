// The three forms of a state, written from PROTOCOL.md, "Forms".

import { clock, NAMES, type Npc, PLACES, type Place, SCHEMA, type Town } from "./town";

export type Form = "rows" | "cols" | "bin";
type Table = { name: string; dtype: string; values: number[] }[];

const BYTES: Record<string, number> = { i4: 4, i2: 2, u1: 1 };
const STATUS = { state: "running", phase: "running", speed: 10, reason: "" };

function tableOf(rows: (Npc | Place)[], schema: { name: string; dtype?: string }[]): Table {
  const columns = [{ name: "id", dtype: "i4" }, ...schema] as { name: string; dtype: string }[];
  return columns.map(({ name, dtype }) => ({
    name,
    dtype,
    values: rows.map((row) => (row as unknown as Record<string, number>)[name]!),
  }));
}

function bytesOf(table: Table): Uint8Array {
  const parts = table.map(({ dtype, values }) => {
    const size = BYTES[dtype]!;
    const view = new DataView(new ArrayBuffer(Math.ceil((values.length * size) / 4) * 4));
    values.forEach((value, i) => {
      if (size === 4) view.setInt32(4 * i, value, true);
      else if (size === 2) view.setInt16(2 * i, value, true);
      else view.setUint8(i, value);
    });
    return new Uint8Array(view.buffer);
  });
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A message with the newest state: whole, or with `base` what changed after it. */
export function stateMessage(town: Town, form: Form, full: boolean, base?: number): string | ArrayBuffer {
  const since = base ?? -1;
  const changed = town.npcs.filter((npc) => npc.changed > since);
  const npcs = changed.filter((npc) => npc.alive);
  const places = town.places.filter((place) => place.changed > since);
  const { epoch, seq, tick } = town;
  const constants = { town: "hamlet", run: "r1", tick_seconds: 10 };
  const map = { name: "hamlet", width: 9, height: 2, terrain: ["grass"], rows: ["aaaaaaaaa"], areas: [] };
  const moment = { tick, clock: clock(tick), day: 1 };
  const gone = base === undefined ? {} : { removed: changed.filter((npc) => !npc.alive).map(({ id }) => id) };
  const more = { hb: 10, event: town.firstEvent, schema: SCHEMA, start: clock(0), status: STATUS };
  const stamp = { epoch, seq, ...(full ? more : {}), ...(base === undefined ? {} : { base }) };
  const type = full ? "full_state" : "state_update";
  if (form === "rows") {
    const [rows, placeRows] = [npcs.map((npc) => town.row(npc)), places.map((place) => town.placeRow(place))];
    const byId = (list: Record<string, unknown>[]) => Object.fromEntries(list.map((row) => [row.id, row]));
    const tables =
      base === undefined ? { npcs: rows, places: placeRows } : { npcs: byId(rows), places: byId(placeRows) };
    const whole = base === undefined ? constants : {};
    const payload = { ...whole, ...moment, ...tables, ...gone, ...(full ? { map } : {}) };
    return JSON.stringify({ type, payload, ...stamp });
  }
  const tables = [tableOf(npcs, SCHEMA.npcs), tableOf(places, SCHEMA.places)] as const;
  const spoken = npcs.map(({ id }) => [id, town.saying(id)]).filter(([, text]) => text);
  const head = full ? { ...constants, names: NAMES, place_info: PLACES, map } : {};
  const payload = { ...head, ...moment, saying: Object.fromEntries(spoken), ...gone };
  if (form === "cols") {
    const [people, rooms] = tables.map((table) =>
      Object.fromEntries(table.map(({ name, values }) => [name, values])),
    );
    return JSON.stringify({ type, payload: { ...payload, npcs: people, places: rooms }, ...stamp });
  }
  const [people, rooms] = tables.map((table) => ({
    rows: table[0]!.values.length,
    columns: table.map(({ name, dtype }) => [name, dtype]),
  }));
  const header = new TextEncoder().encode(
    JSON.stringify({ type, payload: { ...payload, npcs: people, places: rooms }, ...stamp }),
  );
  const length = header.length + (-(header.length + 4) & 3);
  const columns = tables.map(bytesOf);
  const out = new Uint8Array(4 + length + columns[0]!.length + columns[1]!.length).fill(32);
  new DataView(out.buffer).setUint32(0, length, true);
  out.set(header, 4);
  out.set(columns[0]!, 4 + length);
  out.set(columns[1]!, 4 + length + columns[0]!.length);
  return out.buffer;
}
