import { afterEach, expect, test, vi } from "vitest";
import { Api, addresses, findServer } from "../src/page";
import { share } from "../src/share";
import { full, World, welcome } from "./world";

const location = { href: "https://hub.example/user/ada/lab/tree/a.ipynb" };
const page = (config: unknown) =>
  ({
    querySelector: () => (config === undefined ? null : { textContent: JSON.stringify(config) }),
  }) as unknown as Document;
const server = { baseUrl: "https://h/a/", wsUrl: "wss://h/a/", token: "", elsewhere: false };

afterEach(() => vi.unstubAllGlobals());

test("the server is where the page's configuration says", () => {
  expect(findServer(page({ baseUrl: "/user/ada/", wsUrl: "", token: "t" }), location)).toEqual({
    baseUrl: "https://hub.example/user/ada/",
    wsUrl: "wss://hub.example/user/ada/",
    token: "t",
    elsewhere: false,
  });
});

test("a wsUrl of its own is honoured", () => {
  const found = findServer(page({ baseUrl: "/base/", wsUrl: "wss://sockets.example" }), location);
  expect(found).toMatchObject({ wsUrl: "wss://sockets.example/base/", elsewhere: true });
});

test("without the configuration there is no server", () => {
  expect(findServer(page(undefined), location)).toBeUndefined();
  expect(findServer(page({ theme: "dark" }), location)).toBeUndefined();
});

test("addresses carry the town's name, and no token where a cookie will do", () => {
  expect(addresses({ ...server, token: "t" }, "old town", "a=b; _xsrf=x")).toEqual({
    wsUrl: "wss://h/a/aitown/ws?town=old%20town",
    stateUrl: "https://h/a/aitown/state?town=old%20town",
  });
});

test.each([
  ["the page has no cookie", false, "other=1"],
  ["the server is of another host", true, "_xsrf=x"],
])("a socket has the token in its address where %s", (_, elsewhere, cookies) => {
  const { wsUrl, stateUrl } = addresses({ ...server, token: "t&", elsewhere }, "hamlet", cookies);
  expect(wsUrl).toBe("wss://h/a/aitown/ws?town=hamlet&token=t%26");
  expect(stateUrl).not.toContain("token");
});

test("an error of the server is told in its words", async () => {
  vi.stubGlobal("document", { cookie: "_xsrf=x" });
  const fetched = vi.fn(async () =>
    Response.json({ error: "E", message: "Not now.", remedy: "Later." }, { status: 409 }),
  );
  vi.stubGlobal("fetch", fetched);
  const api = new Api(server, "riverbend");
  await expect(api.control({ op: "pause" })).rejects.toThrow("Not now. Later.");
  expect(fetched).toHaveBeenCalledWith(
    "https://h/a/aitown/api/towns/riverbend/control",
    expect.objectContaining({
      method: "POST",
      credentials: "same-origin",
      headers: expect.objectContaining({ "X-XSRFToken": "x" }),
    }),
  );
});

test("an answer that isn't JSON is told as a status", async () => {
  vi.stubGlobal("document", { cookie: "" });
  vi.stubGlobal("fetch", async () => new Response("<html>", { status: 502 }));
  await expect(new Api(server, "t").control({ op: "pause" })).rejects.toThrow("502");
});

test("an act goes over the socket where it is live, and by REST where it is not", async () => {
  vi.stubGlobal("document", { cookie: "" });
  vi.stubGlobal("fetch", async () => Response.json({ tick: 1, clock: "", phase: "paused", speed: 1 }));
  const asked: object[] = [];
  let live = true;
  const api = new Api(server, "t", (message) => {
    asked.push(message);
    return live ? Promise.resolve({ type: "done", phase: "running" }) : undefined;
  });
  expect(await api.control({ op: "step", ticks: 2 })).toMatchObject({ phase: "running" });
  expect(asked).toEqual([{ type: "control", op: "step", ticks: 2 }]);
  live = false;
  expect(await api.control({ op: "pause" })).toMatchObject({ phase: "paused" });
});

test("a stream asks in its own form, and its acts break with its socket", async () => {
  const world = new World();
  const { window, document, WebSocket } = world.environment();
  vi.stubGlobal("window", window);
  vi.stubGlobal("document", Object.assign(document!, { cookie: "" }));
  vi.stubGlobal("WebSocket", WebSocket);
  const { stream, release } = share(server, "riverbend");
  expect(world.query).toEqual({ town: "riverbend", v: "1", delta: "1", fmt: "auto" });
  expect(stream.ask({ type: "control" })).toBeUndefined();
  world.socket.open().message(welcome).message(full(1));
  expect(stream.mirror.rights).toEqual(["read", "execute"]);
  const [one, two] = [stream.ask({ type: "control" }), stream.ask({ type: "control" })];
  world.socket.message({ type: "done", id: 1, phase: "paused" });
  expect(await one).toMatchObject({ phase: "paused" });
  world.socket.fail(1006);
  await expect(two).rejects.toThrow("perhaps");
  release();
});

test("two widgets of one town share one socket; the last one to go closes it", () => {
  const world = new World();
  const { window, document, WebSocket } = world.environment();
  vi.stubGlobal("window", window);
  vi.stubGlobal("document", Object.assign(document!, { cookie: "" }));
  vi.stubGlobal("WebSocket", WebSocket);
  const one = share(server, "riverbend");
  const two = share(server, "riverbend");
  const other = share(server, "elsewhere");
  expect(world.sockets).toHaveLength(2);
  expect(two.stream).toBe(one.stream);
  const heard: string[] = [];
  one.stream.listen((change) => heard.push(change));
  world.sockets[0]!.open().message(full(1));
  expect(heard).toEqual(["state", "link"]);
  one.release();
  one.release();
  expect(world.sockets[0]!.closedWith).toBeUndefined();
  two.release();
  expect(world.sockets[0]!.closedWith).toBe(1000);
  other.release();
  expect(world.listeners).toBe(0);
  const again = share(server, "riverbend");
  expect(again.stream).not.toBe(one.stream);
  again.release();
});
