// People in columns and in rows, against a plain map.

import fc from "fast-check";
import { expect, test } from "vitest";
import { People } from "../src/people";
import type { NpcRow } from "../src/types";

const schema = [
  { name: "x", unit: "tile", dtype: "i2", per_unit: 8 },
  { name: "y", unit: "tile", dtype: "i2", per_unit: 8 },
  { name: "mood", unit: "1", dtype: "i2", per_unit: 1000 },
];
const names = Array.from({ length: 300 }, (_, id) => `N${id}`);
const still = { reach: 0, takes: 0, now: 0 };
const reading = (saying = {}) => ({ schema, names, saying, placeName: () => null });
const columnsOf = (rows: NpcRow[]) => ({
  id: rows.map((row) => row.id),
  x: rows.map((row) => row.x * 8),
  y: rows.map((row) => row.y * 8),
  mood: rows.map((row) => Math.round((row.mood as number) * 1000)),
});
const rowOf = (id: number, n: number): NpcRow => ({
  id,
  name: `N${id}`,
  x: n,
  y: n / 2,
  mood: n / 200,
  saying: "",
});

const step = fc.record({
  form: fc.constantFrom("rows", "columns"),
  whole: fc.boolean(),
  ids: fc.uniqueArray(fc.nat(299), { maxLength: 120 }),
  removed: fc.array(fc.nat(299), { maxLength: 20 }),
});

test("whatever comes in whichever form, it knows what a map of rows knows", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const [people, model] = [new People(), new Map<number, NpcRow>()];
      for (const [n, { form, whole, ids, removed }] of steps.entries()) {
        const rows = ids.map((id) => rowOf(id, n + (id % 7)));
        if (form === "rows") people.takeRows(rows, whole, still);
        else people.takeColumns(columnsOf(rows), reading(), whole, still);
        if (whole) model.clear();
        for (const row of rows) model.set(row.id, row);
        if (!whole)
          for (const id of removed) {
            people.remove(id);
            model.delete(id);
          }
        expect(people.size).toBe(model.size);
        const mood = people.column("mood");
        for (const [id, row] of model) {
          const slot = people.slot(id)!;
          expect(people.at(slot).row).toEqual(row);
          expect(mood(slot)).toBe(row.mood);
          expect([people.ids[slot], people.to[2 * slot], people.to[2 * slot + 1]]).toEqual([
            id,
            row.x,
            row.y,
          ]);
          expect(people.name(id)).toBe(row.name);
        }
      }
    }),
  );
});

test("who says what is known, and forgotten when it is over", () => {
  const people = new People();
  people.takeColumns(columnsOf([rowOf(1, 1), rowOf(2, 1)]), reading({ "1": "Hello" }), true, still);
  expect([...people.says]).toEqual([[1, "Hello"]]);
  people.takeColumns(columnsOf([rowOf(1, 1)]), reading(), false, still);
  expect(people.says.size).toBe(0);
});
