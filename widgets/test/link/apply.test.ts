import { beforeEach, describe, expect, test } from "vitest";
import { asked, delta, full, payload, settle, update, World, welcome } from "../world";

let world: World;
beforeEach(() => {
  world = new World();
});
const ticks = () => world.states.map((state) => state.tick);

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

  test("of a town that starts no state is asked for until it runs", () => {
    const say = (state: string) =>
      world.socket.message({ type: "status", state, phase: "compiling", speed: 1 });
    world.client();
    world.socket.open();
    world.advance(1_000);
    say("starting");
    world.advance(20_000);
    expect(world.requests).toHaveLength(0);
    say("running");
    world.advance(2_000);
    expect(world.requests).toHaveLength(1);
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

describe("deltas", () => {
  const synced = () => {
    const client = world.client({ ask: asked });
    world.socket.open().message(welcome).message(full(5));
    return client;
  };

  test("one from this state or an older one is taken", () => {
    synced();
    world.socket.message(delta(5, 6)).message(delta(2, 8));
    expect(ticks()).toEqual([5, 6, 8]);
    expect(world.said).toEqual([]);
  });

  test("one from a newer state is not: it asks in band for what lies between", () => {
    synced();
    world.socket.message(delta(6, 7)).message(delta(7, 8));
    expect(ticks()).toEqual([5]);
    expect(world.said).toEqual([{ type: "resync", epoch: "a", seq: 5 }]);
    world.socket.message(delta(5, 8));
    expect(ticks()).toEqual([5, 8]);
    world.advance(60_000);
    expect(world.requests).toHaveLength(0);
  });

  test("and /state where that is not answered within two seconds", async () => {
    synced();
    world.socket.message(delta(6, 7));
    world.advance(1_999);
    expect(world.requests).toHaveLength(0);
    world.advance(1);
    await world.requests[0]!.answer(200, full(7));
    world.socket.message(delta(7, 8));
    expect(ticks()).toEqual([5, 7, 8]);
    expect(world.status).toEqual({ kind: "live", polled: false });
  });

  test("as long as neither answers it is stale and says so, and asks again", async () => {
    synced();
    const since = world.time;
    world.socket.message(delta(6, 7));
    world.advance(2_000);
    await world.requests[0]!.answer(503, {});
    expect(world.status).toEqual({ kind: "stale", since });
    world.advance(10_000);
    await world.requests[1]!.answer(200, full(9));
    expect(world.status).toEqual({ kind: "live", polled: false });
  });

  test.each(["hb", "pong"])("a %s that names a newer state tells of a loss", (type) => {
    synced();
    world.socket.message({ type, epoch: "a", seq: 5 });
    expect(world.said).toEqual([]);
    world.socket.message({ type, epoch: "a", seq: 6 });
    expect(world.said).toEqual([{ type: "resync", epoch: "a", seq: 5 }]);
  });

  test("before the first state a heartbeat names none", () => {
    world.client({ ask: asked });
    world.socket.open().message(welcome).message({ type: "hb", epoch: null, seq: 0 });
    expect(world.said).toEqual([]);
  });

  test("what comes late from a life that was left is not taken up again", () => {
    synced();
    world.socket
      .message(full(1, "b"))
      .message(full(4, "a"))
      .message(delta(3, 4, "a"));
    world.socket.message({ type: "hb", epoch: "a", seq: 4 }).message(delta(1, 2, "b"));
    expect(ticks()).toEqual([5, 1, 2]);
    expect(world.said).toEqual([]);
  });

  test("but nothing bars the way back into a life that is on", () => {
    synced();
    world.socket
      .message(full(7, "b"))
      .message(full(5, "a"))
      .message(delta(7, 8, "b"));
    expect(world.said).toEqual([{ type: "resync", epoch: "a", seq: 5 }]);
    world.socket.message(full(8, "b"));
    expect(ticks()).toEqual([5, 7, 5, 8]);
  });

  test("one that could not be taken in whole is followed by a whole state", () => {
    let broken = false;
    world.client({
      ask: asked,
      onState: (state) => {
        if (broken) throw new Error("half-way");
        world.states.push(state);
      },
    });
    world.socket.open().message(welcome).message(full(5));
    broken = true;
    world.socket.message(delta(5, 6));
    expect(world.said).toEqual([{ type: "resync", epoch: "", seq: 0 }]);
    broken = false;
    world.socket.message(delta(6, 7)).message(full(7)).message(delta(7, 8));
    expect(ticks()).toEqual([5, 7, 8]);
  });

  test("what can't be read is as if it had been lost", () => {
    world.client({
      ask: asked,
      parse: (data) => {
        if (typeof data !== "string") throw new Error("cut");
        return JSON.parse(data);
      },
    });
    world.socket.open().message(welcome).message(full(5)).message(new ArrayBuffer(3));
    expect(world.errors).toEqual([]);
    world.socket.message(delta(6, 7));
    expect(world.said).toEqual([{ type: "resync", epoch: "a", seq: 5 }]);
  });

  test("a simple server is never sent what it may not know", () => {
    world.client();
    world.socket.open().message({ type: "full_state", payload: payload(1), epoch: "a", seq: 1 });
    world.socket.message(update(3, "b"));
    world.hide(true);
    world.hide(false);
    world.advance(300_000);
    expect(world.said).toEqual([]);
    expect(world.sockets).toHaveLength(1);
  });
});

describe("resume", () => {
  test("the first dial says what is wanted, the next from where to go on", () => {
    world.client({ wsUrl: "ws://town/aitown/ws?town=x", ask: { ...asked, event: () => 18 } });
    expect(world.query).toEqual({ town: "x", v: "1", delta: "1", fmt: "auto", event: "18" });
    world.socket.open().message(welcome).message(full(5, "e f")).fail(1006);
    world.advance(1_000);
    expect(world.query).toMatchObject({ epoch: "e f", seq: "5", event: "18" });
  });

  test("an address without a query gets one, and without a wish nothing is added", () => {
    world.client({ wsUrl: "ws://town/ws", ask: { delta: true } });
    expect(world.socket.url).toBe("ws://town/ws?v=1&delta=1");
    world.client({ wsUrl: "ws://town/ws" });
    expect(world.socket.url).toBe("ws://town/ws");
  });

  test("/state is asked in the same form", () => {
    world.client({ stateUrl: "http://town/state?town=x", ask: asked });
    world.socket.fail(1006);
    expect(world.requests[0]!.url).toBe("http://town/state?town=x&fmt=auto");
  });

  test("resumed is in sync: nothing is asked, the backoff begins anew, it is live", () => {
    world.client({ ask: asked });
    world.socket.open().message(welcome).message(full(5));
    for (let i = 0; i < 4; i++) {
      world.advance(6_000);
      world.socket.fail(1006);
      expect(world.status).toMatchObject({ kind: "reconnecting", at: world.time + 1_000 });
      world.advance(1_000);
      world.socket.open().message(welcome).message({ type: "resumed", epoch: "a", seq: 5, hb: 10 });
      expect(world.status).toEqual({ kind: "live", polled: false });
    }
    world.socket.message(delta(5, 70));
    expect(ticks()).toEqual([5, 70]);
    expect(world.requests).toHaveLength(0);
  });

  test("a state from /state is a place to resume from too", async () => {
    world.client({ ask: asked });
    world.socket.fail(1006);
    await world.requests[0]!.answer(200, full(7));
    world.advance(1_000);
    expect(world.query).toMatchObject({ epoch: "a", seq: "7" });
    world.socket.open().message(welcome).message({ type: "resumed", epoch: "a", seq: 7, hb: 10 });
    world.socket.message(delta(7, 9));
    await settle();
    expect(ticks()).toEqual([7, 9]);
  });

  test("a binary /state is read as the socket's messages are", async () => {
    world.client({ ask: asked, parse: (data) => (typeof data === "string" ? JSON.parse(data) : full(3)) });
    world.socket.fail(1006);
    await world.requests[0]!.answer(200, new ArrayBuffer(8));
    expect(ticks()).toEqual([3]);
  });
});

test("what waits for a socket goes with it: only the next dial is left", () => {
  world.client({ ask: asked });
  world.socket.open().message(welcome).message(full(5)).message(delta(6, 7)).fail(1006);
  expect(world.timerCount).toBe(1);
});

describe("sending", () => {
  test("only over an open socket whose server said welcome", () => {
    let lost = 0;
    const client = world.client({ ask: asked, onLost: () => (lost += 1) });
    expect(client.send({ type: "input" })).toBe(false);
    world.socket.open().message(full(1));
    expect(client.send({ type: "input" })).toBe(false);
    world.socket.message(welcome);
    expect(client.send({ type: "input", id: 1 })).toBe(true);
    expect(world.said).toEqual([{ type: "input", id: 1 }]);
    world.socket.fail(1006);
    expect(client.send({ type: "input" })).toBe(false);
    expect(lost).toBe(1);
  });

  test("closing and falling asleep lose a socket too, and a dial that never opened does not", () => {
    let lost = 0;
    const client = world.client({ ask: asked, onLost: () => (lost += 1) });
    world.socket.fail(1006);
    expect(lost).toBe(0);
    world.advance(1_000);
    world.socket.open();
    world.window.dispatchEvent(new Event("pagehide"));
    expect(lost).toBe(1);
    world.window.dispatchEvent(new Event("pageshow"));
    world.advance(250);
    world.socket.open();
    client.close();
    expect(lost).toBe(2);
  });
});
