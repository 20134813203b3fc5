// What PROTOCOL.md says about messages, as types. Unknown fields are ignored by whoever reads them.

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
}

export interface Payload {
  town: string;
  run: string;
  tick: number;
  clock: string;
  day: number;
  tick_seconds: number;
  npcs: NpcRow[];
  places: PlaceRow[];
  map?: MapData;
}

export interface ColumnSpec {
  name: string;
  unit: string;
  doc?: string;
  labels?: string[];
  good?: "high" | "low" | "";
}

export type Schema = Record<string, ColumnSpec[]>;

export interface TownStatus {
  state: string;
  phase: string;
  speed: number;
  reason?: string | null;
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

/** Any message of the server; which fields are there depends on `type`. */
export interface Message {
  type: string;
  payload?: Payload;
  epoch?: string | number;
  seq?: number;
  hb?: number;
  schema?: Schema;
  start?: string;
  status?: TownStatus;
  state?: string;
  phase?: string;
  speed?: number;
  reason?: string | null;
  events?: EventRow[];
}
