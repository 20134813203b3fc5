// What people are coloured by, and what the colours mean.

import type { Mirror } from "../mirror";
import { type Heat, heatKey } from "../scene/heat";
import { type Key, NOTHING, type Tint, tintable } from "../scene/tint";
import { h, setText } from "./dom";

const OWN = "";
/** The area for which the key of a heat says how many people are there, in tiles. */
const AREA = 100;
const rough = (value: number) => Number(value.toPrecision(2));
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
  /** What a heat's key says at its ends: it changes with the picture, so its elements stay. */
  private readonly ends = [h("span"), h("span")] as const;

  constructor(
    private readonly tint: () => Tint,
    private readonly heat: () => Heat["range"] | undefined,
  ) {
    this.element.hidden = true;
  }

  update(): void {
    const { column, key, version } = this.tint();
    const [low, high] = this.heat()?.map((people) => rough(AREA * people)) ?? [];
    this.element.hidden = column === null && high === undefined;
    if (this.element.hidden) return;
    const [least, most] = this.ends;
    if (column === null) {
      setText(least, number(low!));
      setText(most, number(high!));
    }
    const made = column === null ? "heat" : `${column} ${version}`;
    if (made === this.made) return;
    this.made = made;
    this.element.replaceChildren(
      h("h3", { text: column === null ? "How many are where" : words(column) }),
      column === null ? this.ramp(heatKey(), `people in ${AREA} tiles`, ...this.ends) : this.body(key),
    );
  }

  private body(key: Key | undefined): HTMLElement {
    if (!key) return h("p", { text: "Nobody has a value." });
    if (key.kind === "categories") {
      const rows = key.swatches.map(({ label, colour }) => h("li", {}, this.swatch(colour), label));
      return h("ul", {}, ...rows);
    }
    const per = key.unit === "cent" ? 100 : 1; // amounts are said in hundreds, as in the panel
    const colours = key.ramp.filter((_, i) => i % 7 === 0);
    const [least, most] = [key.low, key.high].map((value) => h("span", { text: number(value / per) }));
    return this.ramp(colours, per === 1 ? key.unit : "money", least!, most!);
  }

  private ramp(colours: string[], unit: string, least: HTMLElement, most: HTMLElement): HTMLElement {
    const bar = h("div", { class: "ramp" });
    bar.style.backgroundImage = `linear-gradient(to right, ${colours.join(",")})`;
    return h("div", {}, bar, h("div", { class: "ends" }, least, unit, most));
  }

  private swatch(colour: string): HTMLElement {
    const swatch = h("span", { class: colour === NOTHING ? "swatch plain" : "swatch" });
    swatch.style.background = colour;
    return swatch;
  }
}
