// Which state a client has, and so what a message means for it: one rule for the socket and for /state.

import type { Stamp } from "../types";

const REMEMBERED = 8;

/** "take": newer. "old": known already. "gap": something is missing in between. */
export type Verdict = "take" | "old" | "gap";

export class Position {
  private epoch: string | number | undefined;
  /** How far it had come in the lives that it has left. */
  private readonly left = new Map<string | number, number>();
  private broken = false;
  seq = 0;

  /** The state to go on from, if there is one. */
  get held(): { epoch: string | number; seq: number } | undefined {
    const { epoch, seq } = this;
    return epoch === undefined || this.broken ? undefined : { epoch, seq };
  }

  judge({ type, epoch, seq, base }: Stamp): Verdict {
    // A server that names no states: whatever comes is newest.
    if (epoch == null || seq === undefined) return "take";
    const full = type === "full_state";
    if (epoch !== this.epoch) {
      if (seq < (this.left.get(epoch) ?? 0)) return "old"; // it was under way for long
      return full ? "take" : "gap";
    }
    if (this.broken) return full && seq >= this.seq ? "take" : "gap";
    if (seq <= this.seq) return "old";
    return !full && base !== undefined && base > this.seq ? "gap" : "take";
  }

  /** Whether a message names the life that this is in. */
  shares({ epoch }: Stamp): boolean {
    return epoch !== undefined && epoch === this.epoch;
  }

  /** Whether a message names a state that is newer than the one here. */
  lacks({ epoch, seq }: Stamp): boolean {
    if (epoch == null || seq === undefined) return false;
    if (epoch !== this.epoch) return seq >= (this.left.get(epoch) ?? 0);
    return seq > this.seq || this.broken;
  }

  move({ epoch, seq }: Stamp): void {
    if (epoch == null || seq === undefined) return;
    if (this.epoch !== undefined && epoch !== this.epoch) {
      this.left.delete(this.epoch);
      this.left.set(this.epoch, this.seq);
      for (const first of this.left.keys()) if (this.left.size > REMEMBERED) this.left.delete(first);
    }
    [this.epoch, this.seq, this.broken] = [epoch, seq, false];
  }

  /** What is here was not taken in whole: from now on only a whole state will do. */
  doubt(): void {
    this.broken = true;
  }
}
