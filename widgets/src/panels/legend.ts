// What colours and signs mean: only those that this town has.

import { activityGlyph, glyphElement, kindGlyph } from "../glyphs";
import type { Mirror } from "../mirror";
import { kindOf } from "../scene/palette";
import { h } from "./dom";

export class Legend {
  readonly element = h("section", { class: "legend", "aria-label": "Legend" });
  private made = "";

  constructor(private readonly mirror: Mirror) {
    this.element.hidden = true;
    this.element.tabIndex = 0; // it scrolls where the view is low
  }

  update(): void {
    if (this.element.hidden) return;
    const { schema, places: all, npcs } = this.mirror;
    const kinds = [...new Set([...all.values()].map((place) => place.kind))];
    const labels = schema?.npcs?.find((column) => column.name === "activity")?.labels;
    const seen = () => {
      const activityOf = npcs.column("activity");
      return [...new Set(Array.from({ length: npcs.size }, (_, slot) => String(activityOf(slot) ?? "")))];
    };
    const activities = (labels ?? seen()).filter(Boolean);
    const key = `${kinds.join()} ${activities.join()}`;
    if (key === this.made) return;
    this.made = key;
    const places = kinds.map((kind) => {
      const sign = h("span", { class: "sign" }, glyphElement(kindGlyph(kind)));
      sign.style.setProperty("--aitown-sign", kindOf(kind).ink);
      return h("li", {}, sign, kind === "cafe" ? "café" : kind);
    });
    const badges = activities
      .filter((activity) => !["steps", "dot"].includes(activityGlyph(activity)))
      .map((activity) =>
        h("li", {}, h("span", { class: "sign plain" }, glyphElement(activityGlyph(activity))), activity),
      );
    this.element.replaceChildren(
      h("h3", { text: "Places" }),
      h("ul", {}, ...places),
      h("h3", { text: "Doing" }),
      h("ul", {}, ...badges),
      h("h3", { text: "Lines" }),
      h(
        "ul",
        { class: "line-key" },
        h("li", {}, h("span", { class: "line-sign tie" }), "close to the selected: the wider, the closer"),
        h("li", {}, h("span", { class: "line-sign" }), "talks with the selected"),
      ),
      h("p", {
        text: "Drag to pan; wheel over the focused map, or + and −, to zoom; arrows, Enter and Escape by keyboard.",
      }),
    );
  }
}
