// Everything between a client and a town that can go wrong, and a watch on what must never happen meanwhile.

import { expect } from "vitest";
import { parse } from "../../src/decode";
import type { Environment } from "../../src/link/environment";
import { Mirror } from "../../src/mirror";
import { ReconnectClient } from "../../src/reconnect";
import type { Message, Payload } from "../../src/types";
import { World } from "../world";
import { type Form, stateMessage } from "./forms";
import { Session } from "./session";
import { randomFrom, Town } from "./town";

const HB = 10_000;
const ZOMBIE_WITHIN = 2.5 * HB + 3_000;
const SLICE = 500;

type Data = string | ArrayBuffer;

export class Wire {
  binaryType = "blob";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: Data }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  state: "dialled" | "open" | "closed" = "dialled";
  /** Nothing gets through in either direction, and nobody says so. */
  dead = false;
  gone = false;
  queue: Data[] = [];
  session: Session | undefined;
  busyAt = 0;
  heardAt = 0;

  constructor(
    readonly url: string,
    private readonly net: Net,
  ) {}

  send(text: string): void {
    this.net.sent(this, JSON.parse(text) as Record<string, unknown>);
  }

  close(code: number): void {
    if (code !== 1000 && code !== 4000) throw new Error(`browsers don't close with ${code}`);
    this.net.hungUp(this);
  }
}

interface Asked {
  url: string;
  signal: AbortSignal;
  /** What /state was when it was asked. */
  early: Data;
  resolve: (answer: Response) => void;
}

export interface Choice {
  form: Form;
  simple: boolean;
  seed: number;
}

export class Net extends World {
  readonly town: Town;
  readonly mirror = new Mirror();
  readonly wires: Wire[] = [];
  asked: Asked[] = [];
  private ghosts: Wire[] = [];
  up = true;
  /** Dials are not answered for now. */
  slow = false;
  refusing = false;
  stumble = false;
  applied: { epoch: string; seq: number } | undefined;
  readonly link: ReconnectClient<Payload>;
  private readonly newest = new Map<string, number>();
  private stumbled = false;
  private answering = false;
  private visibleSince: number;
  private wokenAt: number;
  private dialledAt = Number.NEGATIVE_INFINITY;
  private closed = false;
  private readonly chance: () => number;

  constructor(private readonly choice: Choice) {
    super();
    this.town = new Town(choice.seed);
    this.chance = randomFrom(choice.seed ^ 0x5bd1e995);
    this.visibleSince = this.wokenAt = this.time;
    this.link = new ReconnectClient<Payload>({
      wsUrl: "ws://town/aitown/ws?town=hamlet",
      stateUrl: "http://town/aitown/state?town=hamlet",
      parse,
      onState: (payload, message) => this.take(payload, message),
      onMessage: (message) => {
        this.never("a callback after close", this.closed);
        this.mirror.message(message);
      },
      onStatus: (status) => {
        this.never("a status after close", this.closed);
        this.statuses.push(status);
      },
      onError: (error) => this.errors.push(error),
      environment: this.surroundings(),
      ...(choice.simple
        ? {}
        : { ask: { delta: true, fmt: choice.form, event: () => this.mirror.lines.next } }),
    });
  }

  get wire(): Wire | undefined {
    return this.wires.findLast((wire) => wire.state !== "closed");
  }

  get stopped(): boolean {
    return this.statuses.at(-1)?.kind === "stopped";
  }

  // what the client does

  private surroundings(): Environment {
    const net = this;
    return {
      ...this.environment(),
      random: () => this.chance(),
      fetch: (url, { signal }) => new Promise((resolve, reject) => net.ask(url, signal!, resolve, reject)),
      WebSocket: class {
        constructor(url: string) {
          // biome-ignore lint/correctness/noConstructorReturn: the wire is the socket
          return net.dialled(url) as unknown as WebSocket;
        }
      } as unknown as Environment["WebSocket"],
    };
  }

  private dialled(url: string): Wire {
    this.never("G5: a dial after close", this.closed);
    this.never("G4: two sockets", this.wire !== undefined);
    const waking = this.time - this.wokenAt <= 250;
    this.never("G6: dials without a wait", !waking && this.time - this.dialledAt < 100);
    this.dialledAt = this.time;
    const wire = new Wire(url, this);
    this.wires.push(wire);
    return wire;
  }

  sent(wire: Wire, message: Record<string, unknown>): void {
    this.never("G12: a hidden page speaks", this.document.hidden && message.type !== "visibility");
    this.never("a simple server is spoken to", this.choice.simple);
    if (wire.dead || wire.state !== "open") return;
    this.push(wire, wire.session!.hear(message));
    this.flush();
  }

  /** What was under way still comes, and then the close: whoever gave the socket up must not heed it. */
  hungUp(wire: Wire): void {
    if (wire.state !== "closed" && !wire.dead) this.ghosts.push(wire);
    wire.state = "closed";
    wire.session = undefined;
  }

  private ask(
    url: string,
    signal: AbortSignal,
    resolve: (answer: Response) => void,
    reject: (f: Error) => void,
  ): void {
    this.never("G5: a request after close", this.closed);
    this.never(
      "two requests at a time",
      this.asked.some((one) => !one.signal.aborted),
    );
    this.never("G12: a hidden page asks", this.document.hidden && this.wire?.state === "open");
    signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    this.asked = this.asked.filter((one) => !one.signal.aborted);
    this.asked.push({ url, signal, early: this.state(), resolve });
  }

  private state(): Data {
    if (!this.choice.simple) return stateMessage(this.town, this.choice.form, true);
    const { payload } = JSON.parse(stateMessage(this.town, "rows", true) as string);
    return JSON.stringify({ type: "full_state", payload });
  }

  private take(payload: Payload, message: Message): void {
    this.never("a callback after close", this.closed);
    if (this.stumble) {
      this.stumble = false;
      this.stumbled = true;
      throw new Error("stumbled");
    }
    this.mirror.state(payload, message, this.time);
    const { epoch, seq } = message as { epoch: string; seq: number };
    if (this.choice.simple) return;
    const newest = this.newest.get(epoch) ?? -1;
    // Coming back into a life, or after a message that broke, the same state is taken once more.
    const again = this.stumbled || this.applied?.epoch !== epoch;
    this.never(`G1: ${epoch}:${seq} after ${newest}`, again ? seq < newest : seq <= newest);
    this.never(`G3: /state led back to ${epoch}`, this.answering && Number(epoch.slice(5)) < this.life());
    this.newest.set(epoch, seq);
    this.applied = { epoch, seq };
    this.stumbled = false;
  }

  private life(): number {
    return this.applied ? Number(this.applied.epoch.slice(5)) : 0;
  }

  // what happens

  private push(wire: Wire, messages: Data[]): void {
    if (messages.length === 0) return;
    wire.busyAt = this.time;
    if (!wire.dead) wire.queue.push(...messages);
  }

  /** The server sends what it owes. */
  flush(): void {
    for (const wire of this.wires.slice(-3)) if (wire.session) this.push(wire, wire.session.due());
  }

  /** Opens what was dialled, or refuses it. */
  connect(): void {
    const { wire } = this;
    if (wire?.state !== "dialled" || wire.dead || this.slow) return;
    if (!this.up || this.refusing) this.end(wire, 1006);
    else {
      wire.state = "open";
      wire.session = new Session(this.town, new URL(wire.url).searchParams, this.choice.simple);
      wire.busyAt = wire.heardAt = this.time;
      wire.onopen?.();
      this.flush();
    }
  }

  deliver(count: number): void {
    this.haunt();
    for (let i = 0; i < count; i++) {
      const { wire } = this;
      const data = wire?.dead ? undefined : wire?.queue.shift();
      if (data === undefined) return;
      wire!.heardAt = this.time;
      wire!.onmessage?.({ data });
    }
  }

  private haunt(): void {
    for (const ghost of this.ghosts) {
      const data = ghost.queue.shift();
      if (data !== undefined) ghost.onmessage?.({ data });
      else if (!ghost.gone) {
        ghost.gone = true;
        ghost.onclose?.({ code: 1006, reason: "" });
      }
    }
    this.ghosts = this.ghosts.filter((ghost) => !ghost.gone);
  }

  end(wire: Wire | undefined, code: number): void {
    if (!wire || wire.state === "closed" || wire.dead) return;
    wire.state = "closed";
    wire.session = undefined;
    wire.onclose?.({ code, reason: "" });
  }

  async answer(what: "early" | "now" | "page" | "fail" | "denied"): Promise<void> {
    const one = this.asked.shift();
    if (!one) return;
    const data = what === "early" ? one.early : what === "now" ? this.state() : "<html>";
    const status = !this.up || what === "fail" ? 503 : what === "denied" ? 401 : 200;
    const type = typeof data === "string" ? "application/json" : "application/octet-stream";
    const headers = { get: () => type };
    const [text, arrayBuffer] = [async () => data, async () => data];
    one.resolve({ status, ok: status === 200, headers, text, arrayBuffer } as unknown as Response);
    this.answering = true;
    for (let i = 0; i < 8; i++) await Promise.resolve();
    this.answering = false;
  }

  override advance(ms: number): void {
    for (let left = ms; left > 0; left -= SLICE) {
      super.advance(Math.min(left, SLICE));
      this.connect();
      const { wire } = this;
      if (wire?.session?.beats && this.time - wire.busyAt >= HB) this.push(wire, [wire.session.mark("hb")]);
      this.check();
    }
  }

  override hide(hidden: boolean): void {
    if (!hidden) this.visibleSince = this.wokenAt = this.time;
    super.hide(hidden);
  }

  wake(name: "online" | "pageshow"): void {
    this.wokenAt = this.time;
    this.window.dispatchEvent(new Event(name));
  }

  close(): void {
    this.link.close();
    this.closed = true;
    expect(this.timerCount, "G5: timers").toBe(0);
    expect(this.listeners, "G5: listeners").toBe(0);
    expect(this.wire, "G5: a socket").toBeUndefined();
    expect(
      this.asked.every((one) => one.signal.aborted),
      "G5: a request",
    ).toBe(true);
  }

  // what must hold

  private readonly broken: string[] = [];

  private never(what: string, broken: boolean): void {
    if (broken) this.broken.push(what);
  }

  check(): void {
    const { wire } = this;
    if (this.broken.length > 0) throw new Error(this.broken.join("; "));
    if (this.applied && !this.choice.simple) {
      const { epoch, seq } = this.applied;
      expect(this.view(), `G2 at ${epoch}:${seq}`).toEqual(this.town.shown.get(`${epoch}:${seq}`));
    }
    this.checkLines();
    if (this.choice.simple || wire?.state !== "open" || this.document.hidden) return;
    const silent = this.time - Math.max(wire.heardAt, this.visibleSince);
    if (silent > ZOMBIE_WITHIN)
      throw new Error(`G8: a socket was silent for ${silent} ms and is still there`);
  }

  private checkLines(): void {
    let last = -1;
    for (const { id, text } of this.mirror.lines.list) {
      if (id <= last) throw new Error(`line ${id} after ${last}`);
      if (!this.town.said.has(`${id}:${text}`)) throw new Error(`nobody ever said ${id}:${text}`);
      last = id;
    }
  }

  view() {
    const { mirror } = this;
    const byId = <T extends { id: unknown }>(rows: T[]) => rows.sort((a, b) => Number(a.id) - Number(b.id));
    return {
      tick: mirror.moment?.tick,
      npcs: byId([...mirror.npcs.values()].map(({ row }) => row)),
      places: byId([...mirror.places.values()]),
    };
  }
}
