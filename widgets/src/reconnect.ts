// A WebSocket that comes back: PROTOCOL.md, "What a client does", and nothing of any page around it.
// Two rules: every timer is in `timers` and every listener in `listening`, so that close() leaves nothing behind;
// a socket that is given up loses its handlers first, so that no late event of it can act.

import { backoff, REPLACED, verdict } from "./link/codes";
import { type Environment, pageEnvironment, Timers } from "./link/environment";
import { dialAddress, type ReconnectOptions, withQuery } from "./link/options";
import { Position } from "./link/position";
import { type Answer, Snapshot } from "./link/snapshot";
import { isObject, text } from "./link/values";
import type { Status } from "./status";
import type { Message } from "./types";

export type { ReconnectOptions } from "./link/options";

const SETTLED_AFTER = 5_000;
const CONNECT_WITHIN = 10_000;
const STATE_WITHIN = 2_000;
const STATE_AGAIN = 10_000;
const PONG_WITHIN = 2_000;
const GRACE = 1_000;
const POLL_EVERY = 3_000;
const REFUSALS_BEFORE_POLLING = 3;
const WAKE_WITHIN = 250;
const HIDDEN_DIALS = 5;
const HIDDEN_CLOSE_AFTER = 300_000;
const HB_PATIENCE = 2.5;
const HB_EXPECTED = 10;
const OVERLOAD_STEP = 2;

export class ReconnectClient<P = unknown> {
  private readonly env: Environment;
  private readonly timers: Timers;
  private readonly snapshot: Snapshot;
  private readonly position = new Position();
  private readonly listening: [EventTarget, string][] = [];
  private readonly parse: (data: string | ArrayBuffer) => unknown;
  private urls: { wsUrl: string; stateUrl: string };
  private socket: WebSocket | undefined;
  private status: Status | undefined;
  private ended = false;
  private opened = false;
  private settled = false;
  private synced = false;
  private welcomed = false;
  private greeted = false;
  private toldHidden = false;
  private refreshed = false;
  private dials = 0;
  private refusals = 0;
  private hb: number | undefined;
  private freshAt: number | undefined;

  constructor(private readonly options: ReconnectOptions<P>) {
    this.env = { ...pageEnvironment(), ...options.environment };
    this.timers = new Timers(this.env);
    this.parse = options.parse ?? ((data) => JSON.parse(data as string));
    const fmt = options.ask?.fmt;
    const address = () => withQuery(this.urls.stateUrl, { fmt });
    const done = (answer: Answer | undefined) => this.answered(answer);
    this.snapshot = new Snapshot(this.env, this.timers, address, this.parse, done);
    this.urls = { wsUrl: options.wsUrl, stateUrl: options.stateUrl };
    const { window, document } = this.env;
    if (document) this.listening.push([document, "visibilitychange"]);
    if (window) this.listening.push([window, "online"], [window, "pageshow"], [window, "pagehide"]);
    for (const [target, name] of this.listening) target.addEventListener(name, this.heed);
    this.dial();
    if (this.hidden) this.hide();
  }

  /** Ends everything: no timer, listener, request or callback is left. */
  close(): void {
    this.ended = true;
    this.timers.clear();
    for (const [target, name] of this.listening.splice(0)) target.removeEventListener(name, this.heed);
    this.snapshot.give();
    this.drop(1000);
  }

  /** Sends to a server that said welcome; false when there is none, and then nothing was sent. */
  send(message: object): boolean {
    return this.welcomed && this.write(message);
  }

  private get hidden(): boolean {
    return this.env.document?.hidden ?? false;
  }

  private readonly heed = ({ type }: Event): void => {
    if (type === "pagehide") this.sleep();
    else if (this.hidden) this.hide();
    else this.wake();
  };

  private arm(name: string, ms: number, run: () => void): void {
    if (!this.ended) this.timers.arm(name, ms, run);
  }

  private guard(run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      (this.options.onError ?? ((fault: unknown) => console.error("aitown:", fault)))(error);
      return false;
    }
  }

  private say(status: Status): void {
    if (this.ended || JSON.stringify(status) === JSON.stringify(this.status)) return;
    this.status = status;
    this.guard(() => this.options.onStatus?.(status));
  }

  private stop(code: number, reason: string, remedy = ""): void {
    if (this.ended) return;
    this.say({ kind: "stopped", code, reason, remedy });
    this.close();
  }

  private write(message: object): boolean {
    try {
      if (this.opened) this.socket?.send(JSON.stringify(message));
      return this.opened;
    } catch {
      return false; // its close event will follow
    }
  }

  private get stale(): Status {
    return this.freshAt === undefined ? { kind: "connecting" } : { kind: "stale", since: this.freshAt };
  }

  private get polled(): boolean {
    return this.status?.kind === "live" && this.status.polled;
  }

  private dial(): void {
    this.timers.disarm("dial");
    this.drop(1000);
    this.settled = this.synced = this.welcomed = this.greeted = false;
    this.toldHidden = !!this.options.ask && this.hidden;
    if (!this.polled) this.say(this.stale);
    let socket: WebSocket;
    try {
      const { ask } = this.options;
      socket = new this.env.WebSocket(dialAddress(this.urls.wsUrl, ask, this.position, this.hidden));
    } catch (error) {
      this.lost(false, 1006, error instanceof Error ? error.message : String(error));
      return;
    }
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.arm("connect", CONNECT_WITHIN, () => this.replace("no answer"));
    socket.onopen = () => this.open();
    socket.onmessage = (event: MessageEvent) => this.heard(event.data);
    socket.onclose = (event: CloseEvent) => this.lost(this.drop(), event.code, event.reason);
  }

  private open(): void {
    this.timers.disarm("connect", "poll");
    this.opened = true;
    this.refusals = 0;
    this.arm("settled", SETTLED_AFTER, () => {
      this.settled = true;
    });
    this.awaitState(STATE_WITHIN);
    this.watch();
  }

  private awaitState(ms: number): void {
    if (!this.hidden && !this.timers.has("state")) this.arm("state", ms, () => void this.snapshot.ask());
  }

  /** Forgets the socket, and closes it when a code is given; true if it was open. */
  private drop(code?: number): boolean {
    const { socket, opened } = this;
    this.timers.disarm("connect", "state", "liveness", "pong", "settled");
    this.socket = undefined;
    this.opened = false;
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    if (code !== undefined) this.guard(() => socket?.close(code));
    if (opened) this.guard(() => this.options.onLost?.());
    return opened;
  }

  private replace(reason = "the server went silent"): void {
    this.lost(this.drop(REPLACED), REPLACED, reason);
  }

  private lost(opened: boolean, code: number, reason = ""): void {
    if (this.ended) return;
    if (this.synced && this.settled) this.dials = 0;
    this.synced = false;
    const what = verdict(code);
    if (what === "stop" || (what === "refresh" && this.refreshed)) {
      this.stop(code, reason);
      return;
    }
    if (what === "later") this.dials = Math.max(this.dials, OVERLOAD_STEP);
    if (what === "refresh") this.renew();
    if (!opened) this.refusals += 1;
    this.schedule(code, reason || (opened ? "" : "no connection to the server"));
    if (!opened || what === "refresh") void this.snapshot.ask();
    if (this.refusals >= REFUSALS_BEFORE_POLLING) this.poll();
  }

  private renew(): void {
    this.refreshed = true;
    this.guard(() => Object.assign(this.urls, this.options.refresh?.()));
  }

  private schedule(code: number, reason: string): void {
    const delay = backoff(this.dials, this.options.maxBackoff ?? 30_000, this.env.random());
    this.dials += 1;
    // Nobody looks: what was tried often enough waits for `wake`.
    if (this.hidden && this.dials > HIDDEN_DIALS) this.say({ kind: "asleep" });
    else {
      this.arm("dial", delay, () => this.dial());
      if (!this.polled) this.say({ kind: "reconnecting", at: this.env.now() + delay, code, reason });
    }
  }

  private poll(): void {
    if (this.hidden || this.timers.has("poll")) return;
    this.arm("poll", POLL_EVERY, () => {
      void this.snapshot.ask();
      this.poll();
    });
  }

  private hide(): void {
    this.timers.disarm("liveness", "pong", "state", "poll");
    if (this.opened) this.snapshot.give();
    this.tellHidden();
    if (!this.timers.has("hidden")) this.arm("hidden", HIDDEN_CLOSE_AFTER, () => this.sleep());
  }

  /** No socket, no timer; only an event of the page ends this. */
  private sleep(): void {
    this.timers.clear();
    this.snapshot.give();
    this.drop(1000);
    this.say({ kind: "asleep" });
  }

  private wake(): void {
    this.timers.disarm("hidden");
    if (!this.socket) {
      const delay = this.env.random() * WAKE_WITHIN;
      this.arm("dial", delay, () => this.dial());
      if (this.status?.kind === "reconnecting") this.say({ ...this.status, at: this.env.now() + delay });
    } else if (this.opened) {
      this.tellHidden();
      if (!this.synced) this.awaitState(STATE_WITHIN);
      this.probe();
    }
  }

  private tellHidden(): void {
    const { hidden } = this;
    if (!this.greeted || this.hb === undefined || hidden === this.toldHidden) return;
    this.toldHidden = hidden;
    this.write({ type: "visibility", hidden });
  }

  /** Any message begins the silence anew. A server that was asked for version 1 says something before long. */
  private watch(): void {
    const { hb } = this;
    this.timers.disarm("liveness", "pong");
    if (this.hidden || (hb === undefined && (this.greeted || !this.options.ask))) return;
    const silent = () => (hb === undefined ? this.replace() : this.probe());
    // Timers of a page in the background are late: what has come meanwhile is heard first.
    this.arm("liveness", (hb ?? HB_EXPECTED) * 1000 * HB_PATIENCE, () => this.arm("liveness", GRACE, silent));
  }

  /** Only for servers that said `hb`: others might not know what a ping is. */
  private probe(): void {
    if (this.hb === undefined && !this.timers.has("liveness")) this.watch();
    if (this.hb === undefined || this.timers.has("pong")) return;
    this.timers.disarm("liveness");
    this.write({ type: "ping", seq: this.position.seq });
    const quiet = this.env.now() - (this.freshAt ?? 0);
    if (this.synced && quiet > this.hb * 1000 * HB_PATIENCE) this.say(this.stale);
    this.arm("pong", PONG_WITHIN, () => this.replace());
  }

  private heard(data: string | ArrayBuffer): void {
    let message: unknown;
    try {
      message = this.parse(data);
    } catch {
      return;
    }
    if (!isObject(message)) return;
    const known = message as unknown as Message;
    const { type, hb, base, next } = known;
    if (typeof hb === "number" && hb > 0) this.hb = hb;
    if ((base ?? next) !== undefined) this.hb ??= HB_EXPECTED; // only who speaks version 1 says these
    if (type === "welcome") this.welcomed = true;
    this.greeted = true;
    this.tellHidden();
    this.watch();
    if (type === "full_state" || type === "state_update") this.apply(known, false);
    else {
      if (["hb", "pong", "resumed"].includes(type)) this.compare(known);
      if (type === "status" && !this.synced) {
        // A town that starts has no state to ask for: its first one comes by itself.
        if (known.state === "starting") this.snapshot.give();
        else this.awaitState(STATE_WITHIN);
      }
      this.guard(() => this.options.onMessage?.(known));
    }
  }

  /** What names a state without bringing it. */
  private compare(message: Message): void {
    if (this.position.lacks(message)) this.resync();
    else if (this.position.shares(message)) {
      this.inSync(false);
      this.live(false);
    }
  }

  /** One function for socket and HTTP. */
  private apply(message: Message, polled: boolean): void {
    if (!isObject(message.payload)) return;
    const full = message.type === "full_state";
    const verdict = this.position.judge(message);
    if (verdict === "gap") this.resync();
    else if (verdict === "take") this.take(message, full, polled);
    else if (full && this.position.shares(message)) {
      this.inSync(polled);
      this.guard(() => this.options.onMessage?.(message));
      this.live(polled);
    }
  }

  private take(message: Message, full: boolean, polled: boolean): void {
    this.position.move(message);
    this.inSync(polled);
    const taken = this.guard(() => this.options.onState(message.payload as P, message));
    if (taken || !this.options.ask?.delta) {
      this.live(polled);
      return;
    }
    // What was not taken in whole leaves nobody knows what, so the next state has to be whole.
    this.position.doubt();
    this.synced = false;
    if (!full) this.resync();
    else if (this.opened) this.awaitState(STATE_AGAIN);
  }

  private live(polled: boolean): void {
    if (this.status?.kind !== "live" || this.status.polled !== polled) this.say({ kind: "live", polled });
  }

  private inSync(polled: boolean): void {
    this.snapshot.give();
    this.freshAt = this.env.now();
    if (polled) return;
    this.synced = true;
    this.refreshed = false;
  }

  private resync(): void {
    this.synced = false;
    if (!this.opened || this.hidden || this.timers.has("state")) return;
    const have = this.position.held ?? { epoch: "", seq: 0 };
    if (this.hb !== undefined) this.write({ type: "resync", ...have });
    this.awaitState(STATE_WITHIN);
  }

  private answered(answer: Answer | undefined): void {
    const body = isObject(answer?.body) ? answer.body : {};
    const reason = text(body.message);
    const status = answer?.status ?? 0;
    if (answer?.ok && isObject(body.payload)) {
      this.apply({ ...body, type: "full_state" } as unknown as Message, !this.opened);
    } else if (this.opened) {
      // An open socket knows better than an address that may not be there.
      if (this.synced) return;
      this.say(this.stale);
      this.awaitState(STATE_AGAIN);
    } else if (status === 401 || status === 403) {
      if (this.refreshed) this.stop(status, reason, text(body.remedy));
      else {
        this.renew();
        void this.snapshot.ask();
      }
    } else if (status === 404 || status === 410) {
      this.stop(status, reason, text(body.remedy));
    } else if (this.polled) {
      this.say(this.stale);
    } else if (this.status?.kind === "reconnecting") {
      const page = answer?.ok && "the server answers with a page instead of a state; signed out?";
      this.say({ ...this.status, reason: page || reason || this.status.reason });
    }
  }
}
