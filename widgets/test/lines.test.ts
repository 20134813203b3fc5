import { expect, test } from "vitest";
import { Lines } from "../src/lines";
import { event } from "./world";

test("another life that says no first event keeps what happened up to its tick, that tick included", () => {
  const lines = new Lines();
  const events = [event(1, 4), event(2, 5), event(3, 6)];
  lines.hear({ type: "event", events, next: 4 }, String, () => "");
  lines.rewind(5, undefined);
  expect(lines.list.map(({ id }) => id)).toEqual([1, 2]);
  expect([lines.next, lines.version]).toEqual([3, 1]);
});
