// The newest state of a town as this page knows it, and where everybody came from, so that a scene can move them there.

import { isColumns, writer } from "./decode";
import { addSeconds, Lines } from "./lines";
import { type Moving, People } from "./people";
import type {
  ColumnSpec,
  MapData,
  Message,
  Moment,
  NpcRow,
  Payload,
  PlaceRow,
  Rows,
  Schema,
  TownStatus,
} from "./types";

export type { Moving } from "./people";

const MIN_INTERVAL = 30;
const MAX_INTERVAL = 1_500;
const WALK = 1.6;
const REACH = 3;
const FARTHEST = 12;

/** The interval between frames, smoothed: quick to follow a faster town, slow to believe a single late frame. */
export function nextInterval(known: number, measured: number): number {
  const weight = measured < known ? 0.5 : 0.25;
  return Math.min(MAX_INTERVAL, Math.max(MIN_INTERVAL, known + (measured - known) * weight));
}

/** Each of its properties has a value from the beginning, because a lens shows those that a new one has. */
export class Mirror {
  moment: Moment | undefined = undefined;
  map: MapData | undefined = undefined;
  schema: Schema | undefined = undefined;
  status: TownStatus | undefined = undefined;
  start: string | undefined = undefined;
  /** What this viewer may do; undefined where the server doesn't say. */
  rights: readonly string[] | undefined = undefined;
  readonly npcs = new People();
  readonly places = new Map<number, PlaceRow>();
  readonly lines = new Lines();
  interval = 200;
  private readonly byName = new Map<string, PlaceRow>();
  private names: string[] = [];
  private epoch: Message["epoch"] = undefined;
  private arrived = 0;

  /** Takes a payload in; `now` in ms of the clock that scenes draw by. Throws where the columns have no schema. */
  state(payload: Payload, message: Message, now: number): void {
    const before = this.moment;
    const full = message.type === "full_state";
    const sameRun = payload.run === undefined || before?.run === payload.run;
    const reborn = full && message.epoch !== this.epoch;
    const restart = !sameRun || reborn || payload.tick < (before?.tick ?? 0);
    if (!sameRun) this.forget();
    else if (reborn) this.lines.rewind(payload.tick, message.event);
    if (full) this.epoch = message.epoch;
    this.constants(payload, message);
    const ticks = payload.tick - (before?.tick ?? payload.tick);
    const measured = ticks > 0 && !restart ? now - this.arrived : undefined;
    if (measured !== undefined) this.interval = nextInterval(this.interval, measured);
    this.takePlaces(payload);
    const reach = restart ? 0 : Math.min(FARTHEST, Math.max(REACH, ticks * WALK));
    this.takeNpcs(payload, reach, now);
    const { town, run, tick, clock, day, tick_seconds } = { ...before, ...payload };
    this.moment = {
      town: town ?? "",
      run: run ?? "",
      tick,
      clock,
      day: day ?? 1,
      tick_seconds: tick_seconds ?? 10,
    };
    this.arrived = now;
  }

  /** Takes in what is not a state; true when it was about the town. */
  message(message: Message): boolean {
    const { type, state, phase = "", speed = 0, reason = null, expects = 0 } = message;
    if (type === "status" && state) this.status = { state, phase, speed, reason, expects };
    else if (type === "welcome") this.rights = message.rights;
    else if (type === "event") this.lines.hear(message, this.clockAt, this.nameOf);
    else if (message.status) this.status = message.status;
    else return false;
    return true;
  }

  /** Where an NPC is drawn at `now`: never past where the newest frame has it. */
  position({ row, fromX, fromY, arrived, takes }: Moving, now: number): [x: number, y: number] {
    const share = takes > 0 ? Math.min(1, Math.max(0, (now - arrived) / takes)) : 1;
    return share >= 1 ? [row.x, row.y] : [fromX + (row.x - fromX) * share, fromY + (row.y - fromY) * share];
  }

  /** True while somebody is on the way to the newest frame. */
  underway(now: number): boolean {
    return this.npcs.underway(now);
  }

  place(name: string | null | undefined): PlaceRow | undefined {
    return name ? this.byName.get(name) : undefined;
  }

  private readonly clockAt = (tick: number): string => {
    const { moment } = this;
    return moment ? addSeconds(moment.clock, (tick - moment.tick) * moment.tick_seconds) : "";
  };

  private readonly nameOf = (id: number): string => this.places.get(id)?.name ?? "";

  private forget(): void {
    this.npcs.clear();
    this.places.clear();
    this.lines.clear();
  }

  private constants(payload: Payload, message: Message): void {
    if (payload.map) this.map = payload.map;
    if (Array.isArray(payload.names)) this.names = payload.names;
    else if (payload.names) this.names = withMore(this.names, payload.names);
    if (message.schema) this.schema = message.schema;
    if (message.start) this.start = message.start;
    if (message.status) this.status = message.status;
  }

  private takePlaces({ places, place_info }: Payload): void {
    const whole = place_info !== undefined || Array.isArray(places);
    if (whole) this.places.clear();
    for (const place of place_info ?? []) this.places.set(place.id, place);
    if (isColumns(places)) {
      const write = writer(places, this.specs("places"), this.placeName);
      for (let i = 0; i < places.id.length; i++) {
        const row = { ...this.places.get(places.id[i]!) } as PlaceRow;
        write(row as unknown as Record<string, unknown>, i);
        this.places.set(row.id, row);
      }
    } else for (const row of rowsOf<PlaceRow>(places)) this.places.set(row.id, row);
    this.byName.clear();
    for (const place of this.places.values()) this.byName.set(place.name, place);
  }

  /** People within `reach` walk to where they are now; the others are there at once. */
  private takeNpcs(payload: Payload, reach: number, now: number): void {
    const { npcs, removed, saying } = payload;
    const pace = { reach, takes: this.interval, now };
    // In a delta, whoever isn't named is as before.
    const whole = !removed && (isColumns(npcs) || Array.isArray(npcs));
    if (isColumns(npcs)) {
      const { names, placeName } = this;
      this.npcs.takeColumns(npcs, { schema: this.specs("npcs"), names, saying, placeName }, whole, pace);
    } else {
      const rows = rowsOf<NpcRow>(npcs);
      this.npcs.takeRows(rows, whole, pace);
      // Columns may come later, which name nobody.
      for (const { id, name } of rows)
        if (id >= this.names.length) this.names = withMore(this.names, { [id]: name });
    }
    for (const id of removed ?? []) this.npcs.remove(id);
  }

  private readonly placeName = (id: number): string | null => this.places.get(id)?.name ?? null;

  private specs(table: string): ColumnSpec[] {
    const schema = this.schema?.[table];
    if (!schema) throw new Error(`a state in columns without a schema of its ${table}`);
    return schema;
  }
}

/** The names by id with those of people who moved in; those before are as they were. */
function withMore(names: string[], more: Record<string, string>): string[] {
  const all = [...names];
  for (const [id, name] of Object.entries(more)) all[Number(id)] = name;
  return Array.from(all, (name) => name ?? "");
}

function rowsOf<Row>(rows: Rows<Row>): Row[] {
  return Object.values(rows) as Row[];
}
