import { beforeEach, describe, expect, test } from "vitest";
import { backoff, verdict } from "../src/reconnect";
import { describe as words } from "../src/status";
import { full, payload, settle, update, World } from "./world";

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

  test.each(["online", "pageshow"])("%s dials within 250 ms instead of waiting", (name) => {
    world.client({ maxBackoff: 30_000 });
    for (let i = 0; i < 6; i++) {
      world.socket.fail(1006);
      if (i < 5) world.advance(30_000);
    }
    const count = world.sockets.length;
    world.window.dispatchEvent(new Event(name));
    world.advance(250);
    expect(world.sockets).toHaveLength(count + 1);
  });

  test("a page that becomes visible pings a live socket and does not replace it", () => {
    world.client();
    world.socket.open().message(full(1));
    world.hide(true);
    world.hide(false);
    expect(world.sockets).toHaveLength(1);
    expect(JSON.parse(world.socket.sent[0]!)).toEqual({ type: "ping", seq: 1 });
    world.socket.message({ type: "pong", epoch: "a", seq: 1 });
    world.advance(2_000);
    expect(world.sockets).toHaveLength(1);
  });

  test("a hidden page stops dialling after the fifth and closes its socket after five minutes", () => {
    world.client();
    world.hide(true);
    for (let i = 0; i < 40; i++) {
      if (world.socket.onclose) world.socket.fail(1006);
      world.advance(5_000);
    }
    expect(world.sockets).toHaveLength(6);
    world.hide(false);
    world.advance(250);
    expect(world.sockets).toHaveLength(7);
    world.socket.open().message(full(1));
    world.hide(true);
    const open = world.socket;
    for (let i = 0; i < 31; i++) {
      world.advance(10_000);
      open.message({ type: "hb", epoch: "a", seq: 1 });
    }
    expect(open.closedWith).toBe(1000);
    world.hide(false);
    world.advance(250);
    expect(world.sockets).toHaveLength(8);
  });

  test("a silent socket is pinged and replaced within 2.5 hb + 3 s", () => {
    world.client();
    world.socket.open().message(full(1));
    const zombie = world.socket;
    world.advance(49_000);
    expect(zombie.sent).toHaveLength(0);
    world.advance(1_000);
    expect(zombie.sent).toHaveLength(1);
    world.advance(2_000);
    expect(zombie.closedWith).toBe(4000);
    world.advance(1_000);
    expect(world.sockets).toHaveLength(2);
  });

  test("any message keeps it alive", () => {
    world.client();
    world.socket.open().message(full(1));
    for (let i = 0; i < 20; i++) {
      world.advance(30_000);
      world.socket.message({ type: "hb", epoch: "a", seq: 1 });
    }
    expect(world.sockets).toHaveLength(1);
    expect(world.socket.sent).toHaveLength(0);
  });

  test.each([401, 403])("/state with %i stops the client", async (status) => {
    world.client();
    world.socket.fail(1006);
    await world.requests[0]!.answer(status, { message: "Forbidden here." });
    expect(world.status).toEqual({ kind: "stopped", reason: "Forbidden here." });
    world.advance(600_000);
    expect(world.sockets).toHaveLength(1);
    expect(world.timerCount).toBe(0);
  });

  test.each([404, 410])("/state with %i stops the client", async (status) => {
    world.client();
    world.socket.fail(1006);
    await world.requests[0]!.answer(status, "not json");
    expect(world.status.kind).toBe("stopped");
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

describe("apply", () => {
  test("seq rises strictly within an epoch", () => {
    world.client();
    world.socket
      .open()
      .message(full(5))
      .message(update(6))
      .message(update(6))
      .message(update(4))
      .message(update(9));
    expect(ticks()).toEqual([5, 6, 9]);
  });

  test("another epoch is taken up by a full state only", () => {
    world.client();
    world.socket
      .open()
      .message(full(50))
      .message(update(51, "b"))
      .message(full(1, "b"))
      .message(update(2, "b"));
    expect(ticks()).toEqual([50, 1, 2]);
  });

  test("an update of an unknown epoch makes it ask /state", async () => {
    world.client();
    world.socket.open().message(full(50)).message(update(3, "b"));
    world.advance(2_000);
    await world.requests[0]!.answer(200, full(4, "b"));
    expect(ticks()).toEqual([50, 4]);
  });

  test("the same full state again is in sync: a town that is paused", () => {
    world.client();
    world.socket.open().message(full(5));
    world.advance(6_000);
    world.socket.fail(1012);
    world.advance(1_000);
    const again = full(5, "a", { status: { state: "running", phase: "paused", speed: 0 } });
    world.socket.open().message(again);
    expect(ticks()).toEqual([5]);
    expect(world.status).toEqual({ kind: "live", polled: false });
    expect(world.messages).toEqual([again]);
    world.advance(10_000);
    expect(world.requests).toHaveLength(0);
  });

  test("being in sync with a paused town resets the backoff too", () => {
    world.client();
    world.socket.open().message(full(5));
    for (let i = 0; i < 3; i++) {
      world.advance(6_000);
      world.socket.fail(1006);
      expect(world.status).toMatchObject({ kind: "reconnecting", at: world.time + 1_000 });
      world.advance(1_000);
      world.socket.open().message(full(5));
    }
  });

  test("a server with only the two naive messages works", () => {
    world.client();
    world.socket.open();
    world.socket.message({ type: "full_state", payload: payload(1) });
    world.socket.message({ type: "state_update", payload: payload(2) });
    world.advance(600_000);
    world.window.dispatchEvent(new Event("online"));
    expect(ticks()).toEqual([1, 2]);
    expect(world.socket.sent).toHaveLength(0);
    expect(world.sockets).toHaveLength(1);
  });

  test("what is not JSON, or not an object, is passed over", () => {
    world.client();
    world.socket
      .open()
      .message("{")
      .message("[]")
      .message("null")
      .message({ type: "full_state" })
      .message(full(1));
    expect(ticks()).toEqual([1]);
    expect(world.errors).toEqual([]);
  });

  test("other kinds of message are handed on", () => {
    world.client();
    const event = { type: "event", events: [] };
    world.socket.open().message(full(1)).message(event);
    expect(world.messages).toEqual([event]);
  });
});

describe("refusals and close codes", () => {
  test("after three refusals /state is polled while dialling goes on", async () => {
    world.client();
    for (let i = 0; i < 3; i++) {
      world.socket.fail(1006);
      await world.requests.at(-1)!.answer(503, {});
      if (i < 2) world.advance(4_000);
    }
    const asked = world.requests.length;
    world.advance(3_000);
    expect(world.requests).toHaveLength(asked + 1);
    await world.requests.at(-1)!.answer(200, full(1));
    expect(world.status).toEqual({ kind: "live", polled: true });
    world.advance(3_000);
    await world.requests.at(-1)!.answer(200, full(2));
    expect(ticks()).toEqual([1, 2]);
    expect(world.sockets).toHaveLength(4);
    world.socket.open().message(full(3));
    const polled = world.requests.length;
    world.advance(30_000);
    expect(world.requests).toHaveLength(polled);
  });

  test("one request at a time", () => {
    world.client();
    for (let i = 0; i < 5; i++) {
      world.socket.fail(1006);
      world.advance(1_000 * 2 ** i);
    }
    const open = world.requests.filter((request) => !request.init.signal?.aborted);
    expect(open).toHaveLength(1);
  });

  test("requests carry headers and same-origin credentials", () => {
    world.client({ headers: () => ({ "X-XSRFToken": "x" }) });
    world.socket.fail(1006);
    expect(world.requests[0]!.init).toMatchObject({
      credentials: "same-origin",
      headers: { "X-XSRFToken": "x" },
    });
  });

  test.each([1000, 1001, 1005, 1006, 1011, 1012, 4000, 4500])("%i dials again", (code) => {
    expect(verdict(code)).toBe("retry");
  });

  test.each([1002, 1003, 1007, 1008, 1010, 4400, 4403, 4404, 4409, 4410, 4499])("%i stops", (code) => {
    world.client();
    world.socket.open().message(full(1)).fail(code);
    expect(world.status.kind).toBe("stopped");
    world.advance(600_000);
    expect(world.sockets).toHaveLength(1);
    expect(world.listeners).toBe(0);
  });

  test.each([1013, 4408, 4429])("%i dials again from the third step", (code) => {
    world.client();
    world.socket.open().message(full(1));
    world.advance(6_000);
    world.socket.fail(code);
    expect(world.status).toMatchObject({ kind: "reconnecting", at: world.time + 4_000 });
  });

  test("4401 refreshes once, then stops", async () => {
    world.client();
    world.socket.open().fail(4401);
    expect(world.requests).toHaveLength(1);
    await world.requests[0]!.answer(200, {});
    world.advance(1_000);
    expect(world.sockets).toHaveLength(2);
    world.socket.open().fail(4401);
    expect(world.status.kind).toBe("stopped");
  });

  test("the server's own reason is what is shown", () => {
    world.client();
    world.socket.open().fail(4404, "no town called atlantis");
    expect(world.status).toEqual({ kind: "stopped", reason: "no town called atlantis" });
  });

  test("closing from inside onState is final", async () => {
    const client = world.client({ onState: () => client.close() });
    world.socket.open().message(full(1));
    await settle();
    expect(world.timerCount).toBe(0);
    expect(world.listeners).toBe(0);
  });
});

test("statuses in words", () => {
  const at = new Date(2025, 2, 3, 7, 42, 10).getTime();
  expect(words({ kind: "connecting" }, 0)).toBe("connecting");
  expect(words({ kind: "live", polled: false }, 0)).toBe("live");
  expect(words({ kind: "reconnecting", at: 3_200, reason: "" }, 1_000)).toBe("reconnecting in 3 s");
  expect(words({ kind: "stale", since: at }, 0)).toBe("stale since 07:42:10");
  expect(words({ kind: "stopped", reason: "no such town" }, 0)).toBe("stopped: no such town");
});
