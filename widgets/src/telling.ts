// Who wants to know that a stream has changed.

import type { Change } from "./share";

export class Telling {
  private readonly listeners = new Set<(change: Change) => void>();

  listen(listener: (change: Change) => void): void {
    this.listeners.add(listener);
  }

  leave(listener: (change: Change) => void): void {
    this.listeners.delete(listener);
  }

  /** Nobody is told anything any more. */
  protected hush(): void {
    this.listeners.clear();
  }

  protected tell(change: Change): void {
    for (const listener of [...this.listeners]) listener(change);
  }
}
