// The anywidget module: joins a model, an element and a town. Nothing is awaited; nothing outlives its element.

import type { AnyModel } from "@anywidget/types";
import { findServer } from "./page";
import { showNoServer, showTown } from "./view";

interface Traits {
  town: string;
  run: string;
  height: number;
}

interface Host {
  model: AnyModel<Traits>;
  el: HTMLElement;
  /** Missing in hosts that are older than it. */
  signal?: AbortSignal;
}

function render({ model, el, signal }: Host): () => void {
  const root = document.createElement("div");
  root.className = "aitown-root";
  // Lab's shortcuts stay out of here: Enter and arrows are for the map.
  root.dataset.lmSuppressShortcuts = "true";
  el.append(root);
  const tall = () => root.style.setProperty("--aitown-height", `${model.get("height")}px`);
  let end = () => {};
  const show = () => {
    end();
    const server = findServer(document, location);
    const town = model.get("town");
    const view = server && showTown(root, server, town, model.get("run"));
    end = view ? () => view.close() : showNoServer(root, town);
  };
  const close = () => {
    model.off("change:height", tall);
    model.off("change:town", show);
    model.off("change:run", show);
    signal?.removeEventListener("abort", close);
    end();
    end = () => {};
    root.remove();
  };
  model.on("change:height", tall);
  model.on("change:town", show);
  model.on("change:run", show);
  signal?.addEventListener("abort", close);
  tall();
  show();
  if (signal?.aborted) close();
  return close;
}

export default { render };
