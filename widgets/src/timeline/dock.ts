// Now or then: joins the live link of a town with its recorded past, and is the stream that the view shows.

import type { Told } from "../handle";
import type { Line } from "../lines";
import type { Mirror } from "../mirror";
import { type Replay, tiesAt } from "../replay/decode";
import { lensOn } from "../replay/lens";
import { ReplaySource } from "../replay/source";
import type { Tie } from "../scene/ties";
import type { Change, Stream } from "../share";
import { describe, type Status } from "../status";
import { Telling } from "../telling";
import { type Player, Timeline } from "./timeline";

/** Gets a recorded stretch: the whole run, or some ticks of it more finely. */
export type Fetch = (signal: AbortSignal, start?: number, stop?: number) => Promise<Replay>;
/** What the view carries of the run, for when nobody can be asked. */
export type Carried = () => Promise<Replay | undefined>;

const DETAIL_AFTER = 350;
const DETAIL_ROWS = 200_000;
const REDRAW_EVERY = 400;
const EDGE = 0.004;
const MINUTE = 60_000;
/** How long a town may keep its page waiting before what was recorded is shown, in ms. */
const SILENCE = 8_000;
const ROOM_FOR_MORE = 60;

export class Dock extends Telling implements Stream, Player {
  readonly mirror: Mirror;
  readonly timeline: Timeline;
  words = "";
  private readonly end = new AbortController();
  private past: ReplaySource | undefined;
  private whole: Replay | undefined;
  /** `whole` is what the view carries, for want of better. */
  private makeshift = false;
  /** What was recorded is shown only because the town isn't there. */
  private standsIn = false;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private fetching: Promise<void> | undefined;
  private wanted: number | undefined;
  private inPast = false;
  private seconds = 900;
  /** Asked for before there was anything to go to. */
  private early: number | undefined;
  private playLater = false;
  private detail: ReturnType<typeof setTimeout> | undefined;
  private minute: ReturnType<typeof setInterval> | undefined;
  private phase = "";
  private redraw: ReturnType<typeof setTimeout> | undefined;

  /** With `recorded` alone there is no now; with `town` and `fetch` the past is asked for when somebody wants it. */
  constructor(
    private readonly town: Stream | undefined,
    private readonly fetch: Fetch | undefined,
    recorded: Replay | undefined,
    readonly selected: () => number | undefined,
    private readonly told: Pick<Told, "tick" | "speed" | "keep"> = {},
    private readonly carried: Carried = () => Promise.resolve(undefined),
  ) {
    super();
    if (recorded) this.adopt(recorded, false);
    this.inPast = !town;
    this.mirror = lensOn(() => this.shown.mirror);
    this.timeline = new Timeline(this);
    town?.listen(this.heard);
    if (!town) return;
    this.minute = setInterval(() => told.keep?.(), MINUTE);
    this.silence = setTimeout(() => void this.standIn(), SILENCE);
  }

  // the stream

  get link(): Status {
    const { link } = this.shown;
    if (!this.inPast || !this.town || this.reached) return link;
    return { kind: "recorded", words: `recorded; ${describe(this.town.link, Date.now())}` };
  }

  /** The town is there to be asked. */
  get reached(): boolean {
    return this.town?.link.kind === "live";
  }

  readonly ask: Stream["ask"] = (message) => (this.inPast ? undefined : this.town?.ask(message));

  close(): void {
    this.end.abort();
    clearTimeout(this.detail);
    clearTimeout(this.redraw);
    clearTimeout(this.silence);
    clearInterval(this.minute);
    this.town?.leave(this.heard);
    this.past?.close();
    this.timeline.close();
    this.hush();
  }

  // the player

  get hasLive(): boolean {
    return this.town?.mirror.moment !== undefined;
  }

  get heardLines(): readonly Line[] {
    return this.town?.mirror.lines.list ?? [];
  }

  get live(): boolean {
    return !this.inPast;
  }

  get playing(): boolean {
    return this.inPast && (this.past?.playing ?? false);
  }

  get tick(): number {
    if (this.wanted !== undefined) return this.wanted;
    return this.inPast ? (this.past?.tick ?? 0) : (this.town?.mirror.moment?.tick ?? 0);
  }

  get replay(): Replay | undefined {
    return this.whole;
  }

  get pace(): number {
    return this.seconds;
  }

  set pace(seconds: number) {
    this.seconds = seconds;
    if (this.past?.playing) this.past.play(this.speed);
  }

  /** Ticks a second. */
  get speed(): number {
    return this.seconds / this.tickSeconds;
  }

  get span(): Player["span"] {
    const now = this.town?.mirror;
    const known = this.whole;
    const start = known?.header.start ?? now?.start;
    if (!start || (!known && !this.fetch)) return undefined;
    const first = known?.ticks[0] ?? 0;
    const last = Math.max(now?.moment?.tick ?? first, known?.ticks.at(-1) ?? first);
    return { first, last, start, tickSeconds: this.tickSeconds };
  }

  /** The ties of the past, while it is shown; null where none were recorded. */
  ties(id: number): Tie[] | null | undefined {
    if (!this.inPast) return undefined;
    return this.whole ? tiesAt(this.whole, id, this.tick) : null;
  }

  near(): void {
    if (this.reached && this.fetch && (!this.whole || this.makeshift)) void this.load();
  }

  seek(tick: number, rests: boolean): void {
    const { span } = this;
    if (!span) return;
    this.standsIn = false;
    const edge = span.last - (span.last - span.first) * EDGE;
    if (this.hasLive && tick >= edge) this.goLive();
    else this.into(tick, rests);
    this.update();
  }

  private into(tick: number, rests: boolean): void {
    if (this.whole && tick <= this.whole.ticks.at(-1)!) this.show(tick, rests);
    else {
      this.wanted = tick;
      this.words = "reading the history …";
      void this.load();
    }
  }

  /** Shows a tick of the past, however near to now it is. */
  goTo(tick: number): void {
    const { span } = this;
    this.standsIn = false;
    if (span) this.into(Math.min(span.last, Math.max(span.first, tick)), true);
    else this.early = tick;
    this.update();
  }

  /** Plays the past at so many ticks a second; 0 stands still. */
  playAt(speed: number): void {
    if (speed > 0) {
      this.standsIn = false;
      this.seconds = speed * this.tickSeconds;
      if (this.inPast) this.past?.play(speed);
      else this.playLater = true;
    } else this.past?.pause();
    this.update();
  }

  step(frames: number): void {
    this.standsIn = false;
    if (this.inPast && this.past) {
      this.past.pause();
      this.past.step(frames);
      this.soonDetail();
    } else if (frames < 0) this.into(Math.max(0, this.tick + frames * (this.whole?.header.every ?? 1)), true);
    this.update();
  }

  toggle(): void {
    if (!this.inPast || !this.past) return;
    this.standsIn = false;
    if (this.past.playing) this.past.pause();
    else this.past.play(this.speed);
    this.update();
  }

  goLive(): void {
    if (!this.hasLive) {
      this.standsIn = this.town !== undefined;
      if (this.whole) this.show(this.whole.ticks.at(-1)!, true);
      return;
    }
    this.wanted = undefined;
    this.words = "";
    if (!this.inPast) return;
    this.past?.pause();
    this.swap(false);
    this.update();
  }

  // the past

  private get tickSeconds(): number {
    return this.whole?.header.tick_seconds ?? this.town?.mirror.moment?.tick_seconds ?? 10;
  }

  private get shown(): Stream {
    return this.inPast && this.past ? this.past : (this.town ?? this.past!);
  }

  private adopt(replay: Replay, makeshift: boolean): void {
    this.whole = replay;
    this.makeshift = makeshift;
    if (this.past) this.past.take(replay);
    else {
      this.past = new ReplaySource(replay);
      this.past.listen(this.replayed);
    }
  }

  private load(): Promise<void> {
    this.fetching ??= this.fetch!(this.end.signal)
      .then(
        (replay) => {
          this.adopt(replay, false);
          this.words = "";
          this.showWanted(replay);
        },
        (fault: unknown) => this.makeDo(fault),
      )
      .finally(() => {
        this.fetching = undefined;
        if (!this.end.signal.aborted) this.update();
      });
    return this.fetching;
  }

  private showWanted(replay: Replay): void {
    const { wanted } = this;
    if (wanted !== undefined) this.show(Math.min(wanted, replay.ticks.at(-1)!), true);
  }

  /** Nobody gives the past: what the view carries has to do, and it is said why. */
  private async makeDo(fault: unknown): Promise<void> {
    if (this.end.signal.aborted) return;
    const replay = await this.carry();
    if (replay) this.showWanted(replay);
    this.wanted = undefined;
    this.words = fault instanceof Error ? fault.message : String(fault);
  }

  /** Adopts what the view carries, if that is of this run. */
  private async carry(): Promise<Replay | undefined> {
    const replay = await this.carried().catch(() => undefined);
    const run = this.town?.mirror.moment?.run;
    if (!replay?.ticks.length || this.end.signal.aborted || this.whole) return undefined;
    if (run !== undefined && run !== replay.header.run) return undefined;
    this.adopt(replay, true);
    return replay;
  }

  /** There is no town to be seen, and nobody has asked for anything else: the newest that was recorded. */
  private async standIn(): Promise<void> {
    if (this.hasLive || this.inPast) return;
    const replay = this.whole ?? (await this.carry());
    if (!replay || this.hasLive || this.inPast) return;
    this.standsIn = true;
    this.show(replay.ticks.at(-1)!, false);
    this.update();
  }

  private show(tick: number, rests: boolean): void {
    const { past, whole } = this;
    if (!past || !whole) return;
    this.wanted = undefined;
    this.words = "";
    const { ticks } = past.content;
    if (past.content !== whole && (tick < ticks[0]! || tick > ticks.at(-1)!)) past.take(whole);
    past.seek(tick);
    if (!this.inPast) this.swap(true);
    if (this.playLater) past.play(this.speed);
    this.playLater = false;
    if (rests) this.soonDetail();
  }

  private swap(inPast: boolean): void {
    const before = this.shown.mirror.lines.version;
    this.inPast = inPast;
    // Whoever shows lines begins anew.
    this.shown.mirror.lines.version = before + 1;
    this.tell("link");
    this.tell("state");
  }

  /** Where the whole run has only some of the recorded ticks, the neighbourhood is fetched with all of them. */
  private soonDetail(): void {
    const { whole } = this;
    if (!this.fetch || !whole || whole.header.every <= 1) return;
    clearTimeout(this.detail);
    this.detail = setTimeout(() => void this.fetchDetail(), DETAIL_AFTER);
  }

  private async fetchDetail(): Promise<void> {
    const { past, whole } = this;
    if (!past || !whole || past.content !== whole || past.playing || !this.inPast) return;
    const reach = Math.floor(DETAIL_ROWS / Math.max(1, whole.header.names.length) / 2);
    const at = past.tick;
    const start = Math.max(whole.ticks[0]!, at - reach);
    try {
      const found = await this.fetch!(this.end.signal, start, Math.min(whole.ticks.at(-1)!, at + reach) + 1);
      if (past.content === whole && this.inPast && Math.abs(past.tick - at) < reach) past.take(found);
    } catch {
      // What is there is good enough.
    }
    if (!this.end.signal.aborted) this.update();
  }

  private readonly heard = (change: Change): void => {
    const phase = this.town?.mirror.status?.phase ?? "";
    if (phase === "paused" && this.phase === "running") this.told.keep?.();
    this.phase = phase;
    this.follow();
    const { early } = this;
    if (early !== undefined && this.span) {
      this.early = undefined;
      this.goTo(early);
    }
    if (!this.inPast) this.tell(change);
    this.soonUpdate();
  };

  /** What becomes of the recording when the town comes, goes or begins another run. */
  private follow(): void {
    const { mirror, link } = this.town!;
    const { moment } = mirror;
    if (moment) clearTimeout(this.silence);
    else if (link.kind === "stopped") void this.standIn();
    if (this.standsIn && moment && this.reached) {
      this.standsIn = false;
      this.goLive();
    }
    if (this.whole && moment && !this.inPast && this.whole.header.run !== moment.run) this.whole = undefined;
    if (this.inPast && !this.reached) this.tell("link");
  }

  private readonly replayed = (change: Change): void => {
    const { past, whole } = this;
    if (past && whole && past.content !== whole && past.playing && past.tick >= past.last - ROOM_FOR_MORE / 2)
      past.take(whole);
    if (this.inPast) this.tell(change);
    this.update();
  };

  private soonUpdate(): void {
    this.redraw ??= setTimeout(() => {
      this.redraw = undefined;
      this.update();
    }, REDRAW_EVERY);
  }

  private update(): void {
    this.timeline?.update();
    this.told.tick?.(this.tick, !this.inPast && this.wanted === undefined);
    this.told.speed?.(this.playing ? this.speed : 0);
  }
}
