// The Jupyter server behind this page, if there is one, and its addresses.

import type { Asking } from "./asking";
import { knock, xsrfCookies } from "./door";
import type { Tie } from "./scene/ties";
import type { NpcRow } from "./types";

export interface Server {
  baseUrl: string;
  wsUrl: string;
  token: string;
  /** It is another host than the page's: no cookie of the page is for it. */
  elsewhere: boolean;
}

/** For what is asked elsewhere than at a server. */
export const NOWHERE: Server = { baseUrl: "", wsUrl: "", token: "", elsewhere: false };

/** Reads the page's configuration; undefined where no Jupyter server serves the page. */
export function findServer(page: Document, location: { href: string }): Server | undefined {
  const script = page.querySelector("script#jupyter-config-data");
  if (!script?.textContent) return undefined;
  let config: Record<string, unknown>;
  try {
    config = JSON.parse(script.textContent) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof config.baseUrl !== "string") return undefined;
  const slash = (path: string) => (path.endsWith("/") ? path : `${path}/`);
  const base = new URL(slash(config.baseUrl), location.href);
  const given = typeof config.wsUrl === "string" && config.wsUrl ? config.wsUrl : base.href;
  const ws = new URL(slash(given), base);
  // A wsUrl of another host has no path of its own: the server's base follows it.
  if (ws.pathname === "/") ws.pathname = base.pathname;
  ws.protocol = ws.protocol.replace("http", "ws");
  const { host } = new URL(location.href);
  return {
    baseUrl: base.href,
    wsUrl: ws.href,
    token: typeof config.token === "string" ? config.token : "",
    elsewhere: base.host !== host || ws.host !== host,
  };
}

/**
 * Where a town is. A socket carries no headers, so where no cookie will let it in its address has the token; elsewhere
 * not, as addresses end up in logs. Whoever has an `_xsrf` cookie was given one for the login with it.
 */
export function addresses(
  server: Server,
  town: string,
  cookies: string,
): { wsUrl: string; stateUrl: string } {
  const query = `?town=${encodeURIComponent(town)}`;
  const bare = server.elsewhere || xsrfCookies(cookies).length === 0;
  const token = bare && server.token ? `&token=${encodeURIComponent(server.token)}` : "";
  return {
    wsUrl: `${server.wsUrl}aitown/ws${query}${token}`,
    stateUrl: `${server.baseUrl}aitown/state${query}`,
  };
}

export interface ControlAnswer {
  tick: number;
  clock: string;
  phase: string;
  speed: number;
}

export type Control = { op: "play"; speed?: number } | { op: "pause" } | { op: "step"; ticks: number };

/** What is done to a town. */
export type Input =
  | { kind: "say"; text: string; to?: number }
  | { kind: "tell"; fact: string; to: number }
  | {
      kind: "invite";
      by: number;
      place: number;
      at: string;
      minutes: number;
      to: number[] | "all";
      text?: string;
    }
  | { kind: "give"; cents: number; to?: number; by?: number }
  | { kind: "price" | "wage"; place: number; cents: number }
  | { kind: "move"; npc: number; place: number }
  | { kind: "open" | "close" | "hours"; place: number };

/** An input is in the journal and acts at this tick. */
export interface Accepted {
  tick: number;
}

export interface Person {
  persona: Record<string, unknown>;
  npc: NpcRow;
}

/** What one town is asked: acts over the live socket where there is one, all else by REST. Errors are sentences for people. */
export class Api {
  constructor(
    private readonly server: Server,
    private readonly town: string,
    private readonly ask: Asking["ask"] = () => undefined,
  ) {}

  control(what: Control): Promise<ControlAnswer> {
    const asked = this.ask({ type: "control", ...what }) as Promise<ControlAnswer> | undefined;
    if (asked) return asked;
    return this.call<ControlAnswer>("control", { method: "POST", body: JSON.stringify(what) });
  }

  input(what: Input): Promise<Accepted> {
    const asked = this.ask({ ...what, type: "input" }) as Promise<Accepted> | undefined;
    return asked ?? this.call<Accepted>("input", { method: "POST", body: JSON.stringify(what) });
  }

  person(id: number, signal: AbortSignal): Promise<Person> {
    return this.call<Person>(`npcs/${id}`, { signal });
  }

  /** Whom somebody knows now, the closest first. */
  async ties(id: number, signal: AbortSignal): Promise<Tie[]> {
    return (await this.call<{ ties: Tie[] }>(`npcs/${id}/ties`, { signal })).ties;
  }

  /** The newest lines that the town's process wrote to its log. */
  log(signal: AbortSignal): Promise<{ lines: string[] }> {
    return this.call<{ lines: string[] }>("log", { signal });
  }

  /** The pictures of the map, by the name that the map says. */
  async art(hash: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await this.fetch(`art/${hash}`, { signal })).arrayBuffer());
  }

  private async call<T>(path: string, init: RequestInit): Promise<T> {
    return (await this.fetch(path, init)).json() as Promise<T>;
  }

  /** An answer that is good. */
  private async fetch(path: string, init: RequestInit): Promise<Response> {
    const url = `${this.server.baseUrl}aitown/api/towns/${encodeURIComponent(this.town)}/${path}`;
    const headers = { "Content-Type": "application/json" };
    const answer = await knock(this.server, document.cookie, url, { ...init, headers }).catch(
      (fault: unknown) => {
        if (init.signal?.aborted) throw fault;
        throw new Error("The server can't be reached.");
      },
    );
    if (answer.ok) return answer;
    const body = (await answer.json().catch(() => undefined)) as
      | { message?: string; remedy?: string }
      | undefined;
    const words = [body?.message, body?.remedy].filter(Boolean).join(" ");
    if (words) throw new Error(words);
    throw new Error(
      answer.status === 401 || answer.status === 403
        ? "You are not allowed to do this, or no longer signed in."
        : `The server answered with ${answer.status}.`,
    );
  }
}

/** Asks whichever API is the one to ask at that moment. */
export class EitherApi extends Api {
  constructor(private readonly pick: () => Api) {
    super(NOWHERE, "");
  }

  override control(what: Control): Promise<ControlAnswer> {
    return this.pick().control(what);
  }

  override input(what: Input): Promise<Accepted> {
    return this.pick().input(what);
  }

  override person(id: number, signal: AbortSignal): Promise<Person> {
    return this.pick().person(id, signal);
  }

  override ties(id: number, signal: AbortSignal): Promise<Tie[]> {
    return this.pick().ties(id, signal);
  }

  override art(hash: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    return this.pick().art(hash, signal);
  }

  override log(signal: AbortSignal): Promise<{ lines: string[] }> {
    return this.pick().log(signal);
  }
}
