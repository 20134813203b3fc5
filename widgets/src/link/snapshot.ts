// Asks /state: one request at a time, given up when the socket was quicker.

import type { Environment, Timers } from "./environment";

const ANSWER_WITHIN = 10_000;

export interface Answer {
  status: number;
  ok: boolean;
  /** What stood in it, or undefined where that is neither JSON nor a state. */
  body: unknown;
}

export class Snapshot {
  private mine: AbortController | undefined;

  constructor(
    private readonly env: Environment,
    private readonly timers: Timers,
    private readonly address: () => string,
    private readonly parse: (data: string | ArrayBuffer) => unknown,
    private readonly done: (answer: Answer | undefined) => void,
  ) {}

  /** Gives up what was asked, and what was about to be. */
  give(): void {
    this.mine?.abort();
    this.mine = undefined;
    this.timers.disarm("asking", "state");
  }

  /** Tells `done` what was answered, undefined for none; nobody when it is given up. */
  async ask(): Promise<void> {
    if (this.mine) return;
    const mine = new AbortController();
    this.mine = mine;
    let answer: Answer | undefined;
    this.timers.arm("asking", ANSWER_WITHIN, () => {
      this.give();
      this.done(undefined);
    });
    try {
      const { signal } = mine;
      const headers = { Accept: "application/json, application/octet-stream" };
      const init = { credentials: "same-origin", cache: "no-store", headers, signal } as const;
      const got = await this.env.fetch(this.address(), init);
      const binary = got.headers.get("Content-Type")?.includes("octet-stream");
      const data = await (binary ? got.arrayBuffer() : got.text());
      answer = { status: got.status, ok: got.ok, body: this.read(data) };
    } catch {
      // The network's fault: dialling goes on by itself.
    }
    if (this.mine !== mine) return;
    this.give();
    this.done(answer);
  }

  private read(data: string | ArrayBuffer): unknown {
    try {
      return this.parse(data);
    } catch {
      return undefined;
    }
  }
}
