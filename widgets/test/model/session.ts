// The server's side of one viewer: what PROTOCOL.md says it is sent, and when.

import { type Form, stateMessage } from "./forms";
import type { Town } from "./town";

type Said = Record<string, unknown>;

export class Session {
  hidden: boolean;
  /** While its socket takes nothing it is sent nothing. */
  blocked = false;
  private readonly delta: boolean;
  private readonly form: Form;
  private have: { epoch: string; seq: number } | undefined;
  private at: { epoch: string; seq: number } | undefined;
  private told: number;
  private toldLife: number;
  private greeted = false;

  constructor(
    private readonly town: Town,
    query: URLSearchParams,
    private readonly simple: boolean,
  ) {
    this.delta = query.get("delta") === "1";
    this.form = (query.get("fmt") ?? "rows") as Form;
    this.hidden = query.get("hidden") === "1";
    const epoch = query.get("epoch");
    if (epoch !== null) this.have = { epoch, seq: Number(query.get("seq")) };
    const event = query.get("event");
    const here = epoch === null || epoch === town.epoch;
    this.told =
      event === null ? town.nextEvent : here ? Number(event) : Math.min(Number(event), town.firstEvent);
    this.toldLife = town.life;
  }

  /** What is owed now. */
  due(): (string | ArrayBuffer)[] {
    if (this.blocked) return [];
    const { town } = this;
    const out: (string | ArrayBuffer)[] = [];
    if (!this.greeted && !this.simple)
      out.push(say({ type: "welcome", protocol: 1, rights: ["read"], hb: 10 }));
    this.greeted = true;
    if (this.hidden || (this.at?.epoch === town.epoch && this.at.seq === town.seq)) return out;
    const known = this.at ?? this.have;
    if (this.simple) out.push(this.plain(this.at?.epoch !== town.epoch));
    else if (known?.epoch !== town.epoch || known.seq > town.seq) {
      out.push(stateMessage(town, this.form, true), ...this.news());
    } else {
      if (!this.at) out.push(say({ type: "resumed", ...known, hb: 10 }));
      out.push(...this.news());
      const base = this.delta ? known.seq : undefined;
      if (known.seq < town.seq) out.push(stateMessage(town, this.form, false, base));
    }
    this.at = { epoch: town.epoch, seq: town.seq };
    this.have = undefined;
    return out;
  }

  /** Takes a message of the client's in; gives the answer to it. */
  hear(message: Said): string[] {
    if (message.type === "ping") return [this.mark("pong")];
    if (message.type === "visibility") this.hidden = message.hidden as boolean;
    else if (message.type === "resync") {
      this.have = { epoch: message.epoch as string, seq: message.seq as number };
      this.at = undefined;
    } else throw new Error(`the server closes with 4400: ${JSON.stringify(message)}`);
    return [];
  }

  mark(type: "hb" | "pong"): string {
    return say({ type, epoch: this.at?.epoch ?? null, seq: this.at?.seq ?? 0 });
  }

  get beats(): boolean {
    return !this.simple && !this.hidden && !this.blocked;
  }

  private news(): string[] {
    const { town } = this;
    if (this.toldLife !== town.life) this.told = Math.min(this.told, town.firstEvent);
    this.toldLife = town.life;
    const events = town.events.filter((event) => event.id >= this.told);
    if (events.length === 0) return [];
    const missed = events[0]!.id - this.told;
    this.told = town.nextEvent;
    return [say({ type: "event", events, next: town.nextEvent, missed })];
  }

  private plain(full: boolean): string {
    const { payload } = JSON.parse(stateMessage(this.town, "rows", true) as string) as Said;
    return say({ type: full ? "full_state" : "state_update", payload });
  }
}

const say = (message: Said) => JSON.stringify(message);
