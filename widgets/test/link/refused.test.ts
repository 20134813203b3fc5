import { beforeEach, describe, expect, test } from "vitest";
import { verdict } from "../../src/link/codes";
import { full, payload, settle, World } from "../world";

let world: World;
beforeEach(() => {
  world = new World();
});
const ticks = () => world.states.map((state) => state.tick);

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
    world.socket.fail(1006);
    expect(world.status).toMatchObject({ kind: "reconnecting", reason: "no connection to the server" });
  });

  test("requests carry same-origin credentials", () => {
    world.client();
    world.socket.fail(1006);
    expect(world.requests[0]!.init).toMatchObject({ credentials: "same-origin", cache: "no-store" });
  });

  test.each([1000, 1001, 1005, 1006, 1011, 1012, 4000, 4500])("%i dials again", (code) => {
    expect(verdict(code)).toBe("retry");
  });

  test.each([1002, 1003, 1007, 1008, 1009, 1010, 4400, 4403, 4404, 4409, 4410, 4499])("%i stops", (code) => {
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

  test("new credentials may bring a new address, and a state makes the next refresh possible", async () => {
    world.client({ refresh: () => ({ wsUrl: "ws://town/aitown/ws?token=new" }) });
    for (let i = 0; i < 3; i++) {
      world.socket.open().message(full(i)).fail(4401);
      await world.requests[i]!.answer(503, {});
      world.advance(30_000);
      expect(world.socket.url).toBe("ws://town/aitown/ws?token=new");
    }
  });

  test("a state that is polled does not hide that the socket stays shut for want of credentials", async () => {
    world.client();
    world.socket.open().fail(4401);
    await world.requests[0]!.answer(200, full(1));
    expect(world.status).toEqual({ kind: "live", polled: true });
    world.advance(1_000);
    world.socket.open().fail(4401);
    expect(world.status).toMatchObject({ kind: "stopped", code: 4401 });
  });

  test("a server without /state does not stop a socket that is open", async () => {
    world.client();
    world.socket.open();
    world.advance(2_000);
    await world.requests[0]!.answer(404, "nothing here");
    world.socket.message({ type: "full_state", payload: payload(1) });
    expect(world.status).toEqual({ kind: "live", polled: false });
  });

  test("while polling works it is said to be live, and when it fails since when it is stale", async () => {
    world.client();
    for (let i = 0; i < 3; i++) {
      world.socket.fail(1006);
      await world.requests.at(-1)!.answer(200, full(i));
      if (i < 2) world.advance(4_000);
    }
    const since = world.time;
    const said = world.statuses.length;
    world.socket.fail(1006);
    world.advance(3_000);
    await world.requests.at(-1)!.answer(200, full(4));
    expect(world.statuses).toHaveLength(said);
    world.advance(3_000);
    await world.requests.at(-1)!.answer(503, {});
    expect(world.status).toEqual({ kind: "stale", since: since + 3_000 });
  });

  test("the server's own reason is what is shown", () => {
    world.client();
    world.socket.open().fail(4404, "no town called atlantis");
    expect(world.status).toMatchObject({ kind: "stopped", code: 4404, reason: "no town called atlantis" });
  });

  test("closing from inside onState is final", async () => {
    const client = world.client({ onState: () => client.close() });
    world.socket.open().message(full(1));
    await settle();
    expect(world.timerCount).toBe(0);
    expect(world.listeners).toBe(0);
  });

  test.each([401, 403])("/state with %i: credentials are read anew once, then it stops", async (status) => {
    world.client({ refresh: () => ({ stateUrl: "http://town/aitown/state?token=new" }) });
    world.socket.fail(1006);
    await world.requests[0]!.answer(status, { message: "Forbidden here." });
    expect(world.status.kind).toBe("reconnecting");
    expect(world.requests[1]!.url).toContain("token=new");
    await world.requests[1]!.answer(status, { message: "Forbidden here.", remedy: "Sign in." });
    expect(world.status).toEqual({
      kind: "stopped",
      code: status,
      reason: "Forbidden here.",
      remedy: "Sign in.",
    });
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
});
