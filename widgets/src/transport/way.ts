// The ways to a live town: its server, by socket or by polling, and the kernel of the widget.

import { Api, type Server } from "../page";
import { KernelApi, pastOf } from "../replay/past";
import { followKernel, type Stream, share } from "../share";
import type { Fetch } from "../timeline/dock";
import { type Carrier, pastOver } from "./comm";

/** One way: what comes over it, and what can be asked over it. */
export interface Way {
  stream: Stream;
  /** Gets the past. */
  fetch: Fetch;
  api(ask: Stream["ask"]): Api;
  release(): void;
}

export function byServer(server: Server, town: string): Way {
  const { stream, release } = share(server, town);
  return { stream, release, fetch: pastOf(server, town, stream), api: (ask) => new Api(server, town, ask) };
}

export function byKernel(model: Carrier): Way {
  const { stream, release } = followKernel(model);
  return { stream, release, fetch: pastOver(model), api: (ask) => new KernelApi(model, ask) };
}
