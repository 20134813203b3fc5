// One connection for each town of a page, however many widgets show it. Hosts evaluate this module once a widget, so
// what is shared hangs on globalThis; the last one to let go closes it.

import { Asking } from "./asking";
import { parse } from "./decode";
import { knock } from "./door";
import { Mirror } from "./mirror";
import { addresses, findServer, type Server } from "./page";
import { ReconnectClient, type ReconnectOptions } from "./reconnect";
import type { Status } from "./status";
import { type Carrier, socketsOf } from "./transport/comm";
import type { Payload } from "./types";

export type Change = "state" | "message" | "link";

export interface Stream {
  readonly mirror: Mirror;
  link: Status;
  /** An act over the live socket; undefined where there is none. */
  readonly ask: Asking["ask"];
  listen(listener: (change: Change) => void): void;
  leave(listener: (change: Change) => void): void;
}

interface Shared {
  stream: Stream;
  users: number;
  close(): void;
}

const KEY = Symbol.for("aitown.streams.2");

function registry(): Map<string, Shared> {
  const home = globalThis as unknown as Record<symbol, Map<string, Shared> | undefined>;
  return (home[KEY] ??= new Map());
}

type Where = Pick<ReconnectOptions<Payload>, "wsUrl" | "stateUrl" | "environment" | "refresh">;

/** A stream of what a link brings; `over` names a way that isn't a server's. */
function follow(where: Where, over?: "kernel"): { stream: Stream; close(): void } {
  const mirror = new Mirror();
  const listeners = new Set<(change: Change) => void>();
  const tell = (change: Change) => {
    for (const listener of [...listeners]) {
      try {
        listener(change);
      } catch (fault) {
        console.error("aitown:", fault);
      }
    }
  };
  const asking: Asking = new Asking((message) => client.send(message));
  const stream: Stream = {
    mirror,
    link: { kind: "connecting" },
    ask: (message) => asking.ask(message),
    listen: (listener) => void listeners.add(listener),
    leave: (listener) => void listeners.delete(listener),
  };
  const client: ReconnectClient<Payload> = new ReconnectClient<Payload>({
    ...where,
    ask: { delta: true, fmt: "auto", event: () => mirror.lines.next },
    parse,
    onState: (payload, message) => {
      mirror.state(payload, message, performance.now());
      tell("state");
    },
    onMessage: (message) => {
      if (!asking.heard(message) && mirror.message(message)) tell("message");
    },
    onStatus: (status) => {
      stream.link = over && status.kind === "live" ? { ...status, over } : status;
      tell("link");
    },
    onLost: () => asking.lost(),
  });
  return { stream, close: () => client.close() };
}

function open(server: Server, town: string): Shared {
  let known = server;
  const followed = follow({
    ...addresses(server, town, document.cookie),
    environment: { fetch: (url, init) => knock(known, document.cookie, url, init) },
    refresh: () => {
      known = findServer(document, location) ?? known;
      return addresses(known, town, document.cookie);
    },
  });
  return { ...followed, users: 0 };
}

/** The stream of a town that lives in the kernel of a widget. */
export function followKernel(model: Carrier): { stream: Stream; release: () => void } {
  const { stream, close } = follow(
    {
      wsUrl: "comm:town",
      stateUrl: "",
      environment: {
        WebSocket: socketsOf(model),
        fetch: () => Promise.reject(new Error("a kernel has no addresses")),
      },
    },
    "kernel",
  );
  return { stream, release: close };
}

/** The stream of a town; `release` once for each `share`. */
export function share(server: Server, town: string): { stream: Stream; release: () => void } {
  const streams = registry();
  const key = `${server.wsUrl} ${town}`;
  let shared = streams.get(key);
  // A stream that stopped for good is not worth sharing: whoever comes now dials anew.
  if (!shared || shared.stream.link.kind === "stopped") {
    shared = open(server, town);
    streams.set(key, shared);
  }
  const mine = shared;
  mine.users += 1;
  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    mine.users -= 1;
    if (mine.users > 0) return;
    mine.close();
    if (streams.get(key) === mine) streams.delete(key);
  };
  return { stream: mine.stream, release };
}
