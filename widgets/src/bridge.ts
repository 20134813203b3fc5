// A view and the traits of its model, each following the other.

import type { AnyModel } from "@anywidget/types";
import type { Handle, Told } from "./handle";
import type { Aim, Rest } from "./scene/eye";

/** The traits that a view and a kernel share. */
export interface Shared {
  selected: number[];
  /** The tick that is shown; null before there is one. */
  tick: number | null;
  /** It is now that is shown. */
  now: boolean;
  /** Ticks a second at which the past plays; 0 when it stands still. */
  speed: number;
  color: string | null;
  camera: Partial<Rest> | null;
}

type Names = keyof Shared;

const TOLD_EVERY = 250;
const ECHO_WITHIN = 3_000;
const NAMES: Names[] = ["selected", "tick", "now", "speed", "color", "camera"];

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** What a camera trait asks for. */
function aimOf({ x, y, zoom, follow }: Partial<Rest>): Aim | undefined {
  if (typeof follow === "number") return { follow };
  return x !== undefined && y !== undefined && zoom !== undefined ? { x, y, zoom } : undefined;
}

export class Bridge {
  /** What the view is to tell. */
  readonly told: Told;
  private view: Handle | undefined;
  /** What the view has or was told last, so that nothing is told twice. */
  private readonly has: Partial<Shared> = {};
  /** Ticks that the view has told, and when: some hosts send them back, late. */
  private readonly toldTicks = new Map<unknown, number>();
  /** What is to be told at the next time. A model would send what was set in it though the kernel has set another since. */
  private waiting: Partial<Shared> = {};
  private pending: ReturnType<typeof setTimeout> | undefined;
  private readonly heed = new Map<Names, () => void>();

  constructor(private readonly model: AnyModel<Shared>) {
    this.told = {
      selected: (ids) => this.say("selected", ids),
      color: (column) => this.say("color", column),
      camera: (rest) => this.say("camera", rest),
      tick: (tick, live) => {
        this.say("tick", tick);
        this.say("now", live);
      },
      speed: (speed) => this.say("speed", speed),
      keep: () => model.send({ keep: true }),
    };
    for (const name of NAMES) {
      const heed = () => this.obey(name);
      this.heed.set(name, heed);
      model.on(`change:${name}`, heed);
    }
  }

  /** Another view takes the place of the one before, and begins with what the traits say. */
  join(view: Handle): void {
    this.view = view;
    for (const name of Object.keys(this.has) as Names[]) delete this.has[name];
    for (const name of NAMES) {
      const value = this.model.get(name);
      const empty =
        value === null ||
        value === undefined ||
        value === 0 ||
        (name === "selected" && !(value as []).length);
      if (!empty && (name !== "tick" || this.model.get("now") === false)) this.obey(name);
    }
  }

  close(): void {
    clearTimeout(this.pending);
    this.set();
    for (const [name, heed] of this.heed) this.model.off(`change:${name}`, heed);
    this.view = undefined;
  }

  private obey(name: Names): void {
    const value = this.model.get(name);
    const { view } = this;
    if (!view || same(this.has[name], value)) return;
    if (name === "tick" && Date.now() - (this.toldTicks.get(value) ?? Number.NEGATIVE_INFINITY) < ECHO_WITHIN)
      return;
    delete this.waiting[name];
    (this.has as Record<string, unknown>)[name] = value;
    if (name === "selected") view.select(this.model.get("selected"));
    else if (name === "color") view.colorBy(this.model.get("color"));
    else if (name === "speed") view.play(this.model.get("speed"));
    else if (name === "tick") view.seek(this.model.get("tick"));
    else if (name === "now") {
      if (this.model.get("now")) view.seek(null);
    } else {
      const aim = aimOf(this.model.get("camera") ?? {});
      if (aim) view.camera(aim);
    }
  }

  private say<N extends Names>(name: N, value: Shared[N]): void {
    if (same(this.has[name], value)) return;
    this.has[name] = value;
    if (name === "tick") this.remember(value);
    this.waiting[name] = value;
    // A town at full speed has many ticks a second; a kernel is told four times.
    this.pending ??= setTimeout(() => {
      this.pending = undefined;
      if (this.set()) this.model.save_changes();
    }, TOLD_EVERY);
  }

  /** Put into the model what waits; false when it has it all. */
  private set(): boolean {
    const { model, waiting } = this;
    this.waiting = {};
    const other = (Object.keys(waiting) as Names[]).filter((name) => !same(model.get(name), waiting[name]));
    for (const name of other) model.set(name, waiting[name] ?? null);
    return other.length > 0;
  }

  private remember(tick: unknown): void {
    const now = Date.now();
    this.toldTicks.set(tick, now);
    for (const [old, at] of this.toldTicks) if (now - at >= ECHO_WITHIN) this.toldTicks.delete(old);
  }
}
