// What PROTOCOL.md says about messages, as types. Unknown fields are ignored by whoever reads them.

import type { Columns } from "./decode";

export interface NpcRow {
  id: number;
  name: string;
  x: number;
  y: number;
  heading?: string;
  place?: string | null;
  activity?: string;
  why?: string;
  target?: string | null;
  partner?: number | null;
  saying?: string;
  [column: string]: unknown;
}

export interface PlaceRow {
  id: number;
  name: string;
  kind: string;
  x: number;
  y: number;
  open?: boolean;
  occupants?: number;
}

export type Rect = [x: number, y: number, width: number, height: number];

export interface MapData {
  name: string;
  width: number;
  height: number;
  terrain: string[];
  rows: string[];
  areas: { id: number; rect: Rect }[];
  /** It has pictures of its own, which are asked for by this name. */
  art?: { hash: string; bytes: number };
}

/** What a state says of its moment, beside the rows. */
export interface Moment {
  town: string;
  run: string;
  tick: number;
  clock: string;
  day: number;
  tick_seconds: number;
}

/** A table whole, or by id what changed of it, or in columns. */
export type Rows<Row> = Row[] | Record<string, Row> | Columns;

export interface Payload extends Partial<Moment> {
  tick: number;
  clock: string;
  npcs: Rows<NpcRow>;
  places: Rows<PlaceRow>;
  map?: MapData;
  /** Ids of NPCs that are no longer listed. */
  removed?: number[];
  /** In columns: who says what, of the rows of this message. */
  saying?: Record<string, string>;
  /** In columns: of all by id, or of those who moved in since. */
  names?: string[] | Record<string, string>;
  place_info?: PlaceRow[];
}

export interface ColumnSpec {
  name: string;
  unit: string;
  dtype?: string;
  doc?: string;
  per_unit?: number;
  labels?: string[];
  refers?: string;
  good?: "high" | "low" | "";
}

export type Schema = Record<string, ColumnSpec[]>;

export interface TownStatus {
  state: string;
  phase: string;
  speed: number;
  reason?: string | null;
  /** About how many seconds this phase takes. */
  expects?: number;
}

export interface EventRow {
  id: number;
  tick: number;
  kind: string;
  npc: number;
  other: number;
  place: number;
  text: string;
}

/** Which state a message is about. */
export interface Stamp {
  type: string;
  epoch?: string | number | null;
  seq?: number;
  base?: number;
}

/** Any message of the server; which fields are there depends on `type`. */
export interface Message extends Stamp {
  payload?: Payload;
  hb?: number;
  schema?: Schema;
  start?: string;
  status?: TownStatus;
  /** welcome */
  rights?: string[];
  /** status, and done */
  state?: string;
  phase?: string;
  speed?: number;
  reason?: string | null;
  expects?: number;
  /** event */
  events?: EventRow[];
  next?: number;
  missed?: number;
  /** full_state: the id of the first event of its epoch */
  event?: number;
  /** answers */
  id?: number | string;
  message?: string;
  remedy?: string;
  tick?: number;
  clock?: string;
}
