import { expect, test } from "vitest";
import { Mirror } from "../src/mirror";
import {
  amounts,
  clockWords,
  doing,
  happening,
  pleasant,
  sentence,
  shares,
  summary,
} from "../src/panels/words";
import type { NpcRow } from "../src/types";
import { payload } from "./world";

const row: NpcRow = {
  id: 0,
  name: "Ada",
  x: 1,
  y: 2,
  place: "Mill Café",
  activity: "eating",
  why: "hungry",
  hunger: 0.9,
};

test("money is written in whole units, debts where there are any", () => {
  const mirror = new Mirror();
  const columns = [
    { name: "money", unit: "cent" },
    { name: "arrears", unit: "cent" },
    { name: "hunger", unit: "1" },
  ];
  const known = { schema: { npcs: columns, places: [] } } as unknown as Pick<Mirror, "schema">;
  expect(amounts(known, { ...row, money: 41250, arrears: 0 })).toBe("money 412.50");
  expect(amounts(known, { ...row, money: 0, arrears: 10005 })).toBe("money 0.00 · arrears 100.05");
  expect(amounts(mirror, row)).toBe("");
});

test("the clock", () => {
  expect(clockWords({ clock: "2025-03-03T07:42:10", day: 1 })).toBe("Mon 07:42 · day 1");
});

test("reasons become sentences, however they are written", () => {
  expect(sentence("its process was ended by SIGKILL.")).toBe("Its process was ended by SIGKILL.");
  expect(sentence("no town is called 'nope'..")).toBe("No town is called 'nope'.");
  expect(sentence("")).toBe("");
});

test("what somebody does, where and why", () => {
  expect(doing(row)).toBe("eating at Mill Café because hungry");
  expect(doing({ ...row, activity: "walking", place: null, target: "School", why: "routine" })).toBe(
    "walking to School as usual",
  );
  expect(doing({ ...row, activity: "at home", why: "rest" })).toBe("at home for a rest");
  expect(doing({ id: 0, name: "Ada", x: 0, y: 0 })).toBe("here");
});

test("needs come from the schema, in its order, and what it says is good", () => {
  const mirror = new Mirror();
  const unit = "1";
  mirror.schema = {
    npcs: [
      { name: "x", unit: "tile" },
      { name: "mood", unit },
      { name: "hunger", unit, good: "low" },
    ],
  };
  expect(shares(mirror, { ...row, mood: 0.5 }).map((column) => column.name)).toEqual(["mood", "hunger"]);
  expect(pleasant(mirror.schema.npcs![2]!, 0.9)).toBeCloseTo(0.1);
  expect(pleasant({ name: "mood", unit }, 0.5)).toBeUndefined();
});

test("without a schema every plain share is shown", () => {
  expect(shares(new Mirror(), row).map((column) => column.name)).toEqual(["hunger"]);
});

test("events as sentences", () => {
  const line = { id: 1, tick: 1, clock: "", kind: "met", npc: 0, other: 1, place: "", text: "" };
  const nameOf = () => "Ben";
  expect(happening(line, nameOf)).toBe("met Ben");
  expect(happening({ ...line, kind: "arrived", other: -1, place: "School" }, nameOf)).toBe(
    "arrived at School",
  );
  expect(happening({ ...line, kind: "woke", other: -1 }, nameOf)).toBe("woke up");
  expect(happening({ ...line, kind: "said" }, nameOf)).toBeUndefined();
});

test("the summary for screen readers", () => {
  const activities = ["eating", "eating", "sleeping"];
  expect(summary(payload(1), activities)).toBe(
    "riverbend, Mon 07:00 · day 1: 3 people, 2 eating, 1 sleeping.",
  );
});
