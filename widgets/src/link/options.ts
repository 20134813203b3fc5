// What a ReconnectClient is told, and the addresses that follow from it.

import type { Status } from "../status";
import type { Message } from "../types";
import type { Environment } from "./environment";
import type { Position } from "./position";

/** What to dial with at a server that speaks version 1. */
export interface Wish {
  delta?: boolean;
  fmt?: "rows" | "cols" | "bin" | "auto";
  /** The id of the next event that is wanted. */
  event?: () => number | undefined;
}

export interface ReconnectOptions<P> {
  wsUrl: string;
  stateUrl: string;
  onState: (payload: P, message: Message) => void;
  /** Longest wait between two dials, in ms. */
  maxBackoff?: number;
  /** Without it the addresses are taken as they are, and whole states are expected. */
  ask?: Wish;
  /** Makes a message of what came; without it binary ones are passed over. */
  parse?: (data: string | ArrayBuffer) => unknown;
  /** Called once when the credentials were not good enough; may give addresses to go on with. */
  refresh?: () => { wsUrl?: string; stateUrl?: string } | undefined;
  onStatus?: (status: Status) => void;
  /** Messages that carry no new state: welcome, status, event, answers, hb, pong. */
  onMessage?: (message: Message) => void;
  /** An open socket is gone; what was asked over it stays without an answer. */
  onLost?: () => void;
  onError?: (error: unknown) => void;
  environment?: Partial<Environment>;
}

/** An address with more in its query; undefined and false are left out. */
export function withQuery(url: string, query: Record<string, unknown>): string {
  const more = Object.entries(query).filter(([, value]) => value !== undefined && value !== false);
  const said = more.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
  return said ? `${url}${url.includes("?") ? "&" : "?"}${said}` : url;
}

/** Where to dial: with what is wanted, and from where to go on. */
export function dialAddress(url: string, ask: Wish | undefined, at: Position, hidden: boolean): string {
  if (!ask) return url;
  const wish = { v: 1, delta: ask.delta && 1, fmt: ask.fmt, ...at.held, event: ask.event?.() };
  return withQuery(url, { ...wish, hidden: hidden && 1 });
}
