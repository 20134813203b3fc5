import { beforeEach, describe, expect, test } from "vitest";
import { asked, delta, full, payload, World, welcome } from "../world";

let world: World;
beforeEach(() => {
  world = new World();
});

describe("liveness", () => {
  test("a silent socket is pinged and replaced within 2.5 hb + 3 s", () => {
    world.client();
    world.socket.open().message(full(1));
    const zombie = world.socket;
    world.advance(50_999);
    expect(zombie.sent).toHaveLength(0);
    world.advance(1_999);
    expect(zombie.sent).toHaveLength(1);
    world.advance(1);
    expect(zombie.closedWith).toBeUndefined();
    world.advance(1_000);
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

  test("what comes within the grace is heard: no ping, as after a page was frozen", () => {
    world.client({ ask: asked });
    world.socket
      .open()
      .message(welcome)
      .message(full(1, "a", { hb: 10 }));
    world.advance(25_500);
    world.socket.message({ type: "hb", epoch: "a", seq: 1 });
    world.advance(25_900);
    expect(world.said).toEqual([]);
  });

  test.each([-7_200_000, 7_200_000])("a clock that jumps by %i ms changes nothing of it", (jump) => {
    world.client({ ask: asked });
    world.socket
      .open()
      .message(welcome)
      .message(full(1, "a", { hb: 10 }));
    const zombie = world.socket;
    world.advance(10_000);
    world.skew += jump;
    world.advance(17_999);
    expect(zombie.closedWith).toBeUndefined();
    world.advance(1);
    expect(zombie.closedWith).toBe(4000);
  });

  test("a socket that opens and then says nothing at all is a zombie too", () => {
    world.client({ ask: asked });
    const zombie = world.socket.open();
    world.advance(28_000);
    expect(zombie.closedWith).toBe(4000);
    expect(zombie.sent).toEqual([]);
  });

  test("and waking does not give it more time", () => {
    world.client({ ask: asked });
    const zombie = world.socket.open();
    world.advance(20_000);
    world.window.dispatchEvent(new Event("online"));
    world.advance(8_000);
    expect(zombie.closedWith).toBe(4000);
  });

  test("nor does it to one that owes a pong", () => {
    world.client({ ask: asked });
    const zombie = world.socket
      .open()
      .message(welcome)
      .message(full(1, "a", { hb: 10 }));
    world.advance(27_000);
    world.window.dispatchEvent(new Event("online"));
    world.advance(1_000);
    expect(zombie.closedWith).toBe(4000);
    expect(zombie.sent).toHaveLength(1);
  });

  test("whoever sends a delta speaks version 1, whatever was lost before it", () => {
    world.client({ ask: asked });
    const zombie = world.socket.open().message(delta(1, 2));
    world.advance(28_000);
    expect(zombie.closedWith).toBe(4000);
  });

  test("but a simple server may be silent for as long as it likes", () => {
    world.client({ ask: asked });
    world.socket.open().message({ type: "full_state", payload: payload(1) });
    world.advance(3_600_000);
    expect(world.sockets).toHaveLength(1);
  });

  test("a ping after a long silence says since when the view is stale, and the pong that it is live", () => {
    world.client({ ask: asked });
    world.socket
      .open()
      .message(welcome)
      .message(full(1, "a", { hb: 10 }));
    const since = world.time;
    world.advance(26_000);
    expect(world.status).toEqual({ kind: "stale", since });
    world.socket.message({ type: "pong", epoch: "a", seq: 1 });
    expect(world.status).toEqual({ kind: "live", polled: false });
  });
});
