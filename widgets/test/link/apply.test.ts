import { beforeEach, describe, expect, test } from "vitest";
import { full, payload, update, World } from "../world";

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
