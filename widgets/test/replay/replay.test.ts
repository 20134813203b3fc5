// The golden replays of tests/vectors, which the Python side writes.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  decodeReplay,
  fromBase64,
  type Header,
  lastUpTo,
  type Replay,
  tiesAt,
} from "../../src/replay/decode";
import { ReplaySource } from "../../src/replay/source";
import type { NpcRow, PlaceRow } from "../../src/types";

interface Golden {
  cases: {
    name: string;
    data: string;
    header: Header;
    frames: { tick: number; npcs: NpcRow[]; places: PlaceRow[] }[];
  }[];
  numbers: { data: string; ticks: number[]; columns: Record<string, number[][]> };
}

const file = new URL("../../../tests/vectors/replay.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as Golden;
const [only] = golden.cases;
const { data, frames } = only!;

const rowsOf = (replay: Replay, table: string, name: string) => {
  const { rows, length, columns } = replay.tables[table]!;
  const values = [...columns.get(name)!];
  return Array.from({ length: rows }, (_, row) => values.slice(row * length, (row + 1) * length));
};
const npcs = (source: ReplaySource) =>
  [...source.mirror.npcs.values()].map(({ row }) => row).sort((a, b) => a.id - b.id);
const places = (source: ReplaySource) => [...source.mirror.places.values()].sort((a, b) => a.id - b.id);

test("all numbers come back, the largest steps too", async () => {
  const replay = await decodeReplay(fromBase64(golden.numbers.data));
  expect([...replay.ticks]).toEqual(golden.numbers.ticks);
  for (const [name, rows] of Object.entries(golden.numbers.columns))
    expect(rowsOf(replay, "npcs", name)).toEqual(rows);
});

test("damage and other versions are said in words", async () => {
  const bytes = fromBase64(data);
  await expect(decodeReplay(bytes.slice(0, bytes.length / 2))).rejects.toThrow("damaged");
  await expect(decodeReplay(new Uint8Array([1, 2, 3]))).rejects.toThrow("damaged");
  const header = Buffer.from(JSON.stringify({ replay: 2 }));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(header.length);
  const newer = new Uint8Array(gzipSync(Buffer.concat([size, header])));
  await expect(decodeReplay(newer)).rejects.toThrow("another version");
});

test("ties are those of the newest moment, the closest first; without any it says so", async () => {
  const replay = await decodeReplay(fromBase64(data));
  expect(tiesAt(replay, 0, 20)).toBeNull();
  const columns = new Map([
    ["npc", Int32Array.of(0, 0, 0, 0, 1, 1)],
    ["other", Int32Array.of(1, 1, 2, 2, 0, 0)],
    ["strength", Int32Array.of(500, 250, 0, 750, 100, 100)],
  ]);
  replay.tables.ties = { rows: 3, length: 2, columns };
  replay.header.tie_ticks = [0, 20];
  expect(tiesAt(replay, 0, 19)).toEqual([{ other: 1, strength: 0.5 }]);
  expect(tiesAt(replay, 0, 20)).toEqual([
    { other: 2, strength: 0.75 },
    { other: 1, strength: 0.25 },
  ]);
  expect(tiesAt(replay, 2, 20)).toEqual([]);
});

test.each([
  [[], 3, -1],
  [[5], 4, -1],
  [[5], 5, 0],
  [[1, 3, 3, 7], 3, 2],
  [[1, 3, 3, 7], 100, 3],
])("the last of %j up to %i", (values, wanted, place) => expect(lastUpTo(values, wanted)).toBe(place));

describe("a source", () => {
  let replay: Replay;
  let source: ReplaySource;
  beforeEach(async () => {
    replay = await decodeReplay(fromBase64(data));
    vi.useFakeTimers();
    source = new ReplaySource(replay, () => Date.now());
  });
  afterEach(() => {
    source.close();
    vi.useRealTimers();
  });

  test("shows at every frame what a live town would show, forwards, backwards and in jumps", () => {
    const order = [...frames, ...[...frames].reverse(), frames[5]!, frames[1]!, frames[8]!];
    for (const frame of order) {
      source.seek(frame.tick);
      expect(npcs(source)).toEqual(frame.npcs);
      expect(places(source)).toEqual(frame.places);
      expect(source.mirror.moment).toMatchObject({ tick: frame.tick, town: "testville", tick_seconds: 10 });
    }
  });

  test("a run that recorded no table of places, as of another system, shows its people", () => {
    const { places: _, ...tables } = replay.tables;
    const { places: __, ...schema } = replay.header.schema;
    const lacking = new ReplaySource({ ...replay, tables, header: { ...replay.header, schema } }, () =>
      Date.now(),
    );
    for (const frame of [frames[0]!, frames[5]!, frames[2]!]) {
      lacking.seek(frame.tick);
      expect(npcs(lacking)).toEqual(frame.npcs);
      expect(places(lacking)).toEqual(replay.header.place_info);
    }
    lacking.close();
  });

  test("between two frames it shows the earlier one", () => {
    source.seek(12);
    expect(source.tick).toBe(10);
    source.step(1);
    expect(source.tick).toBe(15);
    source.step(-100);
    expect(source.tick).toBe(0);
  });

  test("tells each event once on the way, and the right ones after a jump", () => {
    const ids = () => source.mirror.lines.list.map((line) => line.id);
    source.seek(10);
    expect(ids()).toEqual([0, 1, 2, 3]);
    source.seek(20);
    expect(ids()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    source.seek(5);
    expect(ids()).toEqual([0, 1]);
    expect(source.mirror.lines.list[1]).toMatchObject({ tick: 3, clock: "2025-03-03T06:00:30" });
  });

  test("plays at its speed, says so, and rests at the end", () => {
    const heard: string[] = [];
    source.listen((change) => heard.push(change));
    source.play(10);
    expect(source.mirror.status).toMatchObject({ phase: "running", speed: 10 });
    vi.advanceTimersByTime(2_000);
    expect(source.tick).toBe(20);
    vi.advanceTimersByTime(10_000);
    expect(source.tick).toBe(source.last);
    expect(source.playing).toBe(false);
    expect(source.mirror.status).toMatchObject({ phase: "paused" });
    expect(vi.getTimerCount()).toBe(0);
    expect(heard.filter((change) => change === "state").length).toBe(frames.length - 1);
    source.play(10);
    expect(source.tick).toBe(source.first);
  });

  test("a longer stretch of the same run takes over where it stands", () => {
    source.seek(25);
    source.take(replay);
    expect(source.tick).toBe(25);
    expect(npcs(source)).toEqual(frames[5]!.npcs);
  });

  test("nobody may act on the past", () => {
    expect(source.mirror.rights).toEqual(["read"]);
    expect(source.ask()).toBeUndefined();
  });
});
