// A WebSocket that is none: the messages of PROTOCOL.md over the comm of a widget, for a town that lives in the kernel.
// Each batch that came is acknowledged, so that the kernel never sends faster than this page draws.

import type { AnyModel } from "@anywidget/types";
import { decodeReplay, type Replay } from "../replay/decode";
import type { Tie } from "../scene/ties";
import type { Fetch } from "../timeline/dock";

/** What a comm needs of a model, whatever its traits are. */
export type Carrier = Pick<AnyModel, "send"> & {
  on(name: "msg:custom", heard: Heard): void;
  off(name: "msg:custom", heard: Heard): void;
};
type Heard = (message: unknown, buffers: DataView[]) => void;

interface Said {
  aitown?: string;
  open?: object;
  close?: { code: number; reason: string };
  n?: number;
  parts?: (string | null)[];
  persona?: Record<string, unknown>;
  ties?: Tie[];
  error?: string;
}

const ASK_WITHIN = 60_000;
export const NO_KERNEL = "The kernel doesn't answer: it is busy, or gone.";

export const bytesOf = ({ buffer, byteOffset, byteLength }: DataView) =>
  buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;

const newName = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

export class CommSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  binaryType = "arraybuffer";
  private readonly name = newName();
  private ended = false;

  constructor(
    private readonly model: Carrier,
    url: string,
  ) {
    model.on("msg:custom", this.heard);
    this.tell({ dial: url.slice(url.indexOf("?") + 1) });
  }

  send(text: string): void {
    if (!this.ended) this.tell({ say: text });
  }

  close(): void {
    if (this.ended) return;
    this.tell({ close: true });
    this.end();
  }

  private end(): void {
    this.ended = true;
    this.model.off("msg:custom", this.heard);
  }

  private tell(what: object): void {
    this.model.send({ aitown: this.name, ...what });
  }

  private readonly heard: Heard = (message, buffers) => {
    const said = message as Said;
    if (said.aitown !== this.name || this.ended) return;
    if (said.open) this.onopen?.();
    else if (said.close) {
      this.end();
      this.onclose?.(said.close);
    } else if (said.parts) {
      let next = 0;
      for (const part of said.parts) this.onmessage?.({ data: part ?? bytesOf(buffers[next++]!) });
      if (!this.ended) this.tell({ ack: said.n });
    }
  };
}

/** The sockets of one widget, for the link's environment. */
export function socketsOf(model: Carrier): new (url: string) => WebSocket {
  return class {
    constructor(url: string) {
      // biome-ignore lint/correctness/noConstructorReturn: what the link dials is a socket of this widget.
      return new CommSocket(model, url) as unknown as WebSocket;
    }
  } as unknown as new (
    url: string,
  ) => WebSocket;
}

/** Asks the kernel one question; the answer, and the bytes that came with it. */
export function askKernel(
  model: Carrier,
  question: object,
  signal: AbortSignal,
): Promise<[Said, DataView[]]> {
  return new Promise((resolve, reject) => {
    const name = newName();
    const end = () => {
      clearTimeout(late);
      model.off("msg:custom", heard);
      signal.removeEventListener("abort", gone);
    };
    const gone = () => {
      end();
      reject(signal.reason);
    };
    const heard: Heard = (message, buffers) => {
      const said = message as Said;
      if (said.aitown !== name) return;
      end();
      if (said.error === undefined) resolve([said, buffers]);
      else reject(new Error(said.error));
    };
    const late = setTimeout(() => {
      end();
      reject(new Error(NO_KERNEL));
    }, ASK_WITHIN);
    model.on("msg:custom", heard);
    signal.addEventListener("abort", gone);
    model.send({ aitown: name, ask: question });
  });
}

/** Asks the kernel for stretches of the run. */
export function pastOver(model: Carrier): Fetch {
  return async (signal, start, stop): Promise<Replay> => {
    const [, [data]] = await askKernel(model, { start, stop }, signal);
    return decodeReplay(new Uint8Array(bytesOf(data!)));
  };
}
