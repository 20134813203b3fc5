// What is shown of a town on this page, by the best way that there is to it.

import type { Handle, Told } from "./handle";
import type { Server } from "./page";
import { h } from "./panels/dom";
import type { Replay } from "./replay/decode";
import type { Carried } from "./timeline/dock";
import { either } from "./transport/changeover";
import type { Carrier } from "./transport/comm";
import { byKernel, byServer } from "./transport/way";
import { View } from "./view";

/** Where a town can be reached from a page. */
export interface Doors {
  server: Server | undefined;
  /** A kernel that hosts the town, or passes on what its server says. */
  kernel: Carrier | undefined;
}

/** Shows a live town in `root`, or what the view carries of it while it can't be reached. Undefined without a door. */
export function showTown(
  root: HTMLElement,
  { server, kernel }: Doors,
  carried: Carried,
  town: string,
  run: string,
  told: Told = {},
): Handle | undefined {
  if (!server && !kernel) return undefined;
  const spare = () => byKernel(kernel!);
  const way = !server ? spare() : kernel ? either(byServer(server, town), spare) : byServer(server, town);
  return new View(root, { way, carried }, town, run, told);
}

/** Shows a recorded stretch in `root`. */
export function showRecorded(root: HTMLElement, recorded: Replay, told: Told = {}): Handle {
  const { town, run } = recorded.header;
  return new View(root, { recorded }, town, run, told);
}

/** What is shown where no Jupyter server stands behind the page. */
export function showNoServer(root: HTMLElement, town: string): () => void {
  const words = `The town “${town}” lives on a Jupyter server, and none serves this page. Open the notebook in JupyterLab with aitown installed to see it.`;
  root.append(h("div", { class: "card alone" }, words));
  return () => root.replaceChildren();
}
