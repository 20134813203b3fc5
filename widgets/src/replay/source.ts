// A recorded stretch as a stream, as the live link is one: a mirror that is shown one frame after another.

import { addSeconds } from "../lines";
import { Mirror } from "../mirror";
import type { Stream } from "../share";
import type { Status } from "../status";
import { Telling } from "../telling";
import { dayOf } from "../timeline/scale";
import type { EventRow, Payload, Rows } from "../types";
import { lastUpTo, type Replay, type Series } from "./decode";

const HEARD_SECONDS = 300;
const TOLD = 240;
const STEP = 50;
/** Columns that say which rows are shown. */
const PRESENT = "alive";

export class ReplaySource extends Telling implements Stream {
  readonly mirror = new Mirror();
  link: Status = { kind: "recorded", words: "recorded" };
  /** Ticks a second while it plays. */
  speed = 60;
  private replay: Replay;
  private frame = -1;
  private told = 0;
  private begun = false;
  private at = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private lastStep = 0;

  constructor(
    replay: Replay,
    private readonly now: () => number = () => performance.now(),
  ) {
    super();
    this.replay = replay;
    this.mirror.rights = ["read"];
    this.seek(this.first);
  }

  get first(): number {
    return this.replay.ticks[0] ?? 0;
  }

  get last(): number {
    return this.replay.ticks.at(-1) ?? 0;
  }

  /** The tick that is shown. */
  get tick(): number {
    return this.replay.ticks[this.frame] ?? 0;
  }

  get playing(): boolean {
    return this.timer !== undefined;
  }

  get content(): Replay {
    return this.replay;
  }

  /** Another stretch of the same run takes the place of this one; what is shown stays, as far as it is in it. */
  take(replay: Replay): void {
    const { tick } = this;
    this.replay = replay;
    this.frame = -1;
    this.begun = false;
    this.seek(tick);
  }

  readonly ask = (): undefined => undefined;

  /** Shows the newest frame that is not after `tick`. */
  seek(tick: number): void {
    this.at = Math.min(this.last, Math.max(this.first, tick));
    this.show(Math.max(0, lastUpTo(this.replay.ticks, this.at)));
  }

  /** Shows the frame that many frames away. */
  step(frames: number): void {
    const to = Math.min(this.replay.ticks.length - 1, Math.max(0, this.frame + frames));
    this.seek(this.replay.ticks[to]!);
  }

  play(speed = this.speed): void {
    this.speed = speed;
    if (this.at >= this.last) this.seek(this.first);
    this.lastStep = this.now();
    this.timer ??= setInterval(() => this.advance(), STEP);
    this.sayPhase();
  }

  pause(): void {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.sayPhase();
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.hush();
  }

  private advance(): void {
    const now = this.now();
    // A page that was asleep goes on where it was.
    const passed = Math.min(1, (now - this.lastStep) / 1000);
    this.lastStep = now;
    this.seek(this.at + passed * this.speed);
    if (this.at >= this.last) this.pause();
  }

  private sayPhase(): void {
    this.mirror.message({
      type: "status",
      state: "recorded",
      phase: this.playing ? "running" : "paused",
      speed: this.speed,
    });
    this.tell("message");
  }

  private show(frame: number): void {
    if (frame === this.frame) return;
    const { header, ticks } = this.replay;
    const { start, tick_seconds } = header;
    this.frame = frame;
    const tick = ticks[frame]!;
    const clock = addSeconds(start, tick * tick_seconds);
    const payload: Payload = {
      tick,
      clock,
      day: dayOf(clock) - dayOf(start) + 1,
      npcs: this.columns("npcs", frame) as unknown as Rows<never>,
      places: this.columns("places", frame) as unknown as Rows<never>,
      saying: this.saying(tick),
    };
    const { town, run, names, place_info, map, schema } = header;
    if (this.begun) this.mirror.state(payload, { type: "state_update" }, this.now());
    else {
      this.begun = true;
      const whole = { ...payload, town, run, tick_seconds, names, place_info, map };
      this.mirror.state(whole, { type: "full_state", schema, start }, this.now());
      this.told = -1;
    }
    this.talk(tick);
    if (!this.mirror.status) this.sayPhase();
    this.tell("state");
  }

  /** The rows of one frame, of those who are there; of a table that wasn't recorded none, in any form. */
  private columns(table: string, frame: number): Record<string, number[]> {
    const series: Series | undefined = this.replay.tables[table];
    if (!series) return {};
    const present = series.columns.get(PRESENT);
    const ids: number[] = [];
    for (let id = 0; id < series.rows; id++) {
      if (!present || table !== "npcs" || present[id * series.length + frame]) ids.push(id);
    }
    const out: Record<string, number[]> = { id: ids };
    for (const [name, values] of series.columns) {
      if (name !== PRESENT) out[name] = ids.map((id) => values[id * series.length + frame]!);
    }
    return out;
  }

  /** How many events there are up to a tick. */
  private eventsUpTo(tick: number): number {
    return lastUpTo(this.replay.tables.events?.columns.get("tick") ?? [], tick) + 1;
  }

  private event(i: number): EventRow {
    const column = (name: string) => this.replay.tables.events!.columns.get(name)![i]!;
    const { kinds, texts } = this.replay.header;
    return {
      id: column("id"),
      tick: column("tick"),
      kind: kinds[column("kind")] ?? "",
      npc: column("npc"),
      other: column("other"),
      place: column("place"),
      text: texts[column("text")] ?? "",
    };
  }

  private saying(tick: number): Record<string, string> {
    const heard = Math.max(1, Math.floor(HEARD_SECONDS / this.replay.header.tick_seconds));
    const out: Record<string, string> = {};
    for (let i = this.eventsUpTo(tick - heard); i < this.eventsUpTo(tick); i++) {
      const { kind, npc, text } = this.event(i);
      if (kind === "said" && npc >= 0) out[npc] = text;
    }
    return out;
  }

  /** The lines up to a tick: what is new of them, or after a jump the newest of all. */
  private talk(tick: number): void {
    const upTo = this.eventsUpTo(tick);
    if (this.told < 0 || upTo < this.told || upTo - this.told > TOLD) {
      this.mirror.lines.clear();
      this.told = Math.max(0, upTo - TOLD);
    }
    if (upTo === this.told) return;
    const events: EventRow[] = [];
    for (let i = this.told; i < upTo; i++) events.push(this.event(i));
    this.told = upTo;
    this.mirror.message({ type: "event", events });
  }
}
