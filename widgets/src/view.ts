// One widget on the page: the map, its panels, and what they tell one another.

import type { Handle, Told } from "./handle";
import { type Api, EitherApi } from "./page";
import { ActPanel } from "./panels/act";
import { button, h, setText } from "./panels/dom";
import { Feed } from "./panels/feed";
import { GroupPanel } from "./panels/group";
import { Header } from "./panels/header";
import { Legend } from "./panels/legend";
import { PersonPanel } from "./panels/person";
import { TiesPanel } from "./panels/ties";
import { Tools } from "./panels/tools";
import { sentence, summary } from "./panels/words";
import type { Replay } from "./replay/decode";
import { RecordedApi } from "./replay/past";
import type { Aim } from "./scene/eye";
import { Scene } from "./scene/scene";
import type { Change } from "./share";
import { describe, remedy } from "./status";
import { type Carried, Dock } from "./timeline/dock";
import type { Way } from "./transport/way";
import type { TownStatus } from "./types";

const SUMMARY_EVERY = 15_000;
const PANELS_EVERY = 100;
const COUNTDOWN_EVERY = 500;
const NARROW = 560;
const WIDE = 980;
const ZOOM = 1.5;
const LOG_LINES = 12;

/** What a town that isn't there yet is busy with. */
function busy(status: TownStatus | undefined): string {
  const { phase, expects } = status ?? {};
  if (phase === "compiling" && expects)
    return `The town is being compiled, this once, which takes about ${expects} s. It comes by itself.`;
  return phase === "starting" || phase === "compiling" ? "The town is starting." : "";
}

/** What a view shows: a live town, with what it carries for want of it, or a recorded one. */
export interface Shown {
  way?: Way;
  carried?: Carried;
  recorded?: Replay;
}

export class View implements Handle {
  private readonly dock: Dock;
  private readonly end = new AbortController();
  private readonly notice = h("div", { class: "notice", role: "alert" });
  private readonly words = h("div");
  private readonly log = h("pre", { class: "log" });
  private readonly card = h("div", { class: "card" }, this.words, this.log);
  private readonly spoken = h("div", { class: "hidden", "aria-live": "polite" });
  private readonly stage = h("div", { class: "stage" });
  private readonly header: Header;
  private readonly person: PersonPanel;
  private readonly ties: TiesPanel;
  private readonly feed: Feed;
  private readonly legend: Legend;
  private readonly group: GroupPanel;
  private readonly act: ActPanel;
  private readonly tools: Tools;
  private readonly side: HTMLElement;
  private readonly scene: Scene;
  private readonly toggleAct = button("act", "Act", () => this.toggle(this.toggleAct, this.act));
  private readonly toggleFeed = button("speech", "Town talk", () => this.toggle(this.toggleFeed, this.feed));
  private readonly toggleLegend = button("key", "Legend", () => this.toggle(this.toggleLegend, this.legend));
  private readonly sizes = new ResizeObserver(() => this.layout());
  private readonly countdown: ReturnType<typeof setInterval>;
  private pending: ReturnType<typeof setTimeout> | undefined;
  private readonly api: Api;
  private measured = false;
  private failed = false;
  private mourned = false;
  private summaryAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly root: HTMLElement,
    private readonly shown: Shown,
    private readonly town: string,
    private readonly run: string,
    private readonly told: Told,
  ) {
    const { way, recorded, carried } = shown;
    this.dock = new Dock(way?.stream, way?.fetch, recorded, () => this.scene?.selected, told, carried);
    const { mirror } = this.dock;
    const there = way?.api((message) => this.dock.ask(message));
    this.api = new EitherApi(() => {
      const { reached, replay } = this.dock;
      return there && (reached || !replay) ? there : new RecordedApi(replay!);
    });
    const { api } = this;
    const select = (id: number | undefined) => this.scene.select(id === undefined ? [] : [id]);
    const source = {
      past: (id: number) => this.dock.ties(id),
      ask: (id: number, signal: AbortSignal) => api.ties(id, signal),
    };
    this.ties = new TiesPanel(
      mirror,
      source,
      () => this.scene.crowd.ties,
      select,
      () => this.scene.invalidate(),
    );
    this.person = new PersonPanel(mirror, api, select, this.ties.element, {
      following: () => this.scene.eye.following !== undefined,
      follow: (id) => this.camera({ follow: id }),
    });
    this.group = new GroupPanel(mirror, (ids) => this.select(ids));
    this.act = new ActPanel(mirror, api);
    this.tools = new Tools(
      mirror,
      api,
      () => this.scene,
      (column) => this.colorBy(column),
    );
    this.feed = new Feed(mirror, select);
    this.legend = new Legend(mirror);
    this.side = h(
      "aside",
      { class: "side", "aria-label": "People and what happens" },
      this.person.element,
      this.group.element,
      this.act.element,
      this.feed.element,
    );
    const extras = h("div", { class: "extras" }, this.toggleAct, this.toggleFeed, this.toggleLegend);
    this.header = new Header(mirror, api, (words) => this.complain(words), extras);
    this.build();
    this.scene = new Scene(this.stage, mirror, {
      selected: (ids) => {
        this.person.show(ids.length === 1 ? ids[0] : undefined);
        this.ties.show(ids.length === 1 ? ids[0] : undefined);
        this.group.show(ids);
        this.act.show(ids);
        this.layout();
        this.told.selected?.([...ids]);
      },
      rests: (rest) => {
        this.told.camera?.(rest);
        this.soon(); // the key of the colours is that of what is seen
      },
    });
    this.name(this.scene.canvas, town);
    this.listen();
    this.countdown = setInterval(() => {
      this.ties.update(); // what was asked a while ago is asked again, also of a town that has come to rest
      if (!this.dock.reached) this.header.update(this.dock.link, Date.now());
    }, COUNTDOWN_EVERY);
    this.layout();
    this.panels();
  }

  select(ids: readonly number[]): void {
    this.scene.select(ids);
  }

  colorBy(column: string | null): void {
    if (column === this.scene.tint.column) return;
    this.scene.colorBy(column);
    this.told.color?.(column);
    this.soon();
  }

  camera(aim: Aim): void {
    this.scene.eye.aim(aim);
  }

  seek(tick: number | null): void {
    if (tick === null) this.dock.goLive();
    else this.dock.goTo(tick);
  }

  play(speed: number): void {
    this.dock.playAt(speed);
  }

  readonly close = (): void => {
    this.end.abort();
    this.dock.close();
    clearInterval(this.countdown);
    clearTimeout(this.pending);
    this.sizes.disconnect();
    this.person.close();
    this.ties.close();
    this.tools.close();
    this.scene.destroy();
    this.shown.way?.release();
    this.root.replaceChildren();
  };

  private build(): void {
    const zoom = h("div", { class: "zoom", role: "group", "aria-label": "Zoom" });
    zoom.append(
      button("plus", "Zoom in", () => this.scene.zoomBy(ZOOM)),
      button("minus", "Zoom out", () => this.scene.zoomBy(1 / ZOOM)),
      button("fit", "Whole town", () => this.scene.fit()),
    );
    this.stage.append(this.tools.element, this.card, this.legend.element, this.tools.key.element, zoom);
    const body = h("div", { class: "body" }, this.stage, this.side);
    this.root.append(this.header.element, this.notice, body, this.dock.timeline.element, this.spoken);
    this.feed.element.hidden = true;
    for (const control of [this.toggleAct, this.toggleFeed, this.toggleLegend])
      control.setAttribute("aria-pressed", "false");
    this.complain("");
  }

  private name(canvas: HTMLCanvasElement, town: string): void {
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "map of a town");
    const keys = "Arrows pan, plus and minus zoom, Enter selects the nearest person.";
    canvas.setAttribute("aria-label", `${town}. ${keys}`);
  }

  private listen(): void {
    const { signal } = this.end;
    this.sizes.observe(this.root);
    for (const one of [this.side, ...this.stage.children]) this.sizes.observe(one);
    this.header.element.addEventListener("aitown-control", () => this.panels(), { signal });
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !this.scene.clear()) return;
      event.stopPropagation();
      this.scene.canvas.focus({ preventScroll: true });
    };
    this.root.addEventListener("keydown", onEscape, { signal });
    this.dock.listen(this.changed);
  }

  private readonly changed = (change: Change): void => {
    if (change === "state") this.scene.invalidate();
    this.soon();
  };

  /** Panels are for reading: however fast the town runs, they change at most ten times a second. */
  private soon(): void {
    this.pending ??= setTimeout(() => {
      this.pending = undefined;
      this.panels();
    }, PANELS_EVERY);
  }

  /** Who may not act, and who looks at what is past, sees nothing to act with. */
  private allow(): void {
    const { rights } = this.dock.mirror;
    const may = this.dock.live && (rights === undefined || rights.includes("execute"));
    this.toggleAct.hidden = !may;
    if (may || this.act.element.hidden) return;
    this.act.element.hidden = true;
    this.toggleAct.setAttribute("aria-pressed", "false");
    this.layout();
  }

  private complain(words: string): void {
    setText(this.notice, words);
    this.notice.hidden = !words;
  }

  private toggle(control: HTMLElement, { element }: { element: HTMLElement }): void {
    element.hidden = !element.hidden;
    control.setAttribute("aria-pressed", String(!element.hidden));
    this.layout();
    this.panels();
  }

  private layout(): void {
    const width = this.root.clientWidth;
    // Hosts render before they attach: only with a width it is known whether there is room for talk.
    if (!this.measured && width > 0) {
      this.measured = true;
      this.feed.element.hidden = width < WIDE;
      this.toggleFeed.setAttribute("aria-pressed", String(!this.feed.element.hidden));
      this.soon();
    }
    this.side.hidden = [this.feed, this.person, this.group, this.act].every(({ element }) => element.hidden);
    this.root.dataset.size = width < NARROW ? "narrow" : width < WIDE ? "medium" : "wide";
    this.scene.covers = [...this.stage.children]
      .filter((one): one is HTMLElement => one !== this.scene.canvas && one instanceof HTMLElement)
      .map(({ offsetLeft: x, offsetTop: y, offsetWidth: w, offsetHeight: h }) => ({ x, y, w, h }))
      .filter(({ w }) => w > 0);
    const covered = width < NARROW ? this.side.offsetHeight : 0;
    if (this.scene.eye.covered === covered) return;
    this.scene.eye.covered = covered;
    this.scene.invalidate();
  }

  private panels(): void {
    const { link, mirror } = this.dock;
    this.header.update(link, Date.now());
    this.dock.timeline.update();
    this.person.update();
    this.ties.update();
    this.group.update();
    this.act.update();
    this.tools.update();
    this.allow();
    if (!this.feed.element.hidden) this.feed.update();
    this.legend.update();
    setText(this.words, this.cardWords());
    this.card.hidden = !this.words.textContent;
    this.readLog();
    this.root.dataset.link = link.kind;
    this.mourn();
    const { moment, status } = mirror;
    if (!moment) return;
    if (performance.now() - this.summaryAt > SUMMARY_EVERY && status?.phase !== "paused") {
      this.summaryAt = performance.now();
      setText(this.spoken, summary(moment, this.activities()));
    }
    const other = this.run && moment.run !== this.run;
    this.root.dataset.run = other ? "other" : "same";
    this.header.element.title = other
      ? `This widget was made for run ${this.run}; the town now lives run ${moment.run}.`
      : "";
  }

  private *activities(): Iterable<unknown> {
    const { npcs } = this.dock.mirror;
    const activityOf = npcs.column("activity");
    for (let slot = 0; slot < npcs.size; slot++) yield activityOf(slot);
  }

  /** A link that has stopped under a town that was seen: why, and what to do, once. */
  private mourn(): void {
    const { link, mirror } = this.dock;
    const stopped = link.kind === "stopped" && mirror.moment !== undefined;
    if (stopped === this.mourned) return;
    this.mourned = stopped;
    this.complain(stopped ? `${sentence(describe(link, 0))} ${remedy(link)}` : "");
  }

  /** Once for each failure, under the reason: the last lines of the town's log. */
  private readLog(): void {
    const failed = this.dock.mirror.status?.state === "failed";
    if (failed === this.failed) return;
    this.failed = failed;
    setText(this.log, "");
    if (!failed) return;
    this.api.log(this.end.signal).then(
      ({ lines }) => this.failed && setText(this.log, lines.slice(-LOG_LINES).join("\n")),
      () => {}, // the reason stands there already
    );
  }

  /** What lies over the map when there is nothing, or not yet anything, to see. */
  private cardWords(): string {
    const { link, mirror } = this.dock;
    const { moment, status } = mirror;
    if (status?.state === "failed") {
      const again = `aitown.open(${JSON.stringify(this.town)}) starts it again.`;
      return `The town has failed. ${sentence(status.reason ?? "")} ${again}`;
    }
    if (moment) return busy(status);
    if (link.kind === "stopped") {
      return `There is no town to show. ${sentence(describe(link, 0).replace(/^stopped: /, ""))} ${remedy(link)}`;
    }
    return link.kind === "reconnecting"
      ? `No answer yet: ${describe(link, Date.now())}.`
      : busy(status) || "Looking for the town …";
  }
}
