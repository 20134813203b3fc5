// Acting on the town: say, send somewhere, open and close. Each act is an input, and what became of it is said.

import type { Mirror } from "../mirror";
import type { Api, Input } from "../page";
import { h, setText } from "./dom";

const MOST_SENT = 50;
const MOST_WORDS = 500;

const field = <T extends HTMLElement>(label: string, control: T, ...more: HTMLElement[]) => {
  control.setAttribute("aria-label", label);
  return h("div", { class: "act-row" }, h("span", { class: "act-label", text: label }), control, ...more);
};

export class ActPanel {
  readonly element = h("section", { class: "act", "aria-label": "Act" });
  private readonly whom = h("p", { class: "about" });
  private readonly words = h("input", { class: "field", type: "text" });
  private readonly goal = h("select", { class: "select" });
  private readonly place = h("select", { class: "select" });
  private readonly answer = h("p", { class: "answer", role: "status" });
  private readonly send: HTMLButtonElement;
  private ids: readonly number[] = [];
  private made = "";

  constructor(
    private readonly mirror: Mirror,
    private readonly api: Api,
  ) {
    this.words.maxLength = MOST_WORDS;
    const say = this.act("Say", () => this.say());
    this.send = this.act("Send", () => this.move());
    this.words.addEventListener("keydown", (event) => {
      if (event.key === "Enter") void this.say();
    });
    const doors = (["close", "open", "hours"] as const).map((kind) =>
      this.act(kind === "hours" ? "Usual hours" : kind === "close" ? "Close" : "Open", () =>
        this.give({ kind, place: Number(this.place.value) }),
      ),
    );
    this.element.append(
      h("h3", { text: "Act" }),
      this.whom,
      field("Words", this.words, say),
      field("Go to", this.goal, this.send),
      field("Place", this.place),
      h("div", { class: "act-row doors", role: "group", "aria-label": "Opening" }, ...doors),
      this.answer,
    );
    this.element.hidden = true;
  }

  /** Whom the acts are about: nobody is the whole town. */
  show(ids: readonly number[]): void {
    this.ids = ids;
    this.update();
  }

  update(): void {
    if (this.element.hidden) return;
    const { places, npcs } = this.mirror;
    const [first] = this.ids;
    const one = first === undefined ? "the whole town" : (npcs.name(first) ?? `#${first}`);
    setText(this.whom, this.ids.length > 1 ? `To ${this.ids.length} people` : `To ${one}`);
    this.send.disabled = this.ids.length === 0;
    const all = [...places.values()].sort((a, b) => a.name.localeCompare(b.name));
    const made = all.map(({ id, open }) => `${id}${open === false ? "c" : ""}`).join();
    if (made === this.made) return;
    this.made = made;
    for (const select of [this.goal, this.place]) {
      const { value } = select;
      select.replaceChildren(
        ...all.map(({ id, name, open }) => {
          const option = h("option", { text: open === false ? `${name} (closed)` : name });
          option.value = String(id);
          return option;
        }),
      );
      if (value) select.value = value;
    }
  }

  private act(text: string, run: () => unknown): HTMLButtonElement {
    const element = h("button", { class: "chip", type: "button", text });
    element.addEventListener("click", run);
    return element;
  }

  private async say(): Promise<void> {
    const text = this.words.value.trim();
    if (!text) return;
    const to = this.ids.length > 0 ? this.ids : [undefined];
    if (
      await this.give(
        ...to.map((id) => ({ kind: "say" as const, text, ...(id === undefined ? {} : { to: id }) })),
      )
    )
      this.words.value = "";
  }

  private move(): Promise<boolean> {
    const place = Number(this.goal.value);
    return this.give(...this.ids.map((npc) => ({ kind: "move" as const, npc, place })));
  }

  /** Gives inputs, one after the other; the first that is refused is the last. True when all were accepted. */
  private async give(...inputs: Input[]): Promise<boolean> {
    if (inputs.length > MOST_SENT) {
      this.tell(`At most ${MOST_SENT} people at a time; ${inputs.length} are selected.`, "refused");
      return false;
    }
    this.tell("…", "asked");
    let tick = 0;
    for (const [i, input] of inputs.entries()) {
      try {
        ({ tick } = await this.api.input(input));
      } catch (fault) {
        const before = i > 0 ? `${i} accepted, then refused: ` : "Refused: ";
        this.tell(before + (fault instanceof Error ? fault.message : String(fault)), "refused");
        return false;
      }
    }
    this.tell(`Accepted, for tick ${tick.toLocaleString("en")}.`, "accepted");
    return true;
  }

  private tell(words: string, how: "asked" | "accepted" | "refused"): void {
    this.answer.dataset.how = how;
    setText(this.answer, words);
  }
}
