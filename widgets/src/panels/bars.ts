// A share from 0 to 1 as a bar, with its name and its per cent.

import type { ColumnSpec } from "../types";
import { h, setText } from "./dom";
import { pleasant } from "./words";

const GOOD = 0.55;
const FAIR = 0.3;

/** Makes or changes the bar at place `i` of `host`. */
export function bar(host: HTMLElement, i: number, column: ColumnSpec, value: number, more = ""): void {
  let one = host.children[i] as HTMLElement | undefined;
  if (!one) {
    const track = h("span", { class: "track" }, h("span", { class: "fill" }));
    one = h(
      "div",
      { class: "bar" },
      h("span", { class: "bar-name" }),
      track,
      h("span", { class: "bar-value" }),
    );
    host.append(one);
  }
  const [label, track, number] = [...one.children] as [HTMLElement, HTMLElement, HTMLElement];
  const how = pleasant(column, value);
  one.title = [column.doc, more].filter(Boolean).join("; ");
  one.dataset.how = how === undefined ? "plain" : how >= GOOD ? "good" : how >= FAIR ? "fair" : "poor";
  setText(label, column.name.replaceAll("_", " "));
  setText(number, `${Math.round(value * 100)} %`);
  (track.firstElementChild as HTMLElement).style.width = `${Math.min(100, Math.max(0, value * 100))}%`;
}
