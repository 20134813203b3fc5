// Two ways to a town: whatever comes and goes, in whatever order, what is shown is the best that there is.

import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Mirror } from "../src/mirror";
import type { Api } from "../src/page";
import type { Change, Stream } from "../src/share";
import type { Status } from "../src/status";
import { Changeover, either, PATIENCE } from "../src/transport/changeover";
import type { Way } from "../src/transport/way";
import { payload } from "./world";

/** A way whose link the test turns. */
class Made implements Way {
  readonly listeners = new Set<(change: Change) => void>();
  readonly stream: Stream;
  released = 0;
  tick = 0;

  constructor(readonly name: string) {
    this.stream = {
      mirror: new Mirror(),
      link: { kind: "connecting" },
      ask: () => Promise.resolve({ type: "done", clock: name }),
      listen: (one) => void this.listeners.add(one),
      leave: (one) => void this.listeners.delete(one),
    };
  }

  fetch = () => Promise.reject(new Error(this.name));
  api = () => ({ log: () => Promise.resolve({ lines: [this.name] }) }) as unknown as Api;
  release = () => void this.released++;

  link(status: Status): this {
    this.stream.link = status;
    return this.tell("link");
  }

  /** As a link does it: the state first, then that it is live. */
  live(): this {
    this.tick += 1;
    this.stream.mirror.state(payload(this.tick, { run: this.name }), { type: "full_state" }, 0);
    this.tell("state");
    return this.stream.link.kind === "live" ? this : this.link({ kind: "live", polled: false });
  }

  private tell(change: Change): this {
    for (const one of [...this.listeners]) one(change);
    return this;
  }
}

const lost: Status = { kind: "reconnecting", at: 0, code: 1006, reason: "" };
const stopped = (code: number): Status => ({ kind: "stopped", code, reason: "", remedy: "" });

let best: Made;
let spares: Made[];
let one: Changeover;

beforeEach(() => {
  vi.useFakeTimers();
  begin();
});
afterEach(() => vi.useRealTimers());

function begin(): void {
  vi.clearAllTimers();
  [best, spares] = [new Made("server"), []];
  one = new Changeover(best, () => {
    spares.push(new Made("kernel"));
    return spares.at(-1)!;
  });
}

test("while the server is there, no other way is opened", () => {
  best.live();
  vi.advanceTimersByTime(10 * PATIENCE);
  expect(spares).toEqual([]);
  expect(one.mirror.moment?.run).toBe("server");
});

test("it changes over when the server is gone for a while, and back when it returns", async () => {
  const heard: Change[] = [];
  one.listen((change) => heard.push(change));
  best.live().link(lost);
  vi.advanceTimersByTime(PATIENCE - 1);
  expect(spares).toEqual([]);
  vi.advanceTimersByTime(1);
  const [kernel] = spares;
  expect(one.mirror.moment?.run, "nothing is taken away before there is something else").toBe("server");
  heard.length = 0;
  kernel!.live();
  expect(one.mirror.moment?.run).toBe("kernel");
  expect(heard).toEqual(expect.arrayContaining(["link", "state"]));
  expect(await one.ask({ type: "control" })).toEqual({ type: "done", clock: "kernel" });
  best.live();
  expect(one.mirror.moment?.run).toBe("server");
  expect(kernel!.released).toBe(1);
  expect(kernel!.listeners.size).toBe(0);
});

test("where the server has no such town, the kernel is asked at once", () => {
  best.link(stopped(404));
  expect(spares.length).toBe(1);
  expect(one.link.kind).toBe("connecting");
  spares[0]!.live();
  expect(one.link.kind).toBe("live");
  spares[0]!.link(stopped(4410));
  expect(one.link.kind).toBe("stopped");
});

test.each([401, 403, 1008, 4401, 4403])("who is shown out with %i finds no other door", (code) => {
  best.live().link(lost);
  vi.advanceTimersByTime(PATIENCE);
  spares[0]!.live();
  best.link(stopped(code));
  expect(spares[0]!.released).toBe(1);
  expect(one.link).toMatchObject({ kind: "stopped", code });
  vi.advanceTimersByTime(10 * PATIENCE);
  expect(spares.length).toBe(1);
});

test("lines begin anew where another way is shown", () => {
  best.live();
  const before = one.mirror.lines.version;
  best.link(lost);
  vi.advanceTimersByTime(PATIENCE);
  spares[0]!.live();
  const between = one.mirror.lines.version;
  best.live();
  expect(new Set([before, between, one.mirror.lines.version]).size).toBe(3);
});

test("what is asked goes the way that is shown", async () => {
  one.close();
  const way = either(best, () => new Made("kernel").live());
  const api = way.api(way.stream.ask);
  const asked = async () => (await api.log(new AbortController().signal)).lines[0];
  best.live();
  expect(await asked()).toBe("server");
  way.release();
  const other = new Made("kernel");
  best = new Made("server");
  const second = either(best, () => other);
  const over = second.api(second.stream.ask);
  best.link(stopped(404));
  other.live();
  expect((await over.log(new AbortController().signal)).lines).toEqual(["kernel"]);
  await expect(second.fetch(new AbortController().signal)).rejects.toThrow("kernel");
  second.release();
});

const step = fc.oneof(
  fc.record({
    who: fc.constantFrom("best", "spare"),
    does: fc.constantFrom("live", "lost", "asleep", "connecting"),
  }),
  fc.record({
    who: fc.constantFrom("best", "spare"),
    does: fc.constant("stopped"),
    code: fc.constantFrom(404, 4410),
  }),
  fc.record({ who: fc.constant("time"), does: fc.integer({ min: 1, max: 2 * PATIENCE }) }),
);

test("any schedule: the best of what is live is shown, nothing goes blank, and nothing is left", () => {
  const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    begin();
    let gone = 0;
    let ended = false;
    const lives = (way: Made | undefined) => way?.stream.link.kind === "live";
    const open = () => spares.filter(({ released }) => released === 0);
    for (const { who, does, ...more } of steps) {
      const shown = one.mirror.moment;
      if (who === "time") {
        vi.advanceTimersByTime(does as number);
        if (!lives(best) && best.stream.link.kind !== "asleep") gone += does as number;
      } else if (who === "spare" || !ended) {
        const way = who === "best" ? best : open()[0];
        if (does === "live") way?.live();
        else if (does === "stopped") way?.link(stopped((more as { code: number }).code));
        else way?.link(does === "lost" ? lost : ({ kind: does } as Status));
        if (who === "best") {
          ended = does === "stopped";
          if (lives(best) || does === "asleep") gone = 0;
        }
      }
      expect(open().length).toBeLessThanOrEqual(1);
      if (shown) expect(one.mirror.moment).toBeDefined();
      if (lives(best)) expect([one.mirror.moment?.run, open().length]).toEqual(["server", 0]);
      else if (lives(open()[0])) expect([one.mirror.moment?.run, one.link.kind]).toEqual(["kernel", "live"]);
      if (ended || (gone >= PATIENCE && !lives(best) && best.stream.link.kind !== "asleep"))
        expect(open().length).toBe(1);
    }
    one.close();
    expect(open()).toEqual([]);
    expect([best.released, best.listeners.size, vi.getTimerCount()]).toEqual([1, 0, 0]);
    vi.advanceTimersByTime(10 * PATIENCE);
    expect(open()).toEqual([]);
  });
  one.close();
  fc.assert(property, { numRuns: 300 });
});
