// How the line to the server is, and how that is said to people.

export type Status =
  | { kind: "connecting" }
  /** `over` names the way where it isn't a server's. */
  | { kind: "live"; polled: boolean; over?: "kernel" }
  /** The next dial is at `at`; `code` closed the socket. */
  | { kind: "reconnecting"; at: number; code: number; reason: string }
  | { kind: "stale"; since: number }
  /** Nobody looks: there is no socket until somebody does. */
  | { kind: "asleep" }
  /** No link at all: what is shown was recorded. */
  | { kind: "recorded"; words: string }
  /** For good; `code` is that of a close or the status of an HTTP answer. */
  | { kind: "stopped"; code: number; reason: string; remedy: string };

const REASONS: Record<number, string> = {
  1001: "the server is going away",
  1011: "the server met an error",
  1012: "the town begins anew",
  1013: "the server has no room now",
  4408: "this page read too slowly",
  4429: "the server has too much to do",
};

const SIGN_IN: [string, string] = ["you are no longer signed in", "Sign in again, then reload this page."];
const NO_RIGHT: [string, string] = [
  "you may not see this town",
  "Ask whoever runs the server for the right to read it, then reload this page.",
];
const NO_TOWN: [string, string] = [
  "there is no such town, or no aitown on this server",
  "Open it with aitown.open(…), then show it again.",
];
const ENDED: [string, string] = ["the town has ended", "Open it again with aitown.open(…)."];
const NOT_UNDERSTOOD: [string, string] = [
  "page and server don't understand one another",
  "Reload this page; if that doesn't help, page and server are of different versions of aitown.",
];

const STOPS: Record<number, [why: string, remedy: string]> = {
  401: SIGN_IN,
  4401: SIGN_IN,
  403: ["you are not signed in, or may not see this town", "Sign in again, then reload this page."],
  1008: NO_RIGHT,
  4403: NO_RIGHT,
  404: NO_TOWN,
  4404: NO_TOWN,
  410: ENDED,
  4410: ENDED,
  4409: ["the town is in conflict with another run", "Open it again with aitown.open(…)."],
};

const clockTime = (ms: number) => {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((n) => `${n}`.padStart(2, "0"))
    .join(":");
};

const trimmed = (words: string) => words.trim().replace(/\.+$/, "");

/** A status in words, for people. */
export function describe(status: Status, now: number): string {
  switch (status.kind) {
    case "live":
      if (status.over) return "live, by the kernel";
      return status.polled ? "live, polled" : "live";
    case "reconnecting": {
      const why = trimmed(status.reason) || REASONS[status.code] || "the connection broke";
      return `reconnecting in ${Math.max(0, Math.ceil((status.at - now) / 1000))} s: ${why}`;
    }
    case "stale":
      return `stale since ${clockTime(status.since)}`;
    case "asleep":
      return "asleep while nobody looks";
    case "recorded":
      return status.words;
    case "stopped":
      return `stopped: ${trimmed(status.reason) || (STOPS[status.code] ?? NOT_UNDERSTOOD)[0]}`;
    default:
      return status.kind;
  }
}

/** What somebody can do about a link that has stopped. */
export function remedy(status: Status): string {
  if (status.kind !== "stopped") return "";
  return status.remedy || (STOPS[status.code] ?? NOT_UNDERSTOOD)[1];
}
