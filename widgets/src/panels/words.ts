// Sentences and formats that several panels use.

import type { Line } from "../lines";
import type { Mirror } from "../mirror";
import type { ColumnSpec, Moment, NpcRow } from "../types";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

export const timeOf = (clock: string): string => clock.slice(11, 16);

/** Words of any origin as a sentence: a capital in front, one full stop behind. */
export const sentence = (words: string): string =>
  words && `${words[0]!.toUpperCase()}${words.slice(1).replace(/[.\s]+$/, "")}.`;

/** "Mon 07:42 · day 1" */
export function clockWords({ clock, day }: Pick<Moment, "clock" | "day">): string {
  const date = new Date(`${clock.slice(0, 19)}Z`);
  const weekday = Number.isNaN(date.getTime()) ? "" : `${DAYS[date.getUTCDay()]} `;
  return `${weekday}${timeOf(clock)}${day === undefined ? "" : ` · day ${day}`}`;
}

// Reasons that are not a state of mind; all others follow "because".
const REASONS: Record<string, string> = {
  routine: "as usual",
  errand: "on an errand",
  rest: "for a rest",
  chores: "as it has to be done",
  care: "for somebody close",
};

/** "eating at Mill Café because hungry" */
export function doing(row: NpcRow): string {
  const activity = row.activity || "here";
  const walking = activity.startsWith("walk");
  const place = walking ? row.target : row.place;
  const where = place && !activity.startsWith("at ") ? ` ${walking ? "to" : "at"} ${place}` : "";
  const why = row.why ? (REASONS[row.why] ?? `because ${row.why}`) : "";
  return `${activity}${where}${why && ` ${why}`}`;
}

/** Columns that are shares from 0 to 1, in the schema's order. */
export function shares(mirror: Mirror, row: NpcRow): ColumnSpec[] {
  const columns = mirror.schema?.npcs?.filter((column) => column.unit === "1");
  if (columns) return columns.filter((column) => typeof row[column.name] === "number");
  const plain = ["id", "x", "y", "partner"];
  return Object.entries(row)
    .filter(([name, value]) => typeof value === "number" && !plain.includes(name))
    .map(([name]) => ({ name, unit: "1" }));
}

/** Amounts of money, as "money 412.50": the schema's columns in cents that aren't nothing. */
export function amounts(mirror: Pick<Mirror, "schema">, row: NpcRow): string {
  const columns = mirror.schema?.npcs?.filter((column) => column.unit === "cent") ?? [];
  return columns
    .map(({ name }) => [name.replaceAll("_", " "), row[name]] as const)
    .filter(([name, value]) => typeof value === "number" && (value !== 0 || name === "money"))
    .map(([name, value]) => `${name} ${((value as number) / 100).toFixed(2)}`)
    .join(" · ");
}

/** How pleasant a value is, 0 to 1; undefined when the column doesn't say which end is good. */
export function pleasant(column: ColumnSpec, value: number): number | undefined {
  if (column.good === "high") return value;
  return column.good === "low" ? 1 - value : undefined;
}

const PHRASES: Record<string, string> = {
  met: "met",
  parted: "parted from",
  arrived: "arrived at",
  woke: "woke up",
  slept: "fell asleep",
  decided: "decided to go to",
  queued: "stands in line at",
  gave_up: "gave up waiting at",
  sold: "bought at",
  sold_out: "found nothing left at",
  refused: "couldn't pay at",
  wage: "was paid at",
  owed: "is owed wages by",
  rent: "paid rent for",
  arrears: "owes rent for",
  benefit: "got a benefit",
  gave: "gave",
  shared: "shared with",
  spent: "spent beyond the town",
  moved_in: "moved in at",
  moved_out: "moved out of the town",
};

const ALONE = new Set(["woke", "slept", "moved_out"]);

/** An event as a sentence without its subject; undefined for speech, which is quoted. */
export function happening(line: Line, nameOf: (id: number) => string): string | undefined {
  if (line.kind === "said") return undefined;
  const object = line.other >= 0 ? nameOf(line.other) : line.place;
  const verb = PHRASES[line.kind] ?? line.kind;
  const whole = ALONE.has(line.kind) ? verb : `${verb} ${object}`;
  const bare = line.kind === "decided" && !object ? "decided what to do" : whole.trim();
  return line.text ? `${bare}: ${line.text}` : bare;
}

/** One line for screen readers: where the town stands and what its people do. */
export function summary(moment: Moment, activities: Iterable<unknown>): string {
  const counts = new Map<string, number>();
  let total = 0;
  for (const activity of activities) {
    total += 1;
    if (typeof activity === "string" && activity) counts.set(activity, (counts.get(activity) ?? 0) + 1);
  }
  const doing = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 4);
  const people = total === 1 ? "1 person" : `${total} people`;
  const what = doing.map(([activity, n]) => `${n} ${activity}`).join(", ");
  return `${moment.town}, ${clockWords(moment)}: ${people}${what ? `, ${what}` : ""}.`;
}
