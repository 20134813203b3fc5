// What happened and what was said, newest first; as long as the mirror's memory and no longer.

import type { Line } from "../lines";
import type { Mirror } from "../mirror";
import { clothesOf } from "../scene/figures";
import { h, setText } from "./dom";
import { rove } from "./roving";
import { happening, timeOf } from "./words";

const SHOWN = 80;
const VOICE = "Researcher";

export class Feed {
  readonly element = h("section", { class: "feed", "aria-label": "What happens" });
  private readonly list = rove(
    h("ol", { class: "lines", "aria-label": "Newest first; arrows go from name to name" }),
  );
  private readonly empty = h("p", { class: "empty", text: "Nothing was said yet." });
  private readonly all = h("button", {
    class: "chip",
    type: "button",
    text: "everything",
    "aria-pressed": "false",
  });
  private readonly gap = h("p", { class: "gap" });
  private newest = -1;
  private version = 0;

  constructor(
    private readonly mirror: Mirror,
    private readonly select: (id: number) => void,
  ) {
    this.all.title = "Show arrivals, decisions and the like, not only speech";
    this.all.addEventListener("click", () => {
      this.all.setAttribute("aria-pressed", String(!this.everything()));
      this.newest = -1;
      this.list.replaceChildren();
      this.update();
    });
    const head = h("div", { class: "feed-head" }, h("h3", { text: "Town talk" }), this.all);
    this.element.append(head, this.empty, this.list, this.gap);
  }

  update(): void {
    const { list: lines, version, missed } = this.mirror.lines;
    if (version !== this.version) {
      this.version = version;
      this.newest = -1;
      this.list.replaceChildren();
    }
    this.gap.hidden = missed === 0;
    setText(this.gap, `${missed.toLocaleString("en")} lines were missed; the history has them.`);
    const fresh = lines.filter(
      (line) => line.id > this.newest && (this.everything() || line.kind === "said"),
    );
    this.newest = lines.at(-1)?.id ?? -1;
    if (fresh.length > 0) {
      this.list.prepend(
        ...fresh
          .slice(-SHOWN)
          .reverse()
          .map((line) => this.item(line)),
      );
      while (this.list.childElementCount > SHOWN) this.list.lastElementChild!.remove();
    }
    this.empty.hidden = this.list.childElementCount > 0;
  }

  private everything(): boolean {
    return this.all.getAttribute("aria-pressed") === "true";
  }

  private nameOf(id: number): string {
    return this.mirror.npcs.name(id) ?? (id < 0 ? VOICE : `#${id}`);
  }

  private item(line: Line): HTMLElement {
    const sentence = happening(line, (id) => this.nameOf(id));
    const who = h("button", { class: "mention", type: "button", text: this.nameOf(line.npc) });
    if (line.npc >= 0) {
      who.style.setProperty("--aitown-clothes", clothesOf(line.npc));
      who.addEventListener("click", () => this.select(line.npc));
    } else who.disabled = true;
    const what =
      sentence === undefined ? h("q", { class: "speech", text: line.text }) : h("span", { text: sentence });
    const kind = sentence === undefined ? "said" : "other";
    const whom =
      kind === "said" && line.other >= 0
        ? h("span", { class: "whom", text: `to ${this.nameOf(line.other)}` })
        : "";
    return h(
      "li",
      { class: "line", "data-kind": kind },
      h("time", { text: timeOf(line.clock) }),
      h("div", {}, who, " ", whom, what),
    );
  }
}
