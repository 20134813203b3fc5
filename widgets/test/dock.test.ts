// Now and then, without a page: what the dock shows, and what it asks the server for.

import { readFileSync } from "node:fs";
import { beforeEach, expect, test, vi } from "vitest";
import { Mirror } from "../src/mirror";
import { decodeReplay, fromBase64, type Replay } from "../src/replay/decode";
import type { Change, Stream } from "../src/share";
import { Dock } from "../src/timeline/dock";
import { settle } from "./world";

vi.mock("../src/timeline/timeline", () => ({
  Timeline: class {
    update(): void {}
    close(): void {}
  },
}));

const { cases } = JSON.parse(
  readFileSync(new URL("../../tests/vectors/replay.json", import.meta.url), "utf8"),
) as { cases: { data: string }[] };

let replay: Replay;
let listeners: Set<(change: Change) => void>;
let stream: { -readonly [Name in keyof Stream]: Stream[Name] };
let asked: [number | undefined, number | undefined][];

const town = { town: "testville", run: "20250303-060000-abcd", tick_seconds: 10, npcs: [], places: [] };
const live = (tick: number) => {
  const payload = { ...town, tick, clock: "2025-03-03T06:06:40" };
  stream.mirror.state(payload, { type: "full_state", start: "2025-03-03T06:00:00" }, 0);
  for (const listener of listeners) listener("state");
};
const dock = () =>
  new Dock(
    stream,
    (_, start, stop) => {
      asked.push([start, stop]);
      return Promise.resolve(replay);
    },
    undefined,
    () => undefined,
  );

beforeEach(async () => {
  replay = await decodeReplay(fromBase64(cases[0]!.data));
  listeners = new Set();
  asked = [];
  stream = {
    mirror: new Mirror(),
    link: { kind: "live", polled: false },
    ask: () => Promise.resolve({ type: "done" }),
    listen: (one) => void listeners.add(one),
    leave: (one) => void listeners.delete(one),
  };
  live(400);
});

test("it is live until somebody goes back, and the history is asked for then", async () => {
  const one = dock();
  expect(one.live).toBe(true);
  expect(one.mirror.moment?.tick).toBe(400);
  expect(asked).toEqual([]);
  one.seek(20, true);
  expect(one.tick).toBe(20);
  expect(one.words).toContain("reading");
  await settle();
  expect(asked[0]).toEqual([undefined, undefined]);
  expect(one.live).toBe(false);
  expect(one.words).toBe("");
  expect(one.mirror.moment?.tick).toBe(20);
  expect(one.link.kind).toBe("recorded");
  expect(one.ask({ type: "control" })).toBeUndefined();
  one.close();
});

test("the town goes on unseen meanwhile, and one comes back to now", async () => {
  const one = dock();
  one.seek(20, true);
  await settle();
  const heard: Change[] = [];
  one.listen((change) => heard.push(change));
  live(450);
  expect(heard).toEqual([]);
  expect(one.mirror.moment?.tick).toBe(20);
  expect(one.span?.last).toBe(450);
  one.goLive();
  expect(one.mirror.moment?.tick).toBe(450);
  expect(heard).toContain("state");
  one.close();
});

test("dragged to the right edge it is live again", async () => {
  const one = dock();
  one.seek(20, true);
  await settle();
  one.seek(400, true);
  expect(one.live).toBe(true);
  one.close();
});

test("what came after the stretch was fetched is fetched when it is wanted", async () => {
  const one = dock();
  one.seek(20, true);
  await settle();
  one.seek(300, true);
  await settle();
  expect(asked.filter(([start]) => start === undefined).length).toBe(2);
  expect(one.mirror.moment?.tick).toBe(replay.ticks.at(-1));
  one.close();
});

test("a history that can't be read is said, and nothing changes", async () => {
  const one = new Dock(
    stream,
    () => Promise.reject(new Error("The server can't be reached.")),
    undefined,
    () => undefined,
  );
  one.seek(20, true);
  await settle();
  expect(one.words).toBe("The server can't be reached.");
  expect(one.live).toBe(true);
  expect(one.tick).toBe(400);
  one.close();
});

test("lines begin anew where another mirror is shown", async () => {
  const one = dock();
  const before = one.mirror.lines.version;
  one.seek(20, true);
  await settle();
  const past = one.mirror.lines.version;
  one.goLive();
  expect(new Set([before, past, one.mirror.lines.version]).size).toBe(3);
  one.close();
});

test("of a recorded run there is no now", () => {
  const one = new Dock(undefined, undefined, replay, () => undefined);
  expect(one.live).toBe(false);
  expect(one.hasLive).toBe(false);
  one.goLive();
  expect(one.tick).toBe(replay.ticks.at(-1));
  one.step(-1);
  expect(one.tick).toBe(replay.ticks.at(-2));
  one.close();
});

test("what is shown and how fast it plays is told", async () => {
  const told: [string, number, boolean?][] = [];
  const one = new Dock(
    stream,
    () => Promise.resolve(replay),
    undefined,
    () => undefined,
    { tick: (tick, now) => told.push(["tick", tick, now]), speed: (speed) => told.push(["speed", speed]) },
  );
  one.goTo(20);
  await settle();
  expect(told.at(-2)).toEqual(["tick", 20, false]);
  one.playAt(30);
  expect(told.at(-1)).toEqual(["speed", 30]);
  one.playAt(0);
  expect(told.at(-1)).toEqual(["speed", 0]);
  one.goLive();
  expect(told.at(-2)).toEqual(["tick", 400, true]);
  one.close();
});

test("asked to play the past while it is now, it plays once it is there", async () => {
  const one = dock();
  one.playAt(30);
  expect(one.playing).toBe(false);
  one.goTo(20);
  await settle();
  expect(one.playing).toBe(true);
  expect(one.speed).toBe(30);
  one.close();
});

test("a pause, and each minute, is a time to keep what was recorded", () => {
  vi.useFakeTimers();
  const keep = vi.fn();
  const fetch = () => Promise.resolve(replay);
  const one = new Dock(stream, fetch, undefined, () => undefined, { keep });
  for (const phase of ["running", "paused", "paused"]) {
    stream.mirror.message({ type: "status", state: "running", phase, speed: 1 });
    for (const listener of listeners) listener("message");
  }
  expect(keep).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(121_000);
  expect(keep).toHaveBeenCalledTimes(3);
  one.close();
  vi.advanceTimersByTime(200_000);
  expect(keep).toHaveBeenCalledTimes(3);
  vi.useRealTimers();
});

const carrying = (fetch: () => Promise<Replay>) =>
  new Dock(
    stream,
    fetch,
    undefined,
    () => undefined,
    {},
    () => Promise.resolve(replay),
  );
const link = (status: Stream["link"]) => {
  stream.link = status;
  for (const listener of listeners) listener("link");
};
const nobody = () => Promise.reject(new Error("The server can't be reached."));
const stopped = { kind: "stopped", code: 404, reason: "", remedy: "" } as const;

test("a town that isn't there is stood in for by what the view carries, until it is there", async () => {
  stream.mirror = new Mirror();
  stream.link = { kind: "connecting" };
  const one = carrying(nobody);
  link(stopped);
  await settle();
  expect(one.mirror.moment?.tick).toBe(replay.ticks.at(-1));
  expect(one.link).toMatchObject({ kind: "recorded", words: expect.stringContaining("no such town") });
  expect(one.hasLive).toBe(false);
  expect(one.ask({ type: "control" })).toBeUndefined();
  stream.link = { kind: "live", polled: false };
  live(400);
  expect(one.live).toBe(true);
  expect(one.mirror.moment?.tick).toBe(400);
  one.close();
});

test("a town that keeps one waiting is stood in for too, but not one that was seen", async () => {
  vi.useFakeTimers();
  const seen = carrying(nobody);
  live(401);
  const { mirror } = stream;
  stream.mirror = new Mirror();
  stream.link = { kind: "connecting" };
  const one = carrying(nobody);
  await vi.advanceTimersByTimeAsync(7_900);
  expect(one.mirror.moment).toBeUndefined();
  await vi.advanceTimersByTimeAsync(200);
  expect(one.mirror.moment?.tick).toBe(replay.ticks.at(-1));
  one.close();
  stream.mirror = mirror;
  expect(seen.live).toBe(true);
  seen.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("who looks around in what stands in is left there when the town comes", async () => {
  stream.mirror = new Mirror();
  const one = carrying(nobody);
  link(stopped);
  await settle();
  one.seek(20, true);
  stream.link = { kind: "live", polled: false };
  live(400);
  expect(one.mirror.moment?.tick).toBe(20);
  expect(one.link).toEqual({ kind: "recorded", words: "recorded" });
  one.goLive();
  expect(one.mirror.moment?.tick).toBe(400);
  one.close();
});

test("with the server gone the timeline shows what the view carries, and says why; then the whole again", async () => {
  let fetched = nobody as () => Promise<Replay>;
  const one = carrying(() => fetched());
  link({ kind: "reconnecting", at: 0, code: 1006, reason: "" });
  one.seek(20, true);
  await settle();
  expect(one.mirror.moment?.tick).toBe(20);
  expect(one.words).toBe("The server can't be reached.");
  expect(one.link).toMatchObject({ words: expect.stringMatching(/^recorded; reconnecting/) });
  const whole = { ...replay };
  fetched = () => Promise.resolve(whole);
  one.near();
  expect(one.replay).toBe(replay);
  link({ kind: "live", polled: false });
  one.near();
  await settle();
  expect(one.replay).toBe(whole);
  expect(one.words).toBe("");
  one.close();
});

test("what is carried of another run stands in for nothing", async () => {
  const other = { ...replay, header: { ...replay.header, run: "another" } };
  const one = new Dock(
    stream,
    nobody,
    undefined,
    () => undefined,
    {},
    () => Promise.resolve(other),
  );
  one.seek(20, true);
  await settle();
  expect(one.live).toBe(true);
  expect(one.replay).toBeUndefined();
  one.close();
});
