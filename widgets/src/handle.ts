// How a view is held from outside: by a notebook's traits, or by whatever else put it on a page.

import type { Aim, Rest } from "./scene/eye";

/** What whoever holds a view may ask of it. What was asked is told back, as what people do is. */
export interface Handle {
  /** Selects these NPCs and nobody else; an id that isn't in the town is selected when it comes. */
  select(ids: readonly number[]): void;
  /** Colours people by a column of the state; null gives them their own clothes. */
  colorBy(column: string | null): void;
  /** Goes to a place (x and y in tiles, `zoom` in pixels a tile) or stays with an NPC; before the first state, once it is there. */
  camera(aim: Aim): void;
  /** Shows the state of a tick; null is now, where there is a now. */
  seek(tick: number | null): void;
  /** Plays the past at so many ticks a second; 0 stands still. */
  play(speed: number): void;
  /** Takes everything away again. */
  readonly close: () => void;
}

/** What a view tells whoever holds it. */
export interface Told {
  selected?(ids: number[]): void;
  color?(column: string | null): void;
  /** Once a movement has come to rest. */
  camera?(rest: Rest): void;
  /** The tick that is shown; `live` when it is now. */
  tick?(tick: number, live: boolean): void;
  /** How fast the past plays, in ticks a second; 0 when it stands still. */
  speed?(speed: number): void;
  /** Now is a time to keep what was recorded: the town has paused, or a minute has passed. */
  keep?(): void;
}
