import { beforeEach, describe, expect, test } from "vitest";
import { full, World } from "../world";

let world: World;
beforeEach(() => {
  world = new World();
});

describe("waking", () => {
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
    expect(world.socket.sent.map((text) => JSON.parse(text))).toEqual([
      { type: "visibility", hidden: true },
      { type: "visibility", hidden: false },
      { type: "ping", seq: 1 },
    ]);
    world.socket.message({ type: "pong", epoch: "a", seq: 1 });
    world.advance(2_000);
    expect(world.sockets).toHaveLength(1);
  });
});

describe("hidden", () => {
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
});
