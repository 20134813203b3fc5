import { beforeEach, describe, expect, test } from "vitest";
import { backoff } from "../src/link/codes";
import { full, payload, update, World } from "./world";

let world: World;
beforeEach(() => {
  world = new World();
});
const ticks = () => world.states.map((state) => state.tick);

describe("what the plain snippet gets wrong", () => {
  test("/state is not asked when the socket brings the state", async () => {
    world.client();
    world.advance(500);
    world.socket.open().message(full(1));
    world.advance(60_000);
    expect(world.requests).toHaveLength(0);
    expect(ticks()).toEqual([1]);
  });

  test("a slow /state answer does not overwrite newer updates", async () => {
    world.client();
    world.socket.open();
    world.advance(2_000);
    expect(world.requests).toHaveLength(1);
    world.socket.message(full(7));
    await world.requests[0]!.answer(200, full(3));
    expect(ticks()).toEqual([7]);
    expect(world.requests[0]!.init.signal?.aborted).toBe(true);
  });

  test("nor does it where the server names no epoch", async () => {
    world.client();
    world.socket.open();
    world.advance(2_000);
    world.socket.message({ type: "full_state", payload: payload(7) });
    await world.requests[0]!.answer(200, { type: "full_state", payload: payload(3) });
    expect(ticks()).toEqual([7]);
  });

  test("the fallback works again after a reconnect", async () => {
    world.client();
    world.socket.open().message(full(1));
    world.advance(6_000);
    world.socket.fail(1006);
    world.advance(1_000);
    expect(world.sockets).toHaveLength(2);
    world.socket.open();
    world.advance(2_000);
    expect(world.requests).toHaveLength(1);
    await world.requests[0]!.answer(200, full(5));
    expect(ticks()).toEqual([1, 5]);
  });

  test("close() leaves no timer, listener, request or callback", async () => {
    const client = world.client();
    world.socket.fail(1006);
    expect(world.timerCount).toBeGreaterThan(0);
    expect(world.requests).toHaveLength(1);
    const said = world.statuses.length;
    client.close();
    expect(world.timerCount).toBe(0);
    expect(world.listeners).toBe(0);
    expect(world.requests[0]!.init.signal?.aborted).toBe(true);
    await world.requests[0]!.answer(200, full(9));
    world.advance(600_000);
    world.window.dispatchEvent(new Event("online"));
    expect(world.sockets).toHaveLength(1);
    expect(world.states).toHaveLength(0);
    expect(world.statuses).toHaveLength(said);
  });

  test("close() closes the socket and does not dial again", () => {
    const client = world.client();
    const socket = world.socket.open().message(full(1));
    client.close();
    expect(socket.closedWith).toBe(1000);
    expect(socket.onclose).toBeNull();
    world.advance(600_000);
    expect(world.sockets).toHaveLength(1);
  });

  test("error and close schedule one dial: eight in two minutes, not fifty-five", () => {
    world.client();
    for (let second = 0; second < 120; second++) {
      if (world.socket.onclose) world.socket.fail(1006);
      world.advance(1_000);
    }
    expect(world.sockets.length).toBeLessThanOrEqual(8);
    const live = world.sockets.filter((socket) => socket.onclose !== null);
    expect(live.length).toBeLessThanOrEqual(1);
  });

  test("a server that accepts and closes is dialled at backoff rate", () => {
    world.client();
    const gaps: number[] = [];
    for (let i = 0; i < 6; i++) {
      const at = world.time;
      world.socket.open().message(full(i)).fail(1006);
      const count = world.sockets.length;
      while (world.sockets.length === count) world.advance(100);
      gaps.push(world.time - at);
    }
    expect(gaps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  });

  test("the backoff returns to its start after a state and five seconds", () => {
    world.client();
    world.socket.fail(1006);
    world.advance(1_000);
    world.socket.fail(1006);
    world.advance(2_000);
    world.socket.open().message(full(1));
    world.advance(5_000);
    world.socket.fail(1006);
    expect(world.status).toMatchObject({ kind: "reconnecting", at: world.time + 1_000 });
  });

  test("five seconds without a state do not reset it", () => {
    world.client();
    world.socket.fail(1006);
    world.advance(1_000);
    world.socket.open();
    world.advance(9_000);
    world.socket.fail(1006);
    expect(world.status).toMatchObject({ kind: "reconnecting", at: world.time + 2_000 });
  });

  test("delays have jitter", () => {
    expect(backoff(0, 30_000, 0)).toBeCloseTo(100);
    expect(backoff(0, 30_000, 1)).toBeCloseTo(1_000);
    expect(backoff(20, 30_000, 0.5)).toBeCloseTo(16_500);
  });

  test("a connection that never opens is given up", () => {
    world.client();
    const first = world.socket;
    world.advance(10_000);
    expect(first.closedWith).toBe(4000);
    world.advance(1_000);
    expect(world.sockets).toHaveLength(2);
  });

  test("a login page does not become a state", async () => {
    world.client();
    world.socket.fail(1006);
    await world.requests[0]!.answer(200, "<!doctype html><title>Sign in</title>");
    expect(world.states).toHaveLength(0);
    expect(world.status).toMatchObject({ kind: "reconnecting", reason: expect.stringContaining("page") });
    world.advance(1_000);
    expect(world.sockets).toHaveLength(2);
  });

  test("an exception in onState is caught, reported, and the stream goes on", () => {
    const fault = new Error("a scene broke");
    let calls = 0;
    world.client({
      onState: () => {
        calls += 1;
        throw fault;
      },
    });
    world.socket.open().message(full(1)).message(update(2));
    expect(calls).toBe(2);
    expect(world.errors).toEqual([fault, fault]);
    expect(world.status).toEqual({ kind: "live", polled: false });
  });

  test("a WebSocket that can't be made is said and tried again", async () => {
    world.throws = new Error("blocked by policy");
    world.client();
    expect(world.status).toMatchObject({ kind: "reconnecting", reason: "blocked by policy" });
    world.throws = undefined;
    world.advance(1_000);
    expect(world.sockets).toHaveLength(1);
  });

  test("there is a status to show", () => {
    world.client();
    world.socket.open().message(full(1));
    world.advance(6_000);
    world.socket.fail(1006);
    world.advance(1_000);
    world.socket.open().message(full(2));
    expect(world.statuses.map((status) => status.kind)).toEqual([
      "connecting",
      "live",
      "reconnecting",
      "stale",
      "live",
    ]);
  });
});
