// The bar above the map: what town, what time, whether the line is good, and the controls.

import { glyphElement } from "../glyphs";
import type { Mirror } from "../mirror";
import type { Api, Control } from "../page";

import { darkness, daylight, minuteOf } from "../scene/light";
import { describe, type Status } from "../status";
import { button, h, setText } from "./dom";
import { clockWords } from "./words";

const SPEEDS = [1, 5, 10, 30, 60, 120, 0];
const MINUTE = 60;
const speedWords = (speed: number) => (speed === 0 ? "max" : `${speed} ticks/s`);

export class Header {
  readonly element: HTMLElement;
  private readonly name = h("span", { class: "name" });
  private readonly clock = h("span", { class: "clock" });
  private readonly tick = h("span", { class: "tick" });
  private readonly sky = h("span", { class: "sky", "aria-hidden": "true" });
  private readonly dot = h("span", { class: "dot", "aria-hidden": "true" });
  private readonly words = h("span", { class: "words" });
  private readonly play = button("play", "Play", () => this.toggle(), "primary");
  private readonly step = button("step", "Step one tick", () => this.control({ op: "step", ticks: 1 }));
  private readonly minute = button("minute", "Step one simulated minute", () =>
    this.control({
      op: "step",
      ticks: Math.max(1, Math.round(MINUTE / (this.mirror.moment?.tick_seconds || 10))),
    }),
  );
  private readonly speed = h("select", {
    class: "select",
    title: "Speed, in ticks a second",
    "aria-label": "Speed",
  });
  private readonly controls = h("div", { class: "controls", role: "group", "aria-label": "Time" });
  private busy = false;
  private skyKind = "";

  constructor(
    private readonly mirror: Mirror,
    private readonly api: Api,
    private readonly fail: (words: string) => void,
    ...extra: HTMLElement[]
  ) {
    this.speed.addEventListener("change", () => {
      const speed = Number(this.speed.value);
      if (mirror.status?.phase !== "paused") void this.control({ op: "play", speed });
    });
    this.speed.append(...SPEEDS.map((speed) => this.option(speed)));
    this.speed.value = "10";
    const when = h("div", { class: "when" }, this.sky, this.clock, this.tick);
    const link = h("div", { class: "link", role: "status" }, this.dot, this.words);
    this.controls.append(this.play, this.step, this.minute, this.speed);
    const title = h("div", { class: "title" }, this.name, when);
    this.element = h("div", { class: "header" }, title, link, this.controls, ...extra);
  }

  update(link: Status, now: number): void {
    const { moment, status, rights } = this.mirror;
    if (moment) {
      setText(this.name, moment.town);
      setText(this.clock, clockWords(moment));
      setText(this.tick, `tick ${moment.tick.toLocaleString("en")}`);
      const kind = darkness(daylight(minuteOf(moment.clock))) > 0.5 ? "moon" : "sun";
      if (kind !== this.skyKind) this.sky.replaceChildren(glyphElement((this.skyKind = kind)));
    }
    const failed = status?.state === "failed" || status?.state === "ended";
    const over = link.kind === "live" && failed;
    const words = over ? `the town has ${status?.state}` : describe(link, now);
    setText(this.words, words);
    this.words.title = over && status?.reason ? `${words}: ${status.reason}` : words;
    this.dot.dataset.kind = over ? "stopped" : link.kind;
    // Where the server doesn't say what this viewer may, it is tried.
    this.controls.hidden = rights !== undefined && !rights.includes("execute");
    const paused = status ? status.phase === "paused" : false;
    const label = paused ? "Play" : "Pause";
    if (this.play.title !== label) {
      this.play.title = label;
      this.play.setAttribute("aria-label", label);
      this.play.replaceChildren(glyphElement(paused ? "play" : "pause"));
    }
    const idle = this.busy || ["stopped", "connecting", "asleep"].includes(link.kind) || failed || !moment;
    for (const control of [this.play, this.step, this.minute, this.speed]) control.disabled = idle;
    // One tick at a time is for a town that stands still.
    this.step.disabled ||= !paused;
    this.minute.disabled ||= !paused;
    if (status && !paused && document.activeElement !== this.speed) this.showSpeed(status.speed);
  }

  private option(speed: number): HTMLOptionElement {
    const option = h("option", { text: speedWords(speed) });
    option.value = String(speed);
    return option;
  }

  private showSpeed(speed: number): void {
    const value = String(speed);
    if (![...this.speed.options].some((option) => option.value === value))
      this.speed.append(this.option(speed));
    this.speed.value = value;
  }

  toggle(): void {
    const paused = this.mirror.status?.phase === "paused";
    void this.control(paused ? { op: "play", speed: Number(this.speed.value) } : { op: "pause" });
  }

  private async control(what: Control): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const { phase, speed } = await this.api.control(what);
      const state = this.mirror.status?.state ?? "running";
      this.mirror.message({ type: "status", state, phase, speed });
      this.fail("");
    } catch (fault) {
      this.fail(fault instanceof Error ? fault.message : String(fault));
    } finally {
      this.busy = false;
      this.element.dispatchEvent(new Event("aitown-control"));
    }
  }
}
