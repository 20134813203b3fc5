// Traits and a view, each following the other, and no echo.

import type { AnyModel } from "@anywidget/types";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Bridge, type Shared } from "../src/bridge";
import type { Handle } from "../src/handle";

let traits: Partial<Shared>;
let heard: Map<string, Set<() => void>>;
let calls: [string, unknown][];
let saved: number;
/** What the page has set and not sent yet, and what it has sent: a set by the kernel takes nothing out of it. */
let buffer: Partial<Shared>;
let sent: Partial<Shared>[];
let bridge: Bridge;

const set = (name: keyof Shared, value: unknown) => {
  if (JSON.stringify(traits[name]) === JSON.stringify(value)) return;
  (traits as Record<string, unknown>)[name] = value;
  for (const run of heard.get(`change:${name}`) ?? []) run();
};
const view: Handle = {
  select: (ids) => void calls.push(["select", ids]),
  colorBy: (column) => void calls.push(["color", column]),
  camera: (aim) => void calls.push(["camera", aim]),
  seek: (tick) => void calls.push(["seek", tick]),
  play: (speed) => void calls.push(["play", speed]),
  close: () => {},
};

beforeEach(() => {
  vi.useFakeTimers();
  [traits, heard, calls, saved] = [{ selected: [], now: true, speed: 0 }, new Map(), [], 0];
  [buffer, sent] = [{}, []];
  bridge = new Bridge({
    get: (name: keyof Shared) => traits[name],
    set: (name: keyof Shared, value: unknown) => {
      (buffer as Record<string, unknown>)[name] = value;
      set(name, value);
    },
    save_changes: () => {
      saved++;
      sent.push(buffer);
      buffer = {};
    },
    on: (name: string, run: () => void) =>
      void heard.set(name, (heard.get(name) ?? new Set<() => void>()).add(run)),
    off: (name: string, run: () => void) => void heard.get(name)?.delete(run),
    send: () => {},
  } as unknown as AnyModel<Shared>);
  bridge.join(view);
  calls = [];
});
afterEach(() => {
  bridge.close();
  vi.useRealTimers();
});

test("what a kernel sets is done, and not told back", () => {
  set("selected", [3]);
  bridge.told.selected?.([3]);
  set("tick", 40);
  set("camera", { x: 1, y: 2, zoom: 9 });
  expect(calls).toEqual([
    ["select", [3]],
    ["seek", 40],
    ["camera", { x: 1, y: 2, zoom: 9 }],
  ]);
  vi.advanceTimersByTime(1000);
  expect(saved).toBe(0);
});

test("what people do is told, four times a second at most", () => {
  for (let tick = 0; tick < 100; tick++) bridge.told.tick?.(tick, true);
  expect(saved).toBe(0);
  vi.advanceTimersByTime(250);
  expect([saved, traits.tick]).toEqual([1, 99]);
  expect(calls).toEqual([]);
});

test("what a kernel sets meanwhile is not undone by what the view was about to tell", () => {
  bridge.told.tick?.(4320, false);
  bridge.told.selected?.([1]);
  set("tick", 1000);
  bridge.told.tick?.(1000, false);
  vi.advanceTimersByTime(1000);
  expect(calls).toEqual([["seek", 1000]]);
  expect(traits).toMatchObject({ tick: 1000, selected: [1], now: false });
  expect(sent).toEqual([{ selected: [1], now: false }]);
});

test("what a view was about to tell when it closes is in the traits that another begins with", () => {
  bridge.told.selected?.([4]);
  bridge.close();
  expect([traits.selected, saved]).toEqual([[4], 0]);
});

test("a tick that comes back late leads nobody into the past", () => {
  bridge.told.tick?.(83, true);
  bridge.told.tick?.(90, true);
  set("tick", 83);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(4000);
  bridge.told.tick?.(130, true);
  set("tick", 83);
  expect(calls).toEqual([["seek", 83]]);
});

test("nothing is left of it", () => {
  bridge.close();
  expect([...heard.values()].every((one) => one.size === 0)).toBe(true);
});
