// What people are coloured by, and what the colours mean.

import type { Mirror } from "../mirror";
import { type Key, NOTHING, type Tint, tintable } from "../scene/tint";
import { h } from "./dom";

const OWN = "";
const words = (name: string) => name.replaceAll("_", " ");
const number = (value: number) =>
  value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0 });

/** The columns of the state to choose from. */
export class ColourChoice {
  readonly element = h("select", { class: "select", "aria-label": "Colour by", title: "Colour people by" });
  private made = "";

  constructor(
    private readonly mirror: Mirror,
    private readonly tint: () => Tint,
    choose: (column: string | null) => void,
  ) {
    this.element.addEventListener("change", () => choose(this.element.value || null));
  }

  update(): void {
    const columns = tintable(this.mirror);
    const chosen = this.tint().column ?? OWN;
    const key = columns.map(({ name }) => name).join();
    if (key !== this.made) {
      this.made = key;
      const option = (value: string, text: string, doc = "") => {
        const one = h("option", { text, title: doc });
        one.value = value;
        return one;
      };
      this.element.replaceChildren(
        option(OWN, "Colour: own clothes"),
        ...columns.map(({ name, doc }) => option(name, `Colour: ${words(name)}`, doc)),
      );
    }
    if (this.element.value !== chosen) this.element.value = chosen;
  }
}

/** The legend of the colours, as long as they mean something. */
export class ColourKey {
  readonly element = h("section", { class: "key", "aria-label": "What colours mean" });
  private made = "";

  constructor(private readonly tint: () => Tint) {
    this.element.hidden = true;
  }

  update(): void {
    const { column, key, version } = this.tint();
    this.element.hidden = column === null;
    const made = `${column} ${version}`;
    if (column === null || made === this.made) return;
    this.made = made;
    this.element.replaceChildren(h("h3", { text: words(column) }), this.body(key));
  }

  private body(key: Key | undefined): HTMLElement {
    if (!key) return h("p", { text: "Nobody has a value." });
    if (key.kind === "categories") {
      const rows = key.swatches.map(({ label, colour }) => h("li", {}, this.swatch(colour), label));
      return h("ul", {}, ...rows);
    }
    const bar = h("div", { class: "ramp" });
    bar.style.backgroundImage = `linear-gradient(to right, ${key.ramp.filter((_, i) => i % 7 === 0).join(",")})`;
    const per = key.unit === "cent" ? 100 : 1; // amounts are said in hundreds, as in the panel
    const ends = h(
      "div",
      { class: "ends" },
      h("span", { text: number(key.low / per) }),
      per === 1 ? key.unit : "money",
      h("span", { text: number(key.high / per) }),
    );
    return h("div", {}, bar, ends);
  }

  private swatch(colour: string): HTMLElement {
    const swatch = h("span", { class: colour === NOTHING ? "swatch plain" : "swatch" });
    swatch.style.background = colour;
    return swatch;
  }
}
