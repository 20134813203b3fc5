// What stands under the map: the track, and beside it how the past is played.

import { glyphElement } from "../glyphs";
import type { Line } from "../lines";
import { button, h, setText } from "../panels/dom";
import type { Replay } from "../replay/decode";
import { lastUpTo } from "../replay/decode";
import { Scale } from "./scale";
import { Track } from "./track";

/** What a timeline shows and moves. */
export interface Player {
  /** There is a live town to come back to. */
  readonly hasLive: boolean;
  readonly live: boolean;
  readonly playing: boolean;
  readonly tick: number;
  readonly span: { first: number; last: number; start: string; tickSeconds: number } | undefined;
  readonly replay: Replay | undefined;
  /** What was heard of the town since this page looks at it. */
  readonly heardLines: readonly Line[];
  /** Words on what is going on, such as that a stretch is being fetched. */
  readonly words: string;
  /** Simulated seconds a second. */
  pace: number;
  selected(): number | undefined;
  seek(tick: number, rests: boolean): void;
  step(frames: number): void;
  toggle(): void;
  goLive(): void;
  /** Somebody is about to use the timeline. */
  near(): void;
}

const PACES: [seconds: number, words: string][] = [
  [60, "1 min/s"],
  [300, "5 min/s"],
  [900, "15 min/s"],
  [3600, "1 h/s"],
  [14_400, "4 h/s"],
];
const DEFAULT_KIND = "said";
const KEYS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageUp: 10,
  PageDown: -10,
};

export class Timeline {
  readonly element: HTMLElement;
  private readonly track: Track;
  private readonly play = button("play", "Run the past", () => this.player.toggle(), "primary");
  private readonly before = button("before", "Event before", () => this.jump(-1));
  private readonly after = button("after", "Next event", () => this.jump(1));
  private readonly kind = h("select", {
    class: "select kind",
    title: "Events",
    "aria-label": "Kind of event",
  });
  private readonly pace = h("select", {
    class: "select",
    title: "Pace of the replay",
    "aria-label": "Pace of the replay",
  });
  private readonly back = h("button", { class: "back", type: "button", text: "Live" });
  private readonly words = h("span", { class: "note", role: "status" });
  private readonly past: HTMLElement;
  private kinds: string[] = [];
  private events: { of: string; from: Replay | undefined; ticks: number[] } | undefined;

  constructor(private readonly player: Player) {
    this.track = new Track(
      (tick, rests) => player.seek(tick, rests),
      (event) => this.key(event),
    );
    for (const [seconds, words] of PACES) {
      const option = h("option", { text: words });
      option.value = String(seconds);
      this.pace.append(option);
    }
    this.pace.value = String(player.pace);
    this.pace.addEventListener("change", () => {
      player.pace = Number(this.pace.value);
    });
    this.kind.addEventListener("change", () => this.update());
    this.back.addEventListener("click", () => player.goLive());
    this.past = h("div", { class: "past", role: "group", "aria-label": "Replay" });
    this.past.append(this.play, this.pace, this.before, this.after, this.kind);
    const aside = h("div", { class: "aside" }, this.words, this.back);
    this.element = h("div", { class: "timeline" }, this.past, this.track.element, aside);
    for (const name of ["pointerenter", "focusin"]) this.element.addEventListener(name, () => player.near());
    this.update();
  }

  update(): void {
    const { player } = this;
    const { span, live, playing } = player;
    this.element.hidden = span === undefined;
    if (!span) return;
    // Nothing comes or goes, or the track would move under the hand that drags it.
    this.play.disabled = live;
    this.after.disabled = live;
    this.back.hidden = !player.hasLive;
    this.back.setAttribute("aria-pressed", String(live));
    this.back.title = live ? "This is now" : "Back to now";
    setText(this.back, live ? "Live" : "Back to live");
    setText(this.words, player.words);
    this.words.hidden = !player.words;
    const label = playing ? "Hold the past" : "Run the past";
    if (this.play.title !== label) {
      this.play.title = label;
      this.play.setAttribute("aria-label", label);
      this.play.replaceChildren(glyphElement(playing ? "pause" : "play"));
    }
    this.offer();
    if (document.activeElement !== this.pace) this.showPace();
    const { first, last, start, tickSeconds } = span;
    const scale = new Scale(first, last, this.track.width, start, tickSeconds);
    const known = player.replay?.ticks.at(-1) ?? first;
    this.track.show({ scale, tick: player.tick, live, events: this.ticks(), known });
  }

  close(): void {
    this.track.close();
  }

  private showPace(): void {
    const value = String(this.player.pace);
    if (![...this.pace.options].some((option) => option.value === value)) {
      const option = h("option", { text: `${Number(value) / 60} min/s` });
      option.value = value;
      this.pace.append(option);
    }
    this.pace.value = value;
  }

  /** The kinds of events that there are: of the recording, and of what was heard since. */
  private offer(): void {
    const { replay, heardLines } = this.player;
    const there = new Set(replay?.tables.events?.columns.get("kind") ?? []);
    const recorded = (replay?.header.kinds ?? []).filter((_, i) => there.has(i));
    const heard = new Set(heardLines.map(({ kind }) => kind));
    // What was offered once stays, so that no choice is taken out of somebody's hand.
    const kinds = [...new Set([...recorded, ...this.kinds, ...[...heard].sort(), DEFAULT_KIND])];
    if (kinds.join() === this.kinds.join()) return;
    this.kinds = kinds;
    const chosen = this.kind.value || DEFAULT_KIND;
    const options = kinds.map((kind) => {
      const option = h("option", { text: kind.replaceAll("_", " ") });
      option.value = kind;
      return option;
    });
    this.kind.replaceChildren(...options);
    this.kind.value = chosen;
  }

  /** The ticks of the events of the kind, of the selected person if there is one. */
  private ticks(): number[] {
    const { replay, heardLines } = this.player;
    const [kind, npc] = [this.kind.value, this.player.selected()];
    const of = [kind, npc, heardLines.at(-1)?.id].join();
    if (this.events?.of === of && this.events.from === replay) return this.events.ticks;
    const his = (who: number, whom: number) => npc === undefined || who === npc || whom === npc;
    const ticks: number[] = [];
    const columns = replay?.tables.events?.columns;
    const code = replay?.header.kinds.indexOf(kind) ?? -1;
    if (columns && code >= 0) {
      const [kinds, who, whom, when] = ["kind", "npc", "other", "tick"].map((name) => columns.get(name)!);
      for (let i = 0; i < when!.length; i++)
        if (kinds![i] === code && his(who![i]!, whom![i]!)) ticks.push(when![i]!);
    }
    const known = replay?.ticks.at(-1) ?? -1;
    for (const line of heardLines)
      if (line.tick > known && line.kind === kind && his(line.npc, line.other)) ticks.push(line.tick);
    this.events = { of, from: replay, ticks };
    return ticks;
  }

  private jump(way: 1 | -1): void {
    const { replay, tick } = this.player;
    const ticks = this.ticks();
    // An event shows from the first recorded frame on that is not before it.
    const frameOf = (at: number) => replay?.ticks[lastUpTo(replay.ticks, at - 1) + 1] ?? at;
    const found =
      way > 0 ? ticks.find((at) => frameOf(at) > tick) : ticks.findLast((at) => frameOf(at) < tick);
    if (found !== undefined) this.player.seek(frameOf(found), true);
  }

  private key(event: KeyboardEvent): boolean {
    const { player } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const step = KEYS[event.key];
    if (step !== undefined) player.step(event.shiftKey ? step * 10 : step);
    else if (event.key === "Home" && player.span) player.seek(player.span.first, true);
    else if (event.key === "End") player.goLive();
    else if (event.key === " ") player.toggle();
    else return false;
    return true;
  }
}
