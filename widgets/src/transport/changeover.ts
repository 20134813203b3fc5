// Two ways to one town: the better one while it is there, the spare one while it isn't. The better one is dialled all
// the while by its own link; what is shown changes hands only when the other way has a state to show.

import type { Mirror } from "../mirror";
import { type Api, EitherApi } from "../page";
import { lensOn } from "../replay/lens";
import type { Change, Stream } from "../share";
import type { Status } from "../status";
import { Telling } from "../telling";
import type { Fetch } from "../timeline/dock";
import type { Way } from "./way";

/** How long the better way may be silent before the spare one is opened, in ms. */
export const PATIENCE = 5_000;
/** Who is not let in by the server isn't let in by another door. */
const NOT_LET_IN = [401, 403, 1008, 4401, 4403];

export class Changeover extends Telling implements Stream {
  readonly mirror: Mirror;
  private current: Way;
  private spare: Way | undefined;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly best: Way,
    private readonly open: () => Way,
  ) {
    super();
    this.current = best;
    this.mirror = lensOn(() => this.current.stream.mirror);
    best.stream.listen(this.heardBest);
    this.judge();
  }

  /** The way whose states are shown. */
  get way(): Way {
    return this.current;
  }

  get link(): Status {
    const shown = this.current.stream.link;
    if (shown.kind !== "stopped") return shown;
    // Where one way has ended for good, the other is what there is hope for.
    const other = this.current === this.best ? this.spare : this.best;
    return other && other.stream.link.kind !== "stopped" ? other.stream.link : shown;
  }

  readonly ask: Stream["ask"] = (message) => this.current.stream.ask(message);

  close(): void {
    clearTimeout(this.waiting);
    this.dropSpare();
    this.best.stream.leave(this.heardBest);
    this.best.release();
    this.hush();
  }

  private readonly heardBest = (change: Change): void => {
    if (change !== "message") this.judge();
    if (this.current === this.best) this.tell(change);
  };

  private readonly heardSpare = (change: Change): void => {
    const { spare } = this;
    if (!spare) return;
    if (this.current !== spare && this.shows(spare) && !this.shows(this.best)) this.take(spare);
    else if (this.current === spare || change === "link") this.tell(change);
  };

  /** It is live, and has a state of the town. */
  private shows({ stream }: Way): boolean {
    return stream.link.kind === "live" && stream.mirror.moment !== undefined;
  }

  private judge(): void {
    const { link } = this.best.stream;
    if (this.shows(this.best)) {
      this.rest();
      if (this.current !== this.best) this.take(this.best);
      this.dropSpare();
    } else if (link.kind === "asleep" || (link.kind === "stopped" && NOT_LET_IN.includes(link.code))) {
      this.rest();
      // Who was shown out is shown out here too; who only sleeps keeps the way that there is.
      if (link.kind === "stopped") {
        if (this.current !== this.best) this.take(this.best);
        this.dropSpare();
      }
    } else if (link.kind === "stopped") this.openSpare();
    else if (!this.spare) this.waiting ??= setTimeout(() => this.openSpare(), PATIENCE);
  }

  private rest(): void {
    clearTimeout(this.waiting);
    this.waiting = undefined;
  }

  private openSpare(): void {
    this.rest();
    if (this.spare) return;
    this.spare = this.open();
    this.spare.stream.listen(this.heardSpare);
  }

  private dropSpare(): void {
    const { spare } = this;
    this.spare = undefined;
    spare?.stream.leave(this.heardSpare);
    spare?.release();
  }

  private take(way: Way): void {
    const before = this.current.stream.mirror.lines.version;
    this.current = way;
    // Whoever shows lines begins anew.
    way.stream.mirror.lines.version = before + 1;
    this.tell("link");
    this.tell("state");
  }
}

/** Both as one way. */
export function either(best: Way, spare: () => Way): Way {
  const stream = new Changeover(best, spare);
  const fetch: Fetch = (...wanted) => stream.way.fetch(...wanted);
  const api = (ask: Stream["ask"]) => {
    const known = new Map<Way, Api>();
    return new EitherApi(() => {
      const { way } = stream;
      const found = known.get(way) ?? way.api(ask);
      if (!known.has(way)) {
        known.clear(); // a spare way that was given up isn't kept
        known.set(way, found);
      }
      return found;
    });
  };
  return { stream, fetch, api, release: () => stream.close() };
}
