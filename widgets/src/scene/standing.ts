// Where everybody stands at a moment, in tiles, by slot: as the newest frames have it, and a little to one side.

import type { People } from "../people";
import { hash } from "./grid";

const ACROSS = 0.44;
const DOWN = 0.3;
const FEET = 0.2;

export class Standing {
  /** x and y by slot, one after the other. */
  at = new Float32Array(0);
  count = 0;
  /** Rises when somebody stands elsewhere. */
  version = 0;
  private aside = new Float32Array(0);
  private people: People | undefined;
  private members = -1;
  private seen = -1;
  private resting = false;

  /** Looks where everybody is at `now`; `still` shows nobody on the way. */
  update(people: People, now: number, still: boolean): void {
    const moving = !still && people.underway(now);
    const same = people === this.people && people.version === this.seen;
    if (same && this.resting && !moving) return;
    if (people !== this.people || people.members !== this.members) this.seat(people);
    this.people = people;
    this.seen = people.version;
    this.resting = !moving;
    this.version += 1;
    const { at, aside } = this;
    const { to, from, arrived, takes, size } = people;
    for (let slot = 0, i = 0; slot < size; slot++, i += 2) {
      const left = moving ? takes[slot]! : 0;
      const share = left > 0 ? (now - arrived[slot]!) / left : 1;
      if (share >= 1) {
        at[i] = to[i]! + aside[i]!;
        at[i + 1] = to[i + 1]! + aside[i + 1]!;
      } else {
        const part = Math.max(0, share);
        at[i] = from[i]! + (to[i]! - from[i]!) * part + aside[i]!;
        at[i + 1] = from[i + 1]! + (to[i + 1]! - from[i + 1]!) * part + aside[i + 1]!;
      }
    }
  }

  /** Several may stand on one tile: everybody keeps a little to one side. */
  private seat(people: People): void {
    this.members = people.members;
    this.count = people.size;
    if (this.at.length < 2 * people.size) {
      this.at = new Float32Array(2 * people.ids.length);
      this.aside = new Float32Array(2 * people.ids.length);
    }
    for (let slot = 0; slot < people.size; slot++) {
      const id = people.ids[slot]!;
      this.aside[2 * slot] = (hash(id, 1) - 0.5) * ACROSS;
      this.aside[2 * slot + 1] = (hash(id, 2) - 0.5) * DOWN + FEET;
    }
  }
}
