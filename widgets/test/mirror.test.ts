import { describe, expect, test } from "vitest";
import { addSeconds } from "../src/lines";
import { Mirror, nextInterval } from "../src/mirror";
import type { Message, NpcRow } from "../src/types";
import { event, payload } from "./world";

const npc = (x: number, y = 1, more: Partial<NpcRow> = {}): NpcRow => ({ id: 0, name: "Ada", x, y, ...more });
const message: Message = { type: "state_update" };
const map = { name: "m", width: 2, height: 1, terrain: ["grass"], rows: ["aa"], areas: [] };

function walking(): Mirror {
  const mirror = new Mirror();
  mirror.state(payload(1, { npcs: [npc(1)], map }), message, 0);
  mirror.interval = 100;
  mirror.state(payload(2, { npcs: [npc(2)] }), message, 100);
  return mirror;
}

describe("between frames", () => {
  test("goes from where somebody was drawn to the newest place", () => {
    const mirror = walking();
    const moving = mirror.npcs.get(0)!;
    expect(mirror.position(moving, 100)).toEqual([1, 1]);
    expect(mirror.position(moving, 150)).toEqual([1.5, 1]);
    expect(mirror.underway(150)).toBe(true);
  });

  test("never past the newest place, however late the next frame is", () => {
    const mirror = walking();
    expect(mirror.position(mirror.npcs.get(0)!, 100_000)).toEqual([2, 1]);
    expect(mirror.underway(100_000)).toBe(false);
  });

  test("a frame that comes early starts from what is drawn: nothing jumps", () => {
    const mirror = walking();
    mirror.state(payload(3, { npcs: [npc(3)] }), message, 150);
    expect(mirror.position(mirror.npcs.get(0)!, 150)).toEqual([1.5, 1]);
  });

  test("somebody who could not have walked there is there at once", () => {
    const mirror = walking();
    mirror.state(payload(3, { npcs: [npc(40)] }), message, 200);
    expect(mirror.position(mirror.npcs.get(0)!, 200)).toEqual([40, 1]);
  });

  test("another state of the same tick is no restart: who was sent a step on walks there", () => {
    const mirror = walking();
    mirror.state(payload(2, { npcs: [npc(3)] }), message, 200);
    expect(mirror.position(mirror.npcs.get(0)!, 200)).toEqual([2, 1]);
    expect(mirror.underway(200)).toBe(true);
  });

  test("it follows the pace of the town, and learns nothing from states of one tick", () => {
    const mirror = walking();
    mirror.interval = 100;
    mirror.state(payload(2, { npcs: [npc(2)] }), message, 900);
    expect(mirror.interval).toBe(100);
    mirror.state(payload(3, { npcs: [npc(3)] }), message, 950);
    expect(mirror.interval).toBe(nextInterval(100, 50));
  });

  test("a tick that goes back, as after a restart, moves nobody through the town", () => {
    const mirror = walking();
    mirror.state(payload(0, { npcs: [npc(1)] }), message, 200);
    expect(mirror.position(mirror.npcs.get(0)!, 200)).toEqual([1, 1]);
  });

  test("the interval follows a faster town quickly and one late frame slowly", () => {
    expect(nextInterval(1_000, 100)).toBe(550);
    expect(nextInterval(100, 1_100)).toBe(350);
    expect(nextInterval(40, 1)).toBe(30);
  });
});

test("the map is kept when a payload omits it", () => {
  expect(walking().map).toEqual(map);
});

test("who is no longer listed is gone", () => {
  const mirror = walking();
  mirror.state(payload(3), message, 200);
  expect(mirror.npcs.size).toBe(0);
});

test("events become lines with their time; each once; no more than the newest 240", () => {
  const mirror = new Mirror();
  mirror.state(payload(60), message, 0);
  mirror.message({ type: "event", events: [event(0, 54), event(0, 54), event(1, 66)] });
  expect(mirror.lines.list.map((line) => line.clock)).toEqual(["2025-03-03T06:59:00", "2025-03-03T07:01:00"]);
  for (let id = 2; id < 400; id++) mirror.message({ type: "event", events: [event(id)] });
  expect(mirror.lines.list).toHaveLength(240);
  expect(mirror.lines.list.at(-1)?.id).toBe(399);
});

test("another run starts with an empty memory", () => {
  const mirror = walking();
  mirror.message({ type: "event", events: [event(5)] });
  mirror.state(payload(0, { run: "r2", npcs: [npc(9)] }), message, 300);
  expect(mirror.lines.list).toEqual([]);
  mirror.message({ type: "event", events: [event(0)] });
  expect(mirror.lines.list).toHaveLength(1);
});

test("status comes with the full state and by itself", () => {
  const mirror = new Mirror();
  const status = { state: "running", phase: "paused", speed: 10, reason: null };
  mirror.state(payload(1), { type: "full_state", status, start: "2025-03-03T06:00:00" }, 0);
  expect(mirror.status).toEqual(status);
  mirror.message({ type: "status", state: "failed", phase: "running", speed: 1, reason: "It broke." });
  expect(mirror.status?.reason).toBe("It broke.");
});

test("clocks have no time zone", () => {
  expect(addSeconds("2025-03-03T23:59:50", 20)).toBe("2025-03-04T00:00:10");
});

describe("deltas", () => {
  const ada = npc(1);
  const ben: NpcRow = { id: 1, name: "Ben", x: 5, y: 5 };
  const cafe = { id: 3, name: "Mill Café", kind: "cafe", x: 1, y: 1, open: true };
  const change = (tick: number, npcs: object, more: object = {}) =>
    payload(tick, { npcs, places: {}, removed: [], ...more } as never);
  const begun = () => {
    const mirror = new Mirror();
    const first = payload(1, { npcs: [ada, ben], places: [cafe] });
    mirror.state(first, { type: "full_state", epoch: "a", seq: 1 }, 0);
    return mirror;
  };

  test("only the rows that changed are touched", () => {
    const mirror = begun();
    const before = mirror.npcs.get(1);
    mirror.state(change(2, { "0": npc(2) }), { ...message, base: 1 }, 100);
    expect(mirror.npcs.get(1)).toBe(before);
    expect(mirror.npcs.get(0)?.row.x).toBe(2);
    expect(mirror.place("Mill Café")).toBe(cafe);
    expect(mirror.moment).toMatchObject({ town: "riverbend", tick: 2 });
  });

  test("who is removed is gone, and who isn't named stays", () => {
    const mirror = begun();
    mirror.state(change(2, {}, { removed: [0] }), { ...message, base: 1 }, 100);
    expect([...mirror.npcs.keys()]).toEqual([1]);
  });

  test("a place that changed is found by its name as it is now", () => {
    const mirror = begun();
    mirror.state(change(2, {}, { places: { "3": { ...cafe, open: false } } }), { ...message, base: 1 }, 100);
    expect(mirror.place("Mill Café")?.open).toBe(false);
  });

  test("who walks goes on walking while others change, and the picture rests when nobody does", () => {
    const mirror = begun();
    mirror.interval = 100;
    mirror.state(change(2, { "0": npc(2) }), { ...message, base: 1 }, 100);
    mirror.state(change(3, { "1": { ...ben, mood: 0.5 } }), { ...message, base: 2 }, 150);
    expect(mirror.position(mirror.npcs.get(0)!, 150)).toEqual([1.5, 1]);
    expect(mirror.underway(199)).toBe(true);
    expect(mirror.underway(200)).toBe(false);
  });
});

describe("another life of the same run", () => {
  const begun = () => {
    const mirror = new Mirror();
    mirror.state(payload(60), { type: "full_state", epoch: "a", seq: 9 }, 0);
    mirror.message({
      type: "event",
      events: [event(7, 50), event(8, 55), event(9, 58)],
      next: 10,
      missed: 2,
    });
    return mirror;
  };

  test("takes back what it will tell again, by the event that it begins with", () => {
    const mirror = begun();
    mirror.state(payload(56), { type: "full_state", epoch: "b", seq: 1, event: 8 }, 100);
    expect(mirror.lines.list.map((line) => line.id)).toEqual([7]);
    expect(mirror.lines.next).toBe(8);
    mirror.message({ type: "event", events: [event(8, 57)], next: 9, missed: 0 });
    expect(mirror.lines.list.map((line) => line.tick)).toEqual([50, 57]);
  });

  test("or, where that isn't said, by the tick", () => {
    const mirror = begun();
    mirror.state(payload(56), { type: "full_state", epoch: "b", seq: 1 }, 100);
    expect(mirror.lines.list.map((line) => line.id)).toEqual([7, 8]);
    expect(mirror.lines.next).toBe(9);
  });

  test("events that were swapped on the way are told in order, and none twice", () => {
    const mirror = begun();
    mirror.message({ type: "event", events: [event(12, 60)], next: 13, missed: 0 });
    mirror.message({ type: "event", events: [event(10, 59), event(11, 59)], next: 12, missed: 0 });
    mirror.message({ type: "event", events: [event(12, 60), event(13, 60)], next: 14, missed: 0 });
    expect(mirror.lines.list.map((line) => line.id)).toEqual([7, 8, 9, 12, 13]);
  });

  test("whoever shows the lines is told to begin anew", () => {
    const mirror = begun();
    const { version } = mirror.lines;
    mirror.state(payload(56), { type: "full_state", epoch: "b", seq: 1, event: 8 }, 100);
    expect(mirror.lines.version).toBeGreaterThan(version);
  });

  test("what was missed is counted, and the next one to ask for is what the server said", () => {
    const mirror = begun();
    mirror.message({ type: "event", events: [event(40, 59)], next: 41, missed: 30 });
    expect(mirror.lines).toMatchObject({ missed: 32, next: 41 });
  });
});

test("what this viewer may is what welcome says; before that it isn't known", () => {
  const mirror = new Mirror();
  expect(mirror.rights).toBeUndefined();
  expect(mirror.message({ type: "welcome", rights: ["read"] })).toBe(true);
  expect(mirror.rights).toEqual(["read"]);
});
