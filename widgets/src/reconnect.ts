// A WebSocket that comes back: PROTOCOL.md, "What a client does", and nothing of any page around it.
// Two rules: every timer is in `timers` and every listener in `listening`, so that close() leaves nothing behind;
// a socket that is given up loses its handlers first, so that no late event of it can act.

import type { Status } from "./status";
import type { Message } from "./types";

/** Everything that the client touches outside itself. */
export interface Environment {
  now(): number;
  random(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  fetch(url: string, init: RequestInit): Promise<Response>;
  WebSocket: new (url: string) => WebSocket;
  window: EventTarget | undefined;
  document: (EventTarget & { readonly hidden: boolean }) | undefined;
}

export interface ReconnectOptions<P> {
  wsUrl: string;
  stateUrl: string;
  onState: (payload: P, message: Message) => void;
  /** Longest wait between two dials, in ms. */
  maxBackoff?: number;
  onStatus?: (status: Status) => void;
  /** Messages that carry no state: status, event, hb, pong. */
  onMessage?: (message: Message) => void;
  onError?: (error: unknown) => void;
  headers?: () => Record<string, string>;
  environment?: Partial<Environment>;
}

const FIRST_DELAY = 1_000;
const SETTLED_AFTER = 5_000;
const CONNECT_WITHIN = 10_000;
const STATE_WITHIN = 2_000;
const PONG_WITHIN = 2_000;
const POLL_EVERY = 3_000;
const REFUSALS_BEFORE_POLLING = 3;
const WAKE_WITHIN = 250;
const HIDDEN_DIALS = 5;
const HIDDEN_CLOSE_AFTER = 300_000;
const HB_PATIENCE = 2.5;
const OVERLOAD_STEP = 2;
const REPLACED = 4000;
const EXPIRED = 4401;
const OVERLOADED = [1013, 4408, 4429];
const PERMANENT: Record<number, string> = {
  1002: "protocol error",
  1003: "message not accepted",
  1007: "message not readable",
  1008: "not allowed",
  1010: "extension missing",
  4400: "the server could not read a message",
  4403: "not allowed to read this town",
  4404: "no such town",
  4409: "in conflict with another run",
  4410: "the town has ended",
};

/** What to do about a close code: "retry", "later", "refresh" or "stop". */
export function verdict(code: number): "retry" | "later" | "refresh" | "stop" {
  if (OVERLOADED.includes(code)) return "later";
  if (code === EXPIRED) return "refresh";
  return code in PERMANENT || (code >= 4400 && code < 4500) ? "stop" : "retry";
}

/** Wait before dial number `n` (from 0), in ms: `c·(0.1 + 0.9·u)` with `c = min(max, 1 s · 2ⁿ)`. */
export function backoff(n: number, max: number, u: number): number {
  return Math.min(max, FIRST_DELAY * 2 ** n) * (0.1 + 0.9 * u);
}

function pageEnvironment(): Environment {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    setTimeout: (run, ms) => globalThis.setTimeout(run, ms),
    clearTimeout: (handle) => globalThis.clearTimeout(handle as number),
    fetch: (url, init) => globalThis.fetch(url, init),
    WebSocket: globalThis.WebSocket,
    window: globalThis.window,
    document: globalThis.document,
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export class ReconnectClient<P = unknown> {
  private readonly env: Environment;
  private readonly timers = new Map<string, unknown>();
  private readonly listening: [EventTarget, string][] = [];
  private readonly onWake = () => this.wake();
  private socket: WebSocket | undefined;
  private asking: AbortController | undefined;
  private status: Status = { kind: "connecting" };
  private done = false;
  private dials = 0;
  private refusals = 0;
  private refreshed = false;
  private openedAt: number | undefined;
  private synced = false;
  private heardAt = 0;
  private stateAt: number | undefined;
  private hb: number | undefined;
  private epoch: string | number | undefined;
  private seq = -1;

  constructor(private readonly options: ReconnectOptions<P>) {
    this.env = { ...pageEnvironment(), ...options.environment };
    const { window, document } = this.env;
    if (document) this.listening.push([document, "visibilitychange"]);
    if (window) this.listening.push([window, "online"], [window, "pageshow"]);
    for (const [target, name] of this.listening) target.addEventListener(name, this.onWake);
    this.say(this.status);
    this.dial();
    if (document?.hidden) this.wake();
  }

  /** Ends everything: no timer, listener, request or callback is left. */
  close(): void {
    this.done = true;
    for (const handle of this.timers.values()) this.env.clearTimeout(handle);
    this.timers.clear();
    for (const [target, name] of this.listening.splice(0)) target.removeEventListener(name, this.onWake);
    this.abortAsking();
    this.drop(1000);
  }

  private arm(name: string, ms: number, run: () => void): void {
    this.disarm(name);
    if (this.done) return;
    const handle = this.env.setTimeout(() => {
      this.timers.delete(name);
      run();
    }, ms);
    this.timers.set(name, handle);
  }

  private disarm(name: string): void {
    if (!this.timers.has(name)) return;
    this.env.clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }

  private guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      (this.options.onError ?? ((fault: unknown) => console.error("aitown:", fault)))(error);
    }
  }

  private say(status: Status): void {
    this.status = status;
    this.guard(() => this.options.onStatus?.(status));
  }

  private stop(reason: string): void {
    if (this.done) return;
    this.close();
    this.say({ kind: "stopped", reason });
  }

  private dial(): void {
    this.disarm("dial");
    this.drop(1000);
    this.openedAt = undefined;
    this.synced = false;
    if (this.status.kind === "reconnecting") {
      this.say(this.stateAt === undefined ? { kind: "connecting" } : { kind: "stale", since: this.stateAt });
    }
    let socket: WebSocket;
    try {
      socket = new this.env.WebSocket(this.options.wsUrl);
    } catch (error) {
      this.lost(1006, error instanceof Error ? error.message : String(error));
      return;
    }
    this.socket = socket;
    this.arm("connect", CONNECT_WITHIN, () => {
      this.drop(REPLACED);
      this.lost(1006, "no answer");
    });
    socket.onopen = () => this.opened();
    socket.onmessage = (event: MessageEvent) => this.heard(event.data);
    socket.onclose = (event: CloseEvent) => {
      this.drop();
      this.lost(event.code, event.reason);
    };
  }

  private opened(): void {
    this.disarm("connect");
    this.openedAt = this.heardAt = this.env.now();
    this.refusals = 0;
    this.disarm("poll");
    this.awaitState();
  }

  private awaitState(): void {
    if (!this.timers.has("state")) this.arm("state", STATE_WITHIN, () => void this.ask());
  }

  /** Forgets the socket; closes it when a code is given. */
  private drop(code?: number): void {
    for (const name of ["connect", "state", "liveness"]) this.disarm(name);
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (code !== undefined) this.guard(() => socket.close(code));
  }

  private lost(code: number, reason = ""): void {
    const refused = this.openedAt === undefined;
    const settled = this.synced && !refused && this.env.now() - (this.openedAt ?? 0) >= SETTLED_AFTER;
    this.openedAt = undefined;
    this.synced = false;
    this.hb = undefined;
    if (settled) this.dials = 0;
    const what = verdict(code);
    if (what === "stop" || (what === "refresh" && this.refreshed)) {
      this.stop(reason || PERMANENT[code] || (what === "refresh" ? "signed out" : `closed with ${code}`));
      return;
    }
    if (what === "later") this.dials = Math.max(this.dials, OVERLOAD_STEP);
    if (what === "refresh") this.refreshed = true;
    if (refused) this.refusals += 1;
    this.schedule(reason || (refused ? "refused" : `closed with ${code}`));
    if (refused || what === "refresh") void this.ask();
    if (this.refusals >= REFUSALS_BEFORE_POLLING) this.poll();
  }

  private schedule(reason: string): void {
    const delay = backoff(this.dials, this.options.maxBackoff ?? 30_000, this.env.random());
    this.dials += 1;
    // Nobody looks: what was tried often enough waits for `wake`.
    if (!(this.env.document?.hidden && this.dials > HIDDEN_DIALS)) this.arm("dial", delay, () => this.dial());
    this.say({ kind: "reconnecting", at: this.env.now() + delay, reason });
  }

  private poll(): void {
    if (this.timers.has("poll")) return;
    this.arm("poll", POLL_EVERY, () => {
      if (!this.env.document?.hidden) void this.ask();
      this.poll();
    });
  }

  private wake(): void {
    if (this.env.document?.hidden) {
      if (this.timers.has("hidden")) return;
      this.arm("hidden", HIDDEN_CLOSE_AFTER, () => {
        this.disarm("dial");
        this.disarm("poll");
        this.drop(1000);
        this.openedAt = undefined;
        this.say({ kind: "stale", since: this.stateAt ?? this.env.now() });
      });
      return;
    }
    this.disarm("hidden");
    if (this.socket) {
      if (this.openedAt !== undefined) this.ping();
    } else {
      const delay = this.env.random() * WAKE_WITHIN;
      this.arm("dial", delay, () => this.dial());
    }
  }

  private watch(): void {
    if (this.hb === undefined || this.timers.has("liveness")) return;
    const silence = this.env.now() - this.heardAt;
    this.arm("liveness", Math.max(1, this.hb * 1000 * HB_PATIENCE - silence), () => {
      if (this.env.now() - this.heardAt >= (this.hb ?? 0) * 1000 * HB_PATIENCE) this.ping();
      else this.watch();
    });
  }

  /** Only for servers that said `hb`: others might not know what a ping is. */
  private ping(): void {
    if (this.hb === undefined || !this.socket) return;
    const asked = this.env.now();
    this.guard(() => this.socket?.send(JSON.stringify({ type: "ping", seq: Math.max(0, this.seq) })));
    this.heardAt = Math.min(this.heardAt, asked - 1);
    this.arm("liveness", PONG_WITHIN, () => {
      if (this.heardAt >= asked) {
        this.watch();
        return;
      }
      this.drop(REPLACED);
      this.lost(REPLACED, "the server went silent");
    });
  }

  private heard(data: unknown): void {
    this.heardAt = this.env.now();
    let message: unknown;
    try {
      message = JSON.parse(String(data));
    } catch {
      return;
    }
    if (!isObject(message)) return;
    const known = message as unknown as Message;
    if (typeof known.hb === "number" && known.hb > 0) this.hb = known.hb;
    if (known.type === "full_state" || known.type === "state_update") this.apply(known, false);
    else this.guard(() => this.options.onMessage?.(known));
    this.watch();
  }

  /** One function for socket and HTTP. */
  private apply(message: Message, polled: boolean): void {
    const full = message.type === "full_state";
    const { epoch, seq } = message;
    if (!isObject(message.payload)) return;
    let fresh = true;
    if (epoch !== undefined && seq !== undefined) {
      if (epoch !== this.epoch && !full) {
        this.awaitState();
        return;
      }
      fresh = epoch !== this.epoch || seq > this.seq;
      if (fresh) [this.epoch, this.seq] = [epoch, seq];
    }
    this.abortAsking();
    this.disarm("state");
    this.stateAt = this.env.now();
    if (!polled) {
      this.synced = true;
      this.refreshed = false;
    }
    if (fresh) this.guard(() => this.options.onState(message.payload as P, message));
    else if (full) this.guard(() => this.options.onMessage?.(message));
    if (!this.done && !(this.status.kind === "live" && this.status.polled === polled)) {
      this.say({ kind: "live", polled });
    }
  }

  private abortAsking(): void {
    this.asking?.abort();
    this.asking = undefined;
    this.disarm("asking");
  }

  /** Asks /state; one request at a time, overtaken by any message with a state. */
  private async ask(): Promise<void> {
    if (this.asking || this.done) return;
    const mine = new AbortController();
    this.asking = mine;
    this.arm("asking", CONNECT_WITHIN, () => this.abortAsking());
    try {
      const answer = await this.env.fetch(this.options.stateUrl, {
        credentials: "same-origin",
        cache: "no-store",
        headers: { Accept: "application/json", ...this.options.headers?.() },
        signal: mine.signal,
      });
      if (this.asking !== mine) return;
      const body: unknown = await answer.json().catch(() => undefined);
      if (this.asking === mine) this.answered(answer, body);
    } catch {
      // The network's fault or an abort: dialling goes on by itself.
    } finally {
      if (this.asking === mine) this.abortAsking();
    }
  }

  private answered(answer: Response, body: unknown): void {
    const reason = isObject(body) && typeof body.message === "string" ? body.message : "";
    if (answer.status === 401 || answer.status === 403) {
      this.stop(reason || "not signed in, or not allowed to read this town");
    } else if (answer.status === 404 || answer.status === 410) {
      this.stop(
        reason ||
          (answer.status === 404 ? "no such town, or no aitown on this server" : "the town has ended"),
      );
    } else if (answer.ok && isObject(body) && isObject(body.payload)) {
      this.apply({ type: "full_state", ...body } as unknown as Message, this.openedAt === undefined);
    } else if (answer.ok && this.status.kind === "reconnecting") {
      this.say({ ...this.status, reason: "the server answers with a page instead of a state; signed out?" });
    }
  }
}
