import { type Glyph, glyphElement } from "../glyphs";

type Child = Node | string | undefined;
type Props = {
  class?: string;
  title?: string;
  text?: string;
  [attribute: `aria-${string}` | `data-${string}`]: string;
} & {
  role?: string;
  type?: string;
  maxlength?: string;
  min?: string;
  step?: string;
  value?: string;
};

/** An element with classes of this widget ("bar name" → "aitown-bar aitown-name"), attributes and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "class") element.className = classes(value);
    else if (name === "text") element.textContent = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

const classes = (names: string) =>
  names
    .split(" ")
    .map((name) => `aitown-${name}`)
    .join(" ");

export function button(glyph: Glyph, label: string, run: () => void, more = ""): HTMLButtonElement {
  const element = h("button", {
    class: `button ${more}`.trim(),
    type: "button",
    title: label,
    "aria-label": label,
  });
  element.append(glyphElement(glyph));
  element.addEventListener("click", run);
  return element;
}

/** Changes text only where it differs: screen readers and selections stay calm. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
