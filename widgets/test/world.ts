// A made-up outside for the reconnect client: a clock that is turned by hand, sockets and a server that record.

import type { Environment } from "../src/link/environment";
import { ReconnectClient, type ReconnectOptions } from "../src/reconnect";
import type { Status } from "../src/status";
import type { EventRow, Message, Moment, NpcRow, Payload } from "../src/types";

export class Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  sent: string[] = [];
  binaryType = "blob";
  closedWith: number | undefined;

  constructor(
    readonly url: string,
    readonly at: number,
  ) {}

  send(text: string): void {
    this.sent.push(text);
  }

  close(code = 1005): void {
    this.closedWith = code;
  }

  open(): this {
    this.onopen?.();
    return this;
  }

  message(data: unknown): this {
    const raw = typeof data === "string" || data instanceof ArrayBuffer;
    this.onmessage?.({ data: raw ? data : JSON.stringify(data) });
    return this;
  }

  /** As browsers do: an error first, when the connection failed. */
  fail(code = 1006, reason = ""): this {
    this.onerror?.();
    this.onclose?.({ code, reason });
    return this;
  }
}

interface Request {
  url: string;
  init: RequestInit;
  at: number;
  answer(status: number, body: unknown): Promise<void>;
}

/** Lets promises that are ready run. */
export const settle = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

export class World {
  time = 1_000_000;
  /** What the wall clock is ahead of the time that passes. */
  skew = 0;
  random = 1;
  sockets: Socket[] = [];
  requests: Request[] = [];
  statuses: Status[] = [];
  states: Payload[] = [];
  messages: Message[] = [];
  errors: unknown[] = [];
  throws: Error | undefined;
  window = new EventTarget();
  document = Object.assign(new EventTarget(), { hidden: false });
  listeners = 0;
  private timers = new Map<number, { at: number; run: () => void }>();
  private next = 1;

  constructor() {
    for (const target of [this.window, this.document]) {
      const { addEventListener, removeEventListener } = target;
      target.addEventListener = (...args) => {
        this.listeners += 1;
        addEventListener.apply(target, args);
      };
      target.removeEventListener = (...args) => {
        this.listeners -= 1;
        removeEventListener.apply(target, args);
      };
    }
  }

  get timerCount(): number {
    return this.timers.size;
  }

  get socket(): Socket {
    return this.sockets.at(-1)!;
  }

  /** What the newest socket was sent, parsed. */
  get said(): Record<string, unknown>[] {
    return this.socket.sent.map((text) => JSON.parse(text) as Record<string, unknown>);
  }

  /** The query of the newest dial. */
  get query(): Record<string, string> {
    return Object.fromEntries(new URL(this.socket.url).searchParams);
  }

  get status(): Status {
    return this.statuses.at(-1)!;
  }

  environment(): Environment {
    const world = this;
    return {
      now: () => world.time + world.skew,
      random: () => world.random,
      setTimeout: (run, ms) => {
        world.timers.set(world.next, { at: world.time + ms, run });
        return world.next++;
      },
      clearTimeout: (handle) => void world.timers.delete(handle as number),
      fetch: (url, init) =>
        new Promise((resolve, reject) => {
          init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
          world.requests.push({
            url,
            init,
            at: world.time,
            answer: async (status, body) => {
              const raw = typeof body === "string" || body instanceof ArrayBuffer;
              const type = body instanceof ArrayBuffer ? "application/octet-stream" : "application/json";
              const content = raw ? body : JSON.stringify(body);
              resolve(new Response(content, { status, headers: { "Content-Type": type } }));
              await new Promise((done) => setTimeout(done, 0));
            },
          });
        }),
      WebSocket: class {
        constructor(url: string) {
          if (world.throws) throw world.throws;
          const socket = new Socket(url, world.time);
          world.sockets.push(socket);
          // biome-ignore lint/correctness/noConstructorReturn: the recorder is the socket
          return socket as unknown as WebSocket;
        }
      } as unknown as Environment["WebSocket"],
      window: world.window,
      document: world.document,
    };
  }

  client(options: Partial<ReconnectOptions<Payload>> = {}): ReconnectClient<Payload> {
    return new ReconnectClient<Payload>({
      wsUrl: "ws://town/aitown/ws?v=1",
      stateUrl: "http://town/aitown/state",
      onState: (payload) => this.states.push(payload),
      onStatus: (status) => this.statuses.push(status),
      onMessage: (message) => this.messages.push(message),
      onError: (error) => this.errors.push(error),
      environment: this.environment(),
      ...options,
    });
  }

  /** Turns the clock, running what falls due on the way. */
  advance(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      const due = [...this.timers].filter(([, t]) => t.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].run();
    }
    this.time = until;
  }

  hide(hidden: boolean): void {
    this.document.hidden = hidden;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}

/** A whole payload in rows. */
export type Whole = Payload & Moment & { npcs: NpcRow[] };

export function payload(tick: number, more: Partial<Whole> = {}): Whole {
  return {
    town: "riverbend",
    run: "r1",
    tick,
    clock: "2025-03-03T07:00:00",
    day: 1,
    tick_seconds: 10,
    npcs: [],
    places: [],
    ...more,
  };
}

export const full = (seq: number, epoch = "a", more: object = {}) => ({
  type: "full_state",
  payload: payload(seq),
  epoch,
  seq,
  hb: 20,
  ...more,
});
/** As a server greets who asked for version 1. */
export const welcome = { type: "welcome", protocol: 1, rights: ["read", "execute"], hb: 10 };
export const asked = { delta: true, fmt: "auto" } as const;
export const delta = (base: number, seq: number, epoch = "a") => ({
  type: "state_update",
  payload: payload(seq, { npcs: {} as never, places: {} as never, removed: [] }),
  epoch,
  seq,
  base,
});
export const update = (seq: number, epoch = "a") => ({
  type: "state_update",
  payload: payload(seq),
  epoch,
  seq,
});

export const event = (id: number, tick = 0): EventRow => ({
  id,
  tick,
  kind: "said",
  npc: 0,
  other: -1,
  place: -1,
  text: "hello",
});
