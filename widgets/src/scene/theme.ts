// What the page around the scene looks like, as colours that a canvas understands.

import type { Look } from "./labels";

export interface Theme {
  dark: boolean;
  background: string;
  accent: string;
  tie: string;
  label: Look;
  name: Look;
  bubble: Look;
}

function luminance(colour: string): number {
  const [r = 255, g = 255, b = 255] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return (0.3 * r + 0.59 * g + 0.11 * b) / 255;
}

export function readTheme(root: Element): Theme {
  const style = getComputedStyle(root);
  const background = style.backgroundColor || "rgb(255, 255, 255)";
  const dark = luminance(background) < 0.5;
  const family = style.fontFamily || "system-ui, sans-serif";
  const paper = dark ? "rgba(36, 38, 44, 0.92)" : "rgba(255, 253, 248, 0.94)";
  const ink = dark ? "#eceae4" : "#2e2922";
  const line = dark ? "rgba(255,255,255,0.16)" : "rgba(60,45,25,0.18)";
  const look = (weight: number, size: number): Look => ({
    font: `${weight} ${size}px ${family}`,
    paper,
    ink,
    line,
  });
  return {
    dark,
    background,
    tie: dark ? "#f0a35e" : "#b4541a",
    accent: dark ? "#6cb8f0" : "#0b6fb8",
    label: look(600, 11),
    name: look(500, 11),
    bubble: {
      ...look(400, 12),
      paper: dark ? "rgba(46, 48, 55, 0.97)" : "rgba(255, 255, 255, 0.97)",
    },
  };
}

/** Calls back when Lab's theme, or the system's, may have changed; the returned function ends it. */
export function watchTheme(changed: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  let late: ReturnType<typeof setTimeout> | undefined;
  const soon = () => {
    changed();
    // Lab names the theme before its style sheet has arrived.
    clearTimeout(late);
    late = setTimeout(changed, 500);
  };
  const observer = new MutationObserver(soon);
  const attributeFilter = ["data-jp-theme-light", "data-jp-theme-name", "data-theme", "class"];
  for (const target of [document.body, document.documentElement]) {
    observer.observe(target, { attributes: true, attributeFilter });
  }
  media.addEventListener("change", soon);
  return () => {
    clearTimeout(late);
    observer.disconnect();
    media.removeEventListener("change", soon);
  };
}
