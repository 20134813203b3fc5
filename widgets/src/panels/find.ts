// Finding somebody by name: a box with a list below it, by pointer and by keyboard.

import type { Mirror } from "../mirror";
import { h } from "./dom";

const SHOWN = 8;
let made = 0;

/** Ids and names that hold the words, those that begin with them first; at most `most`. */
export function matches(
  people: Iterable<readonly [id: number, name: string]>,
  words: string,
  most = SHOWN,
): [id: number, name: string][] {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return [];
  const [first, other]: [id: number, name: string][][] = [[], []];
  for (const [id, name] of people) {
    const at = name.toLowerCase().indexOf(wanted);
    if (at < 0) continue;
    if (at === 0 || name[at - 1] === " ") first!.push([id, name]);
    else if (other!.length < most) other!.push([id, name]);
    if (first!.length >= most) break;
  }
  return [...first!, ...other!].slice(0, most);
}

export class Find {
  readonly element: HTMLElement;
  private readonly input = h("input", { class: "field", type: "search", role: "combobox" });
  private readonly list = h("ul", { class: "options", role: "listbox", "aria-label": "People found" });
  private found: [id: number, name: string][] = [];
  private at = 0;

  constructor(
    private readonly mirror: Mirror,
    private readonly visit: (id: number) => void,
  ) {
    const { input, list } = this;
    list.id = `aitown-found-${made++}`;
    input.placeholder = "Find a person";
    input.autocomplete = "off";
    for (const [name, value] of [
      ["aria-label", "Find a person"],
      ["aria-autocomplete", "list"],
      ["aria-controls", list.id],
    ] as const)
      input.setAttribute(name, value);
    this.element = h("div", { class: "find" }, input, list);
    input.addEventListener("input", () => this.look());
    input.addEventListener("focus", () => this.look());
    input.addEventListener("blur", () => this.show(false));
    input.addEventListener("keydown", (event) => this.press(event));
    this.show(false);
  }

  private press(event: KeyboardEvent): void {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") this.move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Enter") this.choose(this.found[this.at]);
    else if (key === "Escape" && !this.list.hidden) this.show(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private *people(): Iterable<[number, string]> {
    const { npcs } = this.mirror;
    for (const id of npcs.keys()) yield [id, npcs.name(id) ?? ""];
  }

  private look(): void {
    this.found = matches(this.people(), this.input.value);
    this.at = 0;
    this.list.replaceChildren(
      ...this.found.map(([id, name], i) => {
        const option = h("li", { role: "option", text: name });
        option.id = `${this.list.id}-${i}`;
        // Before the box loses the focus.
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          this.choose([id, name]);
        });
        return option;
      }),
    );
    this.show(this.found.length > 0);
    this.move(0);
  }

  private move(by: number): void {
    const { length } = this.found;
    if (length === 0) return;
    this.at = (this.at + by + length) % length;
    [...this.list.children].forEach((option, i) => {
      option.setAttribute("aria-selected", String(i === this.at));
    });
    this.input.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
  }

  private show(open: boolean): void {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (!open) this.input.removeAttribute("aria-activedescendant");
  }

  private choose(one: [id: number, name: string] | undefined): void {
    if (!one) return;
    this.input.value = one[1];
    this.show(false);
    this.visit(one[0]);
  }
}
