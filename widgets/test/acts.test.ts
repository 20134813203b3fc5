import { describe, expect, test } from "vitest";
import { ACTS, type Form } from "../src/panels/acts";

const FORM: Form = { words: "hello", place: 3, at: "18:30", minutes: 90, whom: "nobody", amount: 12.35 };
const inputs = (label: string, ids: number[], more: Partial<Form> = {}) => {
  const found = ACTS.flatMap(({ buttons }) => buttons).find((button) => button.label === label);
  return found!.inputs({ ...FORM, ...more }, ids);
};

describe("what the form says becomes inputs", () => {
  test("words go to each of the selected, or to the town", () => {
    expect(inputs("Say", [4, 7])).toEqual([
      { kind: "say", text: "hello", to: 4 },
      { kind: "say", text: "hello", to: 7 },
    ]);
    expect(inputs("Say", [])).toEqual([{ kind: "say", text: "hello" }]);
    expect(inputs("Tell", [4])).toEqual([{ kind: "tell", fact: "hello", to: 4 }]);
  });

  test("who was selected last invites, nobody, the others or all", () => {
    const common = { kind: "invite", by: 9, place: 3, at: "18:30", minutes: 90, text: "hello" };
    expect(inputs("Invite", [4, 7, 9])).toEqual([{ ...common, to: [] }]);
    expect(inputs("Invite", [4, 7, 9], { whom: "selected" })).toEqual([{ ...common, to: [7, 4] }]);
    expect(inputs("Invite", [4, 7, 9], { whom: "all" })).toEqual([{ ...common, to: "all" }]);
    expect(inputs("Invite", [9], { words: "" })[0]).not.toHaveProperty("text");
  });

  test("amounts are whole cents, also where hundreds of them are not exact", () => {
    expect(inputs("Give", [4], { amount: 1.15 })).toEqual([{ kind: "give", cents: 115, to: 4 }]);
    expect(inputs("Take", [4], { amount: 0.29 })).toEqual([{ kind: "give", cents: 29, by: 4 }]);
    expect(inputs("Price", [])).toEqual([{ kind: "price", place: 3, cents: 1235 }]);
    expect(inputs("Wage", [])).toEqual([{ kind: "wage", place: 3, cents: 1235 }]);
  });

  test("people are sent, and doors closed, opened and given back to their hours", () => {
    expect(inputs("Send", [4, 7])).toEqual([
      { kind: "move", npc: 4, place: 3 },
      { kind: "move", npc: 7, place: 3 },
    ]);
    const doors = ["Close", "Open", "Usual hours"].flatMap((label) => inputs(label, []));
    expect(doors.map(({ kind }) => kind)).toEqual(["close", "open", "hours"]);
  });
});
