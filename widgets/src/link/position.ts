// Which state a client has, and so what a message means for it: one rule for the socket and for /state.

import type { Stamp } from "../types";

const REMEMBERED = 8;

/** "take": newer. "old": known already. "gap": something is missing in between. */
export type Verdict = "take" | "old" | "gap";

export class Position {
  epoch: string | number | undefined;
  seq = 0;
  private left: unknown[] = [];

  judge({ type, epoch, seq, base }: Stamp): Verdict {
    // A server that names no states: whatever comes is newest.
    if (epoch == null || seq === undefined) return "take";
    // A town never goes back to a life that it has left: this was under way for long.
    if (this.left.includes(epoch)) return "old";
    const full = type === "full_state";
    if (epoch !== this.epoch) return full ? "take" : "gap";
    if (seq <= this.seq) return "old";
    return !full && base !== undefined && base > this.seq ? "gap" : "take";
  }

  /** Whether a message names a state that is newer than the one here. */
  lacks({ epoch, seq }: Stamp): boolean {
    if (epoch == null || seq === undefined || this.left.includes(epoch)) return false;
    return epoch !== this.epoch || seq > this.seq;
  }

  move({ epoch, seq }: Stamp): void {
    if (epoch == null || seq === undefined) return;
    if (this.epoch !== undefined && epoch !== this.epoch) {
      this.left = [...this.left, this.epoch].slice(-REMEMBERED);
    }
    [this.epoch, this.seq] = [epoch, seq];
  }

  /** From here on only a whole state will do. */
  forget(): void {
    this.epoch = undefined;
    this.seq = 0;
  }
}
