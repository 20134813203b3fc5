// How the line to the server is, and how that is said to people.

export type Status =
  | { kind: "connecting" }
  | { kind: "live"; polled: boolean }
  | { kind: "reconnecting"; at: number; reason: string }
  | { kind: "stale"; since: number }
  | { kind: "stopped"; reason: string };

const clockTime = (ms: number) => {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((n) => `${n}`.padStart(2, "0"))
    .join(":");
};

/** A status in words, for people. */
export function describe(status: Status, now: number): string {
  switch (status.kind) {
    case "live":
      return status.polled ? "live, polled" : "live";
    case "reconnecting":
      return `reconnecting in ${Math.max(0, Math.ceil((status.at - now) / 1000))} s`;
    case "stale":
      return `stale since ${clockTime(status.since)}`;
    case "stopped":
      return `stopped: ${status.reason}`;
    default:
      return status.kind;
  }
}
