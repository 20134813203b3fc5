import { afterEach, expect, test, vi } from "vitest";
import { knock, xsrfCookies } from "../src/door";

afterEach(() => vi.unstubAllGlobals());

const server = (name: string, more = {}) => ({
  baseUrl: `https://h/${name}/`,
  wsUrl: `wss://h/${name}/`,
  token: "",
  elsewhere: false,
  ...more,
});

/** A server that lets in who brings this `X-XSRFToken`; records what it was brought. */
function doorkeeper(wanted: string, otherwise = 403) {
  const brought: Record<string, string>[] = [];
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>;
    brought.push(headers);
    const status = headers["X-XSRFToken"] === wanted ? 200 : otherwise;
    return Response.json({ body: init.body }, { status });
  });
  return brought;
}

test("cookies are read as they are written, each once, the widest path first", () => {
  expect(xsrfCookies("_xsrf=a; other=1; _xsrf=b%7C2; _xsrf=a; not_xsrf=c")).toEqual(["b|2", "a"]);
  expect(xsrfCookies("_xsrf=100%")).toEqual(["100%"]);
  expect(xsrfCookies("")).toEqual([]);
});

test("one cookie is brought, with what the request has of its own", async () => {
  const brought = doorkeeper("x");
  const init = { method: "POST", body: "{}", headers: { Accept: "y" } };
  const answer = await knock(server("one"), "_xsrf=x", "https://h/one/state", init);
  expect(await answer.json()).toEqual({ body: "{}" });
  expect(brought).toEqual([{ Accept: "y", "X-XSRFToken": "x" }]);
});

test("one that is refused is followed by the next, and the right one is brought first from then on", async () => {
  const brought = doorkeeper("b");
  const at = server("next");
  const cookies = "_xsrf=a; _xsrf=b; _xsrf=c";
  expect((await knock(at, cookies, "https://h/", {})).status).toBe(200);
  expect((await knock(at, cookies, "https://h/", {})).status).toBe(200);
  expect(brought.map((headers) => headers["X-XSRFToken"])).toEqual(["c", "b", "b"]);
  expect((await knock(server("other"), cookies, "https://h/", {})).status).toBe(200);
  expect(brought.slice(3).map((headers) => headers["X-XSRFToken"])).toEqual(["c", "b"]);
});

test("where none is right the refusal is told, after each was tried once", async () => {
  const brought = doorkeeper("z");
  expect((await knock(server("none"), "_xsrf=a; _xsrf=b", "https://h/", {})).status).toBe(403);
  expect(brought).toHaveLength(2);
  expect((await knock(server("none"), "", "https://h/", {})).status).toBe(403);
  expect(brought[2]).toEqual({});
});

test("only a refusal is asked again: another error may have done something", async () => {
  const brought = doorkeeper("b", 500);
  expect((await knock(server("error"), "_xsrf=b; _xsrf=a", "https://h/", {})).status).toBe(500);
  expect(brought).toHaveLength(1);
});

test("a token comes with the cookie; to another host it goes alone", async () => {
  const brought = doorkeeper("x", 200);
  await knock(server("token", { token: "t" }), "_xsrf=x", "https://h/", {});
  await knock(server("far", { token: "t", elsewhere: true }), "_xsrf=x", "https://far/", {});
  expect(brought).toEqual([{ Authorization: "token t", "X-XSRFToken": "x" }, { Authorization: "token t" }]);
});
