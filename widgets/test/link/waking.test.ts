import { beforeEach, describe, expect, test } from "vitest";
import { asked, delta, full, World, welcome } from "../world";

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

  const live = () => {
    const client = world.client({ ask: asked });
    world.socket
      .open()
      .message(welcome)
      .message(full(1, "a", { hb: 10 }));
    return client;
  };

  test("the server is told, and nothing is asked of it while it sends nothing", () => {
    live();
    world.hide(true);
    world.advance(299_000);
    expect(world.said).toEqual([{ type: "visibility", hidden: true }]);
    expect(world.requests).toHaveLength(0);
    expect(world.sockets).toHaveLength(1);
    world.hide(false);
    expect(world.said.slice(1)).toEqual([
      { type: "visibility", hidden: false },
      { type: "ping", seq: 1 },
    ]);
    world.socket.message(delta(1, 900));
    expect(world.status).toEqual({ kind: "live", polled: false });
  });

  test("a zombie is found when somebody looks again", () => {
    live();
    world.hide(true);
    world.advance(200_000);
    world.hide(false);
    expect(world.status.kind).toBe("stale");
    world.advance(2_000);
    expect(world.sockets[0]!.closedWith).toBe(4000);
  });

  test("a page that opens in the background says so as it dials", () => {
    world.document.hidden = true;
    live();
    expect(world.query.hidden).toBe("1");
    expect(world.said).toEqual([]);
    world.hide(false);
    expect(world.said[0]).toEqual({ type: "visibility", hidden: false });
  });

  test("one that comes to the front before its server has said a word tells it then", () => {
    world.document.hidden = true;
    world.client({ ask: asked });
    world.hide(false);
    world.socket.open();
    expect(world.said).toEqual([]);
    world.socket.message(welcome);
    expect(world.said).toEqual([{ type: "visibility", hidden: false }]);
  });

  test("a request that is under way is given up; none is begun", () => {
    world.client({ ask: asked });
    world.socket.open().message(welcome);
    world.advance(2_000);
    expect(world.requests).toHaveLength(1);
    world.hide(true);
    expect(world.requests[0]!.init.signal?.aborted).toBe(true);
    world.advance(60_000);
    expect(world.requests).toHaveLength(1);
    world.hide(false);
    world.advance(2_000);
    expect(world.requests).toHaveLength(2);
  });

  test("polling stops too", async () => {
    world.client({ ask: asked });
    for (let i = 0; i < 3; i++) {
      world.socket.fail(1006);
      await world.requests.at(-1)!.answer(503, {});
      if (i < 2) world.advance(4_000);
    }
    world.hide(true);
    const asks = world.requests.length;
    world.advance(3_900);
    expect(world.requests).toHaveLength(asks);
  });

  test("after five minutes there is no socket, no timer, and the status says so", () => {
    live();
    world.hide(true);
    world.advance(300_000);
    expect(world.socket.closedWith).toBe(1000);
    expect(world.timerCount).toBe(0);
    expect(world.status).toEqual({ kind: "asleep" });
    world.hide(false);
    world.advance(250);
    expect(world.query).toMatchObject({ epoch: "a", seq: "1" });
  });
});

describe("the page goes into the cache of the browser", () => {
  test("its socket is closed, so that it may, and dialled anew when it comes back", () => {
    const client = world.client({ ask: asked });
    world.socket.open().message(welcome).message(full(1));
    world.window.dispatchEvent(new Event("pagehide"));
    expect(world.socket.closedWith).toBe(1000);
    expect(world.timerCount).toBe(0);
    expect(world.status).toEqual({ kind: "asleep" });
    world.window.dispatchEvent(new Event("pageshow"));
    world.hide(false);
    world.advance(250);
    expect(world.sockets).toHaveLength(2);
    client.close();
    expect(world.listeners).toBe(0);
  });
});
