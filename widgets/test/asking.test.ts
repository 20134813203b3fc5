import { beforeEach, expect, test } from "vitest";
import { Asking } from "../src/asking";

const control = { type: "control", op: "pause" } as const;
let sent: Record<string, unknown>[];
let open: boolean;
let asking: Asking;
beforeEach(() => {
  [sent, open] = [[], true];
  asking = new Asking((message) => open && sent.push(message as Record<string, unknown>) > 0);
});

test.each(["accepted", "done", "minding"])("%s answers what has its id", async (type) => {
  const [one, two] = [asking.ask(control), asking.ask({ type: "input" })];
  expect(sent).toEqual([
    { ...control, id: 1 },
    { type: "input", id: 2 },
  ]);
  const answer = { type, id: 2, tick: 7 };
  expect(asking.heard(answer)).toBe(true);
  await expect(two).resolves.toEqual(answer);
  asking.heard({ type, id: 1 });
  await expect(one).resolves.toEqual({ type, id: 1 });
});

test("a refusal is an error in the server's words", async () => {
  const one = asking.ask(control);
  asking.heard({ type: "rejected", id: 1, message: "Nobody is called Bob.", remedy: "See live.npcs." });
  await expect(one).rejects.toThrow("Nobody is called Bob. See live.npcs.");
});

test("what the socket took with it was perhaps done and perhaps not", async () => {
  const [one, two] = [asking.ask(control), asking.ask(control)];
  asking.lost();
  await expect(one).rejects.toThrow("perhaps done, perhaps not");
  await expect(two).rejects.toThrow("perhaps");
  expect(asking.heard({ type: "done", id: 1 })).toBe(true);
});

test("without a socket nothing is asked", () => {
  open = false;
  expect(asking.ask(control)).toBeUndefined();
});

test("other messages, and answers to nobody, are passed over", () => {
  expect(asking.heard({ type: "status", id: 1 })).toBe(false);
  expect(asking.heard({ type: "done", id: 99 })).toBe(true);
  expect(asking.heard({ type: "rejected" })).toBe(true);
});
