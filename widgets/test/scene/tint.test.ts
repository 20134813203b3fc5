import { describe, expect, test } from "vitest";
import { Mirror } from "../../src/mirror";
import { clothesOf } from "../../src/scene/figures";
import { NOTHING, RAMP, Tint, tintable, viridis } from "../../src/scene/tint";
import type { Message, NpcRow } from "../../src/types";
import { payload } from "../world";

const message: Message = { type: "state_update" };
const row = (id: number, more: Partial<NpcRow>): NpcRow => ({ id, name: `N${id}`, x: 1, y: 1, ...more });
const town = (...rows: NpcRow[]) => {
  const mirror = new Mirror();
  mirror.state(payload(1, { npcs: rows }), message, 0);
  return mirror;
};
const dressed = (mirror: Mirror, column: string | null) => {
  const tint = new Tint(mirror);
  tint.by(column);
  tint.update();
  return tint;
};

test("without a column everybody wears their own", () => {
  const tint = dressed(town(row(4, {})), null);
  expect(tint.colourOf(0)).toBe(clothesOf(4));
  expect(tint.key).toBeUndefined();
});

describe("numbers", () => {
  test("go from the lowest to the highest that was seen, and never back", () => {
    const mirror = town(row(0, { money: 10 }), row(1, { money: 30 }), row(2, {}));
    const tint = dressed(mirror, "money");
    expect([0, 1, 2].map((slot) => tint.colourOf(slot))).toEqual([RAMP[0], RAMP.at(-1), NOTHING]);
    mirror.state(payload(2, { npcs: [row(0, { money: 50 }), row(1, { money: 40 })] }), message, 1);
    tint.update();
    expect(tint.key).toMatchObject({ kind: "continuous", low: 10, high: 50 });
  });

  test("shares go from 0 to 1, whatever is seen", () => {
    const mirror = town(row(0, { mood: 0.5 }));
    mirror.schema = { npcs: [{ name: "mood", unit: "1" }] };
    expect(dressed(mirror, "mood").key).toMatchObject({ low: 0, high: 1 });
  });

  test("the ramp goes from dark to light, so that it is read without colours", () => {
    const light = (hex: string) =>
      [1, 3, 5].reduce(
        (sum, i) => sum + [0.3, 0.59, 0.11][(i - 1) / 2]! * Number.parseInt(hex.slice(i, i + 2), 16),
        0,
      );
    const lights = Array.from({ length: 20 }, (_, i) => light(viridis(i / 19)));
    expect(lights).toEqual([...lights].sort((a, b) => a - b));
  });
});

describe("categories", () => {
  test("labels have the schema's order; nobody's colour depends on who is there", () => {
    const schema = { npcs: [{ name: "activity", unit: "label", labels: ["sleeping", "eating", "working"] }] };
    const [one, other] = [
      town(row(0, { activity: "working" })),
      town(row(0, { activity: "eating" }), row(1, { activity: "working" })),
    ];
    for (const mirror of [one, other]) mirror.schema = schema;
    expect(dressed(one, "activity").colourOf(0)).toBe(dressed(other, "activity").colourOf(1));
  });

  test("of many the most frequent have colours, the rest one of their own", () => {
    const rows = Array.from({ length: 40 }, (_, id) => row(id, { place: id < 10 ? "Square" : `Home ${id}` }));
    const { key } = dressed(town(...rows), "place");
    expect(key).toMatchObject({ kind: "categories" });
    const swatches = key?.kind === "categories" ? key.swatches : [];
    expect(swatches[0]?.label).toBe("Square");
    expect(swatches.at(-1)).toEqual({ label: "20 others", colour: NOTHING });
  });

  test("a reference to somebody is whether there is one", () => {
    const mirror = town(row(0, { partner: null }), row(1, { partner: 0 }));
    mirror.schema = { npcs: [{ name: "partner", unit: "id", refers: "npcs" }] };
    const tint = dressed(mirror, "partner");
    expect(tint.key).toMatchObject({ swatches: [{ label: "no" }, { label: "yes" }] });
    expect(tint.colourOf(0)).not.toBe(tint.colourOf(1));
  });
});

test("what can be chosen is what the schema has, but for where and who", () => {
  const mirror = town(row(0, {}));
  mirror.schema = { npcs: ["x", "y", "mood", "alive", "wealth"].map((name) => ({ name, unit: "1" })) };
  expect(tintable(mirror).map(({ name }) => name)).toEqual(["mood", "wealth"]);
  expect(tintable(town(row(0, { mood: 0.2, place: "Home" }))).map(({ name }) => name)).toEqual([
    "mood",
    "place",
  ]);
});
