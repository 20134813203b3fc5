// Whom the selected person is close to: asked of the town while it lives, read from what was recorded when it is past.

import type { Mirror } from "../mirror";
import type { Ties as Lines, Tie } from "../scene/ties";
import { h, setText } from "./dom";

const AGAIN_AFTER = 4_000;
const LISTED = 6;
const DRAWN = 12;

export interface Source {
  /** The ties of the past, where it is the past that is shown; null where none were recorded. */
  past(id: number): readonly Tie[] | null | undefined;
  ask(id: number, signal: AbortSignal): Promise<readonly Tie[]>;
}

export class TiesPanel {
  readonly element = h("section", { class: "ties", "aria-label": "Close to" });
  private readonly list = h("ul", { class: "tie-list" });
  private readonly words = h("p", { class: "about" });
  private asking: AbortController | undefined;
  private asked = { id: -1, tick: -1, at: Number.NEGATIVE_INFINITY };
  private id: number | undefined;

  constructor(
    private readonly mirror: Mirror,
    private readonly source: Source,
    private readonly lines: () => Lines,
    private readonly select: (id: number) => void,
    private readonly changed: () => void,
  ) {
    this.element.append(h("h4", { text: "Close to" }), this.list, this.words);
  }

  show(id: number | undefined): void {
    if (id === this.id) return;
    this.id = id;
    this.asked.id = -1;
    this.take(undefined, "");
    this.update();
  }

  close(): void {
    this.asking?.abort();
  }

  update(): void {
    const { id, mirror } = this;
    if (id === undefined || !mirror.moment) return;
    const past = this.source.past(id);
    if (past !== undefined) {
      this.asked.id = -1;
      this.take(past ?? [], past ? "Nobody yet." : "No ties were recorded with this.");
      return;
    }
    const { tick } = mirror.moment;
    const now = performance.now();
    const fresh = this.asked.id === id && (tick === this.asked.tick || now - this.asked.at < AGAIN_AFTER);
    if (!fresh) void this.ask(id, tick, now);
  }

  private async ask(id: number, tick: number, at: number): Promise<void> {
    this.asking?.abort();
    const mine = (this.asking = new AbortController());
    this.asked = { id, tick, at };
    try {
      const ties = await this.source.ask(id, mine.signal);
      if (this.asked.id === id) this.take(ties, "Nobody yet.");
    } catch (fault) {
      if (!mine.signal.aborted && this.asked.id === id)
        this.take([], fault instanceof Error ? fault.message : String(fault));
    }
  }

  private take(ties: readonly Tie[] | undefined, none: string): void {
    const lines = this.lines();
    const list = (ties ?? []).filter(({ other }) => this.mirror.npcs.has(other)).slice(0, DRAWN);
    const same = (a: Tie, b: Tie | undefined) => a.other === b?.other && a.strength === b.strength;
    setText(this.words, list.length > 0 ? "" : none);
    if (
      lines.of === this.id &&
      list.length === lines.list.length &&
      list.every((t, i) => same(t, lines.list[i]))
    )
      return;
    [lines.of, lines.list] = [this.id, list];
    this.list.replaceChildren(...list.slice(0, LISTED).map((tie) => this.item(tie)));
    this.changed();
  }

  private item({ other, strength }: Tie): HTMLElement {
    const name = h("button", { class: "mention", type: "button", text: this.mirror.npcs.name(other) ?? "" });
    name.addEventListener("click", () => this.select(other));
    const fill = h("span", { class: "tie-fill" });
    fill.style.width = `${Math.round(100 * strength)}%`;
    const share = `${Math.round(100 * strength)} %`;
    return h("li", { title: "How close, from 0 to 100 %" }, name, h("span", { class: "track" }, fill), share);
  }
}
