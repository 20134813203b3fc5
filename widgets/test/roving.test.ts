import { expect, test } from "vitest";
import { led } from "../src/panels/roving";

test.each([
  ["ArrowDown", 0, 1],
  ["ArrowRight", 3, 4],
  ["ArrowDown", 4, 4],
  ["ArrowUp", 4, 3],
  ["ArrowLeft", 0, 0],
  ["Home", 3, 0],
  ["End", 1, 4],
])("%s leads from %i of five to %i", (key, at, to) => {
  expect(led(key, at, 5)).toBe(to);
});

test("other keys lead nowhere", () => {
  for (const key of ["Enter", "Tab", "a", "Escape"]) expect(led(key, 1, 5)).toBeUndefined();
});
