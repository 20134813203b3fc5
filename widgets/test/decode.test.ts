import { describe, expect, test } from "vitest";
import { parse, reader } from "../src/decode";
import { Mirror } from "../src/mirror";
import type { ColumnSpec, Message, Payload } from "../src/types";

/** A binary message whose columns begin `skew` bytes after a multiple of 4. */
function binary(columns: Record<string, [dtype: string, values: number[]]>, skew = 0): ArrayBuffer {
  const rows = Object.values(columns)[0]![1].length;
  const table = { rows, columns: Object.entries(columns).map(([name, [dtype]]) => [name, dtype]) };
  const empty = { rows: 0, columns: [["id", "i4"]] };
  let header = JSON.stringify({ type: "state_update", payload: { npcs: table, places: empty } });
  while ((header.length + 4) % 4 !== skew) header += " ";
  const parts: number[] = [];
  for (const [dtype, values] of Object.values(columns)) {
    const size = Number(dtype[1]);
    const view = new DataView(new ArrayBuffer(Math.ceil((values.length * size) / 4) * 4));
    values.forEach((value, i) => {
      if (size === 4) view.setInt32(i * 4, value, true);
      else if (size === 2) view.setInt16(i * 2, value, true);
      else view.setUint8(i, value);
    });
    parts.push(...new Uint8Array(view.buffer));
  }
  const out = new Uint8Array(4 + header.length + parts.length);
  new DataView(out.buffer).setUint32(0, header.length, true);
  out.set(new TextEncoder().encode(header), 4);
  out.set(parts, 4 + header.length);
  return out.buffer;
}

const columns = {
  id: ["i4", [0, 1, 70_000]],
  x: ["i2", [-1, 300, 5]],
  heading: ["u1", [0, 255, 2]],
  place: ["i4", [-1, 0, 1]],
} satisfies Record<string, [string, number[]]>;

describe("binary messages", () => {
  test.each([0, 1, 2, 3])("columns are read wherever they begin: %i past a multiple of 4", (skew) => {
    const { payload } = parse(binary(columns, skew)) as { payload: Payload };
    const npcs = payload.npcs as unknown as Record<string, ArrayLike<number>>;
    for (const [name, [, values]] of Object.entries(columns)) {
      expect(Array.from(npcs[name]!)).toEqual(values);
    }
  });

  test("aligned columns are not copied", () => {
    const data = binary(columns);
    const { payload } = parse(data) as { payload: Payload };
    const { x } = payload.npcs as unknown as { x: Int16Array };
    expect(x.buffer).toBe(data);
  });

  test.each([5, 60, 200])("one that is cut at byte %i is an error, not a state", (length) => {
    expect(() => parse(binary(columns).slice(0, length))).toThrow();
  });

  test("a type that is not known is an error", () => {
    expect(() => parse(binary({ id: ["i4", [1]], x: ["f8", [1]] }))).toThrow("f8");
  });
});

test("integers become what a row shows", () => {
  const place = (id: number) => (id === 1 ? "Mill Café" : null);
  const column = (more: Partial<ColumnSpec>) => reader({ name: "c", unit: "1", ...more }, place);
  expect(column({ per_unit: 8 })(5)).toBe(0.625);
  expect(column({ per_unit: 1000 })(734)).toBe(0.734);
  expect(column({ labels: ["east", "south"], dtype: "u1" })(1)).toBe("south");
  expect(column({ refers: "places" })(1)).toBe("Mill Café");
  expect(column({ refers: "places" })(-1)).toBeNull();
  expect(column({ refers: "npcs" })(-1)).toBeNull();
  expect(column({ refers: "npcs" })(0)).toBe(0);
  expect(column({ dtype: "u1" })(1)).toBe(true);
  expect(column({ dtype: "i4" })(-7)).toBe(-7);
});

test("columns without a schema are an error: no number is shown that nobody can read", () => {
  const mirror = new Mirror();
  const message = parse(binary(columns)) as Message;
  expect(() => mirror.state(message.payload!, message, 0)).toThrow("schema");
});
