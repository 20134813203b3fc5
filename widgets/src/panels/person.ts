// Who the selected person is, what they do and why, how they feel, and what they said last.

import type { Mirror } from "../mirror";
import type { Api } from "../page";
import { clothesOf } from "../scene/figures";
import type { NpcRow } from "../types";
import { bar } from "./bars";
import { button, h, setText } from "./dom";
import { amounts, doing, shares, timeOf } from "./words";

const LAST_SAID = 4;

const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

export class PersonPanel {
  readonly element = h("section", { class: "person", "aria-label": "Person" });
  private readonly known = new Map<number, Record<string, unknown>>();
  private readonly name = h("h3", { class: "person-name" });
  private readonly about = h("p", { class: "about" });
  private readonly story = h("p", { class: "story" });
  private readonly facts = h("dl", { class: "facts" });
  private readonly doing = h("p", { class: "doing" });
  private readonly partner = h("p", { class: "partner" });
  private readonly purse = h("p", { class: "purse" });
  private readonly bars = h("div", { class: "bars" });
  private readonly said = h("ul", { class: "said" });
  private readonly portrait = h("span", { class: "portrait", "aria-hidden": "true" });
  private readonly stay = button("eye", "Follow", () => this.follow());
  private asking: AbortController | undefined;
  private id: number | undefined;

  constructor(
    private readonly mirror: Mirror,
    private readonly api: Api,
    private readonly select: (id: number | undefined) => void,
    private readonly ties: HTMLElement,
    private readonly eye: { following(): boolean; follow(id: number | null): void },
  ) {
    const shut = button("close", "Close", () => select(undefined), "quiet");
    const head = h(
      "div",
      { class: "person-head" },
      this.portrait,
      h("div", {}, this.name, this.about),
      this.stay,
      shut,
    );
    this.element.append(
      head,
      this.doing,
      this.partner,
      this.bars,
      this.purse,
      this.ties,
      this.story,
      this.facts,
      this.said,
    );
    this.element.hidden = true;
  }

  show(id: number | undefined): void {
    this.id = id;
    this.asking?.abort();
    this.element.hidden = id === undefined;
    if (id === undefined) return;
    this.portrait.style.setProperty("--aitown-clothes", clothesOf(id));
    this.bars.replaceChildren();
    this.persona(this.known.get(id) ?? {});
    if (!this.known.has(id)) void this.ask(id);
    this.update();
  }

  close(): void {
    this.asking?.abort();
  }

  private follow(): void {
    this.eye.follow(this.eye.following() ? null : (this.id ?? null));
    this.update();
  }

  update(): void {
    if (this.id === undefined) return;
    const row = this.mirror.npcs.get(this.id)?.row;
    if (!row) {
      setText(this.doing, "no longer in town");
      return;
    }
    this.stay.setAttribute("aria-pressed", String(this.eye.following()));
    setText(this.name, row.name);
    setText(this.doing, doing(row));
    this.talk(row);
    this.needs(row);
    const money = amounts(this.mirror, row);
    this.purse.hidden = !money;
    setText(this.purse, money);
    this.lines(this.id);
  }

  private async ask(id: number): Promise<void> {
    const mine = new AbortController();
    this.asking = mine;
    try {
      const { persona } = await this.api.person(id, mine.signal);
      this.known.set(id, persona);
      if (this.id === id) this.persona(persona);
    } catch (fault) {
      if (!mine.signal.aborted && this.id === id)
        setText(this.story, fault instanceof Error ? fault.message : "");
    }
  }

  private persona(persona: Record<string, unknown>): void {
    const age = text(persona.age);
    setText(this.about, [text(persona.occupation), age && `${age} years`].filter(Boolean).join(", "));
    setText(this.story, text(persona.background));
    const traits = Array.isArray(persona.traits) ? persona.traits.join(", ") : "";
    const facts = [
      ["traits", traits],
      ["lives at", text(persona.home)],
      ["works at", text(persona.work)],
    ].filter(([, value]) => value);
    this.facts.replaceChildren(
      ...facts.flatMap(([name = "", value = ""]) => [h("dt", { text: name }), h("dd", { text: value })]),
    );
  }

  private talk(row: NpcRow): void {
    const other = typeof row.partner === "number" ? this.mirror.npcs.get(row.partner)?.row : undefined;
    this.partner.hidden = !other;
    if (!other || this.partner.dataset.other === String(other.id)) return;
    this.partner.dataset.other = String(other.id);
    const link = h("button", { class: "mention", type: "button", text: other.name });
    link.addEventListener("click", () => this.select(other.id));
    this.partner.replaceChildren("talking with ", link);
  }

  private needs(row: NpcRow): void {
    const columns = shares(this.mirror, row);
    while (this.bars.childElementCount > columns.length) this.bars.lastElementChild!.remove();
    columns.forEach((column, i) => {
      bar(this.bars, i, column, row[column.name] as number);
    });
  }

  private lines(id: number): void {
    const lines = this.mirror.lines.list
      .filter((line) => line.kind === "said" && line.npc === id)
      .slice(-LAST_SAID);
    const key = lines.map((line) => line.id).join();
    if (this.said.dataset.lines === key) return;
    this.said.dataset.lines = key;
    this.said.replaceChildren(
      ...lines
        .reverse()
        .map((line) => h("li", {}, h("time", { text: timeOf(line.clock) }), ` “${line.text}”`)),
    );
  }
}
