// The anywidget module: joins a model, an element and a town. Nothing is awaited; nothing outlives its element.

import type { AnyModel } from "@anywidget/types";
import { Bridge, type Shared } from "./bridge";
import { findServer } from "./page";
import { decodeReplay } from "./replay/decode";
import { showNoServer, showRecorded, showTown } from "./show";
import type { Carrier } from "./transport/comm";

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
  /** The kernel passes on what the town's server says, where the page can't reach that. */
  relay: boolean;
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
    const town = model.get("town");
    const here = model.get("kernel") === true;
    const there = !here && model.get("live") !== false;
    const doors = {
      server: there ? findServer(document, location) : undefined,
      kernel: here || (there && model.get("relay") === true) ? (model as unknown as Carrier) : undefined,
    };
    const recorded = bytesOf(model.get("replay"));
    const carried = async () => {
      const bytes = bytesOf(model.get("replay"));
      return bytes && decodeReplay(bytes);
    };
    const view = showTown(root, doors, carried, town, model.get("run"), bridge.told);
    live = view !== undefined;
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

/**
 * Lab keeps the model of a widget that was closed for as long as the page is open (a signal of the kernel holds its
 * comm), so what is large is taken out of it.
 */
function initialize({ model }: Pick<Host, "model">): void {
  const large = model as unknown as AnyModel<{ _esm: string; _css: string; replay: undefined }>;
  model.on("destroy", () => {
    large.set("_esm", "");
    large.set("_css", "");
    large.set("replay", undefined);
    large.set("replay", undefined); // a model keeps what it had before the last time that something was set
  });
}

export default { initialize, render };
