import { beforeEach, describe, expect, test } from "vitest";
import { full, World } from "../world";

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
});
