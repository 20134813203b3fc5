// One connection for each town of a page, however many widgets show it. Hosts evaluate this module once a widget, so
// what is shared hangs on globalThis; the last one to let go closes it.

import { Mirror } from "./mirror";
import { addresses, authHeaders, type Server } from "./page";
import { ReconnectClient } from "./reconnect";
import type { Status } from "./status";
import type { Payload } from "./types";

export type Change = "state" | "message" | "link";

export interface Stream {
  readonly mirror: Mirror;
  link: Status;
  listen(listener: (change: Change) => void): void;
  leave(listener: (change: Change) => void): void;
}

interface Shared {
  stream: Stream;
  users: number;
  close(): void;
}

const KEY = Symbol.for("aitown.streams.1");

function registry(): Map<string, Shared> {
  const home = globalThis as unknown as Record<symbol, Map<string, Shared> | undefined>;
  return (home[KEY] ??= new Map());
}

function open(server: Server, town: string): Shared {
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
  const stream: Stream = {
    mirror,
    link: { kind: "connecting" },
    listen: (listener) => void listeners.add(listener),
    leave: (listener) => void listeners.delete(listener),
  };
  const client = new ReconnectClient<Payload>({
    ...addresses(server, town),
    headers: () => authHeaders(server, document.cookie),
    onState: (payload, message) => {
      mirror.state(payload, message, performance.now());
      tell("state");
    },
    onMessage: (message) => {
      if (mirror.message(message)) tell("message");
    },
    onStatus: (status) => {
      stream.link = status;
      tell("link");
    },
  });
  return { stream, users: 0, close: () => client.close() };
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
