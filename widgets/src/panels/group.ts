// Several people at once: how they are on average, what they do, and who they are.

import type { Mirror } from "../mirror";
import { clothesOf } from "../scene/figures";
import { bar } from "./bars";
import { button, h, setText } from "./dom";
import { rove } from "./roving";
import { shares } from "./words";

const LISTED = 60;
const DOINGS = 5;

export class GroupPanel {
  readonly element = h("section", { class: "group", "aria-label": "Selected people" });
  private readonly title = h("h3", { class: "person-name" });
  private readonly doing = h("p", { class: "about" });
  private readonly bars = h("div", { class: "bars" });
  private readonly list = rove(h("ul", { class: "members", "aria-label": "Arrows go from name to name" }));
  private ids: readonly number[] = [];

  constructor(
    private readonly mirror: Mirror,
    private readonly select: (ids: readonly number[]) => void,
  ) {
    const shut = button("close", "Close", () => select([]), "quiet");
    this.element.append(
      h("div", { class: "person-head" }, h("div", {}, this.title, this.doing), shut),
      this.bars,
      this.list,
    );
    this.element.hidden = true;
  }

  show(ids: readonly number[]): void {
    this.ids = ids;
    this.element.hidden = ids.length < 2;
    if (this.element.hidden) return;
    this.list.replaceChildren(...ids.slice(0, LISTED).map((id) => this.member(id)));
    if (ids.length > LISTED)
      this.list.append(h("li", { text: `and ${(ids.length - LISTED).toLocaleString("en")} more` }));
    this.update();
  }

  update(): void {
    if (this.element.hidden) return;
    const { npcs } = this.mirror;
    const slots = this.ids.map((id) => npcs.slot(id)).filter((slot) => slot !== undefined);
    setText(this.title, `${slots.length.toLocaleString("en")} people`);
    const counts = new Map<string, number>();
    const activityOf = npcs.column("activity");
    for (const slot of slots) {
      const activity = String(activityOf(slot) ?? "");
      counts.set(activity, (counts.get(activity) ?? 0) + 1);
    }
    const most = [...counts].filter(([doing]) => doing).sort((a, b) => b[1] - a[1]);
    setText(
      this.doing,
      most
        .slice(0, DOINGS)
        .map(([doing, n]) => `${n} ${doing}`)
        .join(", "),
    );
    const first = slots[0];
    const columns = first === undefined ? [] : shares(this.mirror, npcs.at(first).row);
    while (this.bars.childElementCount > columns.length) this.bars.lastElementChild!.remove();
    columns.forEach((column, i) => {
      const reads = npcs.column(column.name);
      const mean = slots.reduce((sum, slot) => sum + Number(reads(slot)), 0) / Math.max(1, slots.length);
      bar(this.bars, i, column, mean, `mean of ${slots.length}`);
    });
  }

  private member(id: number): HTMLElement {
    const one = h("button", {
      class: "mention",
      type: "button",
      text: this.mirror.npcs.name(id) ?? `#${id}`,
    });
    one.style.setProperty("--aitown-clothes", clothesOf(id));
    one.addEventListener("click", () => this.select([id]));
    return h("li", {}, one);
  }
}
