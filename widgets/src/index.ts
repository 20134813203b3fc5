// The anywidget module: joins a model, an element and a town. Nothing is awaited; nothing outlives its element.

import type { AnyModel } from "@anywidget/types";
import { Bridge, type Shared } from "./bridge";
import type { Handle } from "./handle";
import { findServer } from "./page";
import { decodeReplay } from "./replay/decode";
import type { Carrier } from "./transport/comm";
import { showKernel, showNoServer, showRecorded, showTown } from "./view";

interface Traits extends Shared {
  town: string;
  run: string;
  height: number;
  /** A recorded stretch; empty for none. */
  replay: DataView | undefined;
  /** There is a town to be live with, beside what was recorded. */
  live: boolean;
  /** The town lives in the kernel. */
  kernel: boolean;
}

interface Host {
  model: AnyModel<Traits>;
  el: HTMLElement;
  /** Missing in hosts that are older than it. */
  signal?: AbortSignal;
}

/** The bytes of a trait; undefined where there are none. */
function bytesOf(view: DataView | undefined): Uint8Array<ArrayBuffer> | undefined {
  if (!view?.byteLength) return undefined;
  return new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer);
}

/** Decoding takes a moment, and by then the widget may be gone. */
function showLater(root: HTMLElement, bytes: Uint8Array<ArrayBuffer>, bridge: Bridge): () => void {
  let end: (() => void) | undefined = () => {};
  decodeReplay(bytes).then(
    (replay) => {
      if (!end) return;
      const view = showRecorded(root, replay, bridge.told);
      end = view.close;
      bridge.join(view);
    },
    (fault: Error) => {
      if (end) root.replaceChildren(fault.message);
    },
  );
  return () => {
    end?.();
    end = undefined;
  };
}

function render({ model, el, signal }: Host): () => void {
  const root = document.createElement("div");
  root.className = "aitown-root";
  // Lab's shortcuts stay out of here: Enter and arrows are for the map.
  root.dataset.lmSuppressShortcuts = "true";
  el.append(root);
  const tall = () => root.style.setProperty("--aitown-height", `${model.get("height")}px`);
  let end = () => {};
  let live = false;
  const bridge = new Bridge(model as unknown as AnyModel<Shared>);
  const show = () => {
    end();
    const server = model.get("live") === false ? undefined : findServer(document, location);
    const town = model.get("town");
    const recorded = bytesOf(model.get("replay"));
    const kernel = model.get("kernel") === true;
    live = kernel || server !== undefined;
    const run = model.get("run");
    let view: Handle | undefined;
    if (kernel) view = showKernel(root, model as unknown as Carrier, town, run, bridge.told);
    else if (server) view = showTown(root, server, town, run, bridge.told);
    if (view) {
      end = view.close;
      bridge.join(view);
    } else if (recorded) end = showLater(root, recorded, bridge);
    else end = showNoServer(root, town);
  };
  const again = () => {
    // What a live town has recorded meanwhile is for later, and for others.
    if (!live) show();
  };
  const watched = ["change:town", "change:run", "change:live"] as const;
  const close = () => {
    model.off("change:height", tall);
    model.off("change:replay", again);
    for (const name of watched) model.off(name, show);
    signal?.removeEventListener("abort", close);
    end();
    end = () => {};
    bridge.close();
    root.remove();
  };
  model.on("change:height", tall);
  model.on("change:replay", again);
  for (const name of watched) model.on(name, show);
  signal?.addEventListener("abort", close);
  tall();
  show();
  if (signal?.aborted) close();
  return close;
}

export default { render };
