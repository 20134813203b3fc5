// Five hundred real clients lose their server for three seconds; it comes back and admits two hundred dials a second.

import { expect, test } from "vitest";
import type { Environment } from "../src/link/environment";
import { ReconnectClient } from "../src/reconnect";
import { randomFrom } from "./model/town";
import { asked, full, welcome } from "./world";

const CLIENTS = 500;
const DOWN_AT = 20_000;
const OUTAGE = 3_000;
const ADMITTED_IN_100_MS = 20;
const LATENCY = 5;

interface Wire {
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  close(): void;
}

class Server {
  time = 0;
  readonly live = new Set<Wire>();
  readonly dials: number[] = [];
  refused = 0;
  private admitted: number[] = [];
  private readonly due: { at: number; run: () => void; off: boolean }[] = [];

  get up(): boolean {
    return this.time < DOWN_AT || this.time >= DOWN_AT + OUTAGE;
  }

  later(ms: number, run: () => void) {
    const one = { at: this.time + ms, run, off: false };
    // Kept in order of time: the newest are mostly the last.
    let i = this.due.length;
    while (i > 0 && this.due[i - 1]!.at > one.at) i -= 1;
    this.due.splice(i, 0, one);
    return one;
  }

  run(until: number, done: () => boolean = () => false): void {
    while (this.due.length > 0 && this.due[0]!.at <= until && !done()) {
      const { at, run, off } = this.due.shift()!;
      this.time = at;
      if (!off) run();
    }
    if (!done()) this.time = until;
  }

  dialled(wire: Wire): void {
    this.dials.push(this.time);
    this.later(LATENCY, () => {
      this.admitted = this.admitted.filter((at) => at > this.time - 100);
      const full = this.time >= DOWN_AT && this.admitted.length >= ADMITTED_IN_100_MS;
      if (!this.up || full) {
        this.refused += 1;
        wire.onclose?.({ code: 1006, reason: "" });
        return;
      }
      this.admitted.push(this.time);
      this.live.add(wire);
      wire.onopen?.();
      this.say(wire);
    });
  }

  breakDown(): void {
    const all = [...this.live];
    this.live.clear();
    for (const wire of all) wire.onclose?.({ code: 1006, reason: "" });
  }

  environment(random: () => number): Partial<Environment> {
    const server = this;
    return {
      random,
      now: () => server.time,
      setTimeout: (run, ms) => server.later(ms, run),
      clearTimeout: (one) => void ((one as { off: boolean }).off = true),
      fetch: () => new Promise(() => {}),
      window: undefined,
      document: undefined,
      WebSocket: class implements Wire {
        onopen = null;
        onmessage = null;
        onclose = null;
        constructor() {
          server.dialled(this);
        }
        send(): void {}
        close(): void {
          server.live.delete(this);
        }
      } as unknown as Environment["WebSocket"],
    };
  }

  /** Greets at once, then shows a sign of life every few seconds. */
  private say(wire: Wire): void {
    for (const message of [welcome, full(1)]) wire.onmessage?.({ data: JSON.stringify(message) });
    const beat = () => {
      if (!this.live.has(wire)) return;
      wire.onmessage?.({ data: JSON.stringify({ type: "hb", epoch: "a", seq: 1 }) });
      this.later(10_000, beat);
    };
    this.later(10_000, beat);
  }
}

/** Most of the times (in order) that lie within 100 ms, wherever these begin. */
function densest(times: number[]): number {
  let most = 0;
  for (let from = 0, to = 0; to < times.length; to++) {
    while (times[to]! - times[from]! >= 100) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

test.each([1, 2, 3, 4, 5])(
  "all are back within 30 s, and never more than 30 dials in 100 ms (seed %i)",
  (seed) => {
    const server = new Server();
    const random = randomFrom(seed);
    const options = { wsUrl: "ws://t/ws", stateUrl: "http://t/state", onState: () => {}, ask: asked };
    const clients: ReconnectClient[] = [];
    for (let i = 0; i < CLIENTS; i++) {
      const environment = server.environment(random);
      server.later(random() * 10_000, () => clients.push(new ReconnectClient({ ...options, environment })));
    }
    server.run(DOWN_AT);
    expect(server.live.size).toBe(CLIENTS);
    server.breakDown();
    const returns = DOWN_AT + OUTAGE;
    server.run(returns + 60_000, () => server.live.size === CLIENTS);
    const back = server.time - returns;
    const after = server.dials.filter((at) => at >= returns);
    const most = densest(after);
    console.log(
      `herd, seed ${seed}: all back after ${(back / 1000).toFixed(1)} s, ${after.length} dials, ` +
        `${server.refused} refused, at most ${most} in 100 ms`,
    );
    expect(server.live.size).toBe(CLIENTS);
    expect(back).toBeLessThanOrEqual(30_000);
    expect(most).toBeLessThanOrEqual(30);
    for (const client of clients) client.close();
  },
  60_000, // of a machine that may be busy
);
