// The forms of PROTOCOL.md: from what came to columns, and from columns to rows in real units.

import type { ColumnSpec } from "./types";

type Typed = Int32Array | Int16Array | Uint8Array;
/** Columns of equal length by name, `id` first. */
export type Columns = Record<string, ArrayLike<number>> & { id: ArrayLike<number> };

interface Described {
  rows: number;
  columns: [name: string, dtype: string][];
}

const KINDS: Record<string, new (buffer: ArrayBuffer, at: number, length: number) => Typed> = {
  i4: Int32Array,
  i2: Int16Array,
  u1: Uint8Array,
};
const SIZES: Record<string, number> = { i4: 4, i2: 2, u1: 1 };
const ALIGN = 4;

/** A message from text, or from the binary form, whose columns stay where they are. Throws where it is neither. */
export function parse(data: string | ArrayBuffer): unknown {
  if (typeof data === "string") return JSON.parse(data);
  const length = new DataView(data).getUint32(0, true);
  const message = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  let at = 4 + length;
  for (const table of ["npcs", "places"]) {
    const { rows, columns } = message.payload[table] as Described;
    const made: Record<string, Typed> = {};
    for (const [name, dtype] of columns) {
      const [Kind, size] = [KINDS[dtype], SIZES[dtype]];
      if (!Kind || !size) throw new TypeError(`a column of dtype ${dtype}`);
      const bytes = rows * size;
      made[name] = at % size === 0 ? new Kind(data, at, rows) : new Kind(data.slice(at, at + bytes), 0, rows);
      at += Math.ceil(bytes / ALIGN) * ALIGN;
    }
    message.payload[table] = made;
  }
  return message;
}

export const isColumns = (table: unknown): table is Columns => {
  const id = (table as Columns | undefined)?.id;
  return Array.isArray(id) || ArrayBuffer.isView(id);
};

/** How a frozen integer becomes what a row shows. */
export function reader(
  column: ColumnSpec,
  placeName: (id: number) => string | null,
): (raw: number) => unknown {
  const { labels, refers, per_unit } = column;
  if (labels?.length) return (raw) => labels[raw];
  if (refers === "places") return placeName;
  if (refers) return (raw) => (raw < 0 ? null : raw);
  if (column.dtype === "u1") return (raw) => raw !== 0;
  return per_unit && per_unit !== 1 ? (raw) => raw / per_unit : (raw) => raw;
}

/** Writes row `i` of columns into an object. */
export type Writer = (row: Record<string, unknown>, i: number) => void;

/** Joins columns with their schema; a column that the schema doesn't know stays as it is. */
export function writer(
  columns: Columns,
  schema: ColumnSpec[],
  placeName: (id: number) => string | null,
): Writer {
  const specs = new Map(schema.map((column) => [column.name, column]));
  const parts = Object.entries(columns).map(([name, values]) => {
    const spec = specs.get(name);
    return { name, values, read: spec ? reader(spec, placeName) : (raw: number): unknown => raw };
  });
  return (row, i) => {
    for (const { name, values, read } of parts) row[name] = read(values[i]!);
  };
}
