// Acting on the town: a form for each act. Each act is an input, and what became of it is said.

import type { Mirror } from "../mirror";
import type { Api, Input } from "../page";
import { ACTS, type Act, type Field, type Form, WHOM } from "./acts";
import { h, setText } from "./dom";

const MOST_SENT = 50;
const MOST_WORDS = 500;
const LABELS: Record<Field, string> = {
  words: "Words",
  place: "Place",
  at: "At",
  minutes: "Minutes",
  whom: "Tells",
  amount: "Amount",
};

const choice = (value: string, text: string) => {
  const option = h("option", { text });
  option.value = value;
  return option;
};

export class ActPanel {
  readonly element = h("section", { class: "act", "aria-label": "Act" });
  private readonly which = h("select", { class: "select", "aria-label": "What to do" });
  private readonly whom = h("p", { class: "about" });
  private readonly answer = h("p", { class: "answer", role: "status" });
  private readonly fields: Record<Field, HTMLInputElement | HTMLSelectElement> = {
    place: h("select", { class: "select" }),
    at: h("input", { class: "field", type: "time" }),
    minutes: h("input", { class: "field", type: "number", min: "10", step: "10", value: "120" }),
    whom: h("select", { class: "select" }),
    amount: h("input", { class: "field", type: "number", min: "0.01", step: "0.01", value: "10.00" }),
    words: h("input", { class: "field", type: "text", maxlength: String(MOST_WORDS) }),
  };
  private readonly rows = {} as Record<Field, HTMLElement>;
  private readonly buttons = h("div", { class: "act-row doors", role: "group", "aria-label": "Do it" });
  private ids: readonly number[] = [];
  private made = "";
  private offered = "";
  private act: Act = ACTS[0]!;

  constructor(
    private readonly mirror: Mirror,
    private readonly api: Api,
  ) {
    const form = h("div", { class: "act-form" });
    for (const [name, control] of Object.entries(this.fields) as [Field, HTMLElement][]) {
      control.setAttribute("aria-label", LABELS[name]);
      const label = h("span", { class: "act-label", text: LABELS[name] });
      form.append((this.rows[name] = h("div", { class: "act-row" }, label, control)));
    }
    this.fields.whom.append(...Object.entries(WHOM).map(([value, text]) => choice(value, text)));
    this.fields.words.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key === "Enter") void this.run(0);
    });
    this.which.addEventListener("change", () => this.choose(Number(this.which.value)));
    this.element.append(this.which, this.whom, form, this.buttons, this.answer);
    this.element.hidden = true;
    this.choose(0);
  }

  /** Whom the acts are about: nobody is the whole town. */
  show(ids: readonly number[]): void {
    this.ids = ids;
    this.fields.whom.value = ids.length > 1 ? "selected" : "nobody";
    this.update();
  }

  update(): void {
    if (this.element.hidden) return;
    const { ids } = this;
    const money = this.mirror.schema?.npcs?.some(({ name }) => name === "money") ?? false;
    const offered = String(money);
    if (offered !== this.offered) {
      this.offered = offered;
      const acts = ACTS.map((act, i) => [act, i] as const).filter(([act]) => money || !act.money);
      this.which.replaceChildren(...acts.map(([{ name }, i]) => choice(String(i), name)));
      this.which.value = String(ACTS.indexOf(this.act));
    }
    setText(this.whom, this.about());
    for (const button of this.buttons.children as HTMLCollectionOf<HTMLButtonElement>)
      button.disabled = this.act.someone && ids.length === 0;
    (this.fields.whom.children[1] as HTMLOptionElement).disabled = ids.length < 2;
    if (!this.fields.at.value && this.mirror.moment) {
      const hour = (Number(this.mirror.moment.clock.slice(11, 13)) + 1) % 24;
      this.fields.at.value = `${String(hour).padStart(2, "0")}:00`;
    }
    this.offerPlaces();
  }

  private choose(i: number): void {
    this.act = ACTS[i]!;
    const { fields, buttons } = this.act;
    for (const [name, row] of Object.entries(this.rows)) row.hidden = !fields.includes(name as Field);
    this.buttons.replaceChildren(
      ...buttons.map(({ label }, k) => {
        const button = h("button", { class: "chip", type: "button", text: label });
        button.addEventListener("click", () => void this.run(k));
        return button;
      }),
    );
    this.tell("", "asked");
    this.update();
  }

  private about(): string {
    const { ids, act } = this;
    const name = (id: number) => this.mirror.npcs.name(id) ?? `#${id}`;
    if (act.fields.includes("whom")) {
      const host = ids.at(-1);
      return host === undefined ? "Select who invites." : `${name(host)} invites.`;
    }
    if (!act.someone && act.fields.includes("place")) return "A place of the town";
    if (ids.length > 1) return `${ids.length} people`;
    if (ids.length === 1) return name(ids[0]!);
    return act.someone ? "Select somebody first." : "The whole town";
  }

  private offerPlaces(): void {
    const all = [...this.mirror.places.values()].sort((a, b) => a.name.localeCompare(b.name));
    const made = all.map(({ id, open }) => `${id}${open === false ? "c" : ""}`).join();
    if (made === this.made) return;
    this.made = made;
    const select = this.fields.place;
    const { value } = select;
    select.replaceChildren(
      ...all.map(({ id, name, open }) => choice(String(id), open === false ? `${name} (closed)` : name)),
    );
    if (value) select.value = value;
  }

  private async run(which: number): Promise<void> {
    const { words, place, at, minutes, whom, amount } = this.fields;
    const form: Form = {
      words: words.value.trim(),
      place: Number(place.value),
      at: at.value,
      minutes: Number(minutes.value),
      whom: whom.value,
      amount: Number(amount.value),
    };
    const { act } = this;
    const silent = act.fields[0] === "words" && !form.words;
    if (silent || (act.someone && this.ids.length === 0)) return;
    if (await this.give(act.buttons[which]!.inputs(form, this.ids))) words.value = "";
  }

  /** Gives inputs, one after the other; the first that is refused is the last. True when all were accepted. */
  private async give(inputs: Input[]): Promise<boolean> {
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
