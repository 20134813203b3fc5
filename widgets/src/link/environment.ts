// Everything that the link touches outside itself, so that a test can turn its clock and cut its wires.

export interface Environment {
  /** Wall clock in ms, for what people are told; no decision rests on it, so it may jump. */
  now(): number;
  random(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  fetch(url: string, init: RequestInit): Promise<Response>;
  WebSocket: new (url: string) => WebSocket;
  window: EventTarget | undefined;
  document: (EventTarget & { readonly hidden: boolean }) | undefined;
}

export function pageEnvironment(): Environment {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    setTimeout: (run, ms) => globalThis.setTimeout(run, ms),
    clearTimeout: (handle) => globalThis.clearTimeout(handle as number),
    fetch: (url, init) => globalThis.fetch(url, init),
    WebSocket: globalThis.WebSocket,
    window: globalThis.window,
    document: globalThis.document,
  };
}

/** Timers by name: at most one of each, and all can be taken away. */
export class Timers {
  private readonly handles = new Map<string, unknown>();

  constructor(private readonly env: Environment) {}

  has(name: string): boolean {
    return this.handles.has(name);
  }

  arm(name: string, ms: number, run: () => void): void {
    this.disarm(name);
    const handle = this.env.setTimeout(() => {
      this.handles.delete(name);
      run();
    }, ms);
    this.handles.set(name, handle);
  }

  disarm(...names: string[]): void {
    for (const name of names) {
      if (this.handles.has(name)) this.env.clearTimeout(this.handles.get(name));
      this.handles.delete(name);
    }
  }

  clear(): void {
    this.disarm(...this.handles.keys());
  }
}
