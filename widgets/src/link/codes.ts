// PROTOCOL.md, "Close codes", and how long to wait.

const FIRST_DELAY = 1_000;
const OVERLOADED = [1013, 4408, 4429];
const PERMANENT = [1002, 1003, 1007, 1008, 1009, 1010];
const EXPIRED = 4401;
/** What a client closes with when it gives a silent socket up. */
export const REPLACED = 4000;

/** What to do about a close code: "retry", "later", "refresh" or "stop". */
export function verdict(code: number): "retry" | "later" | "refresh" | "stop" {
  if (OVERLOADED.includes(code)) return "later";
  if (code === EXPIRED) return "refresh";
  return PERMANENT.includes(code) || (code >= 4400 && code < 4500) ? "stop" : "retry";
}

/** Wait before dial number `n` (from 0), in ms: `c·(0.1 + 0.9·u)` with `c = min(max, 1 s · 2ⁿ)`. */
export function backoff(n: number, max: number, u: number): number {
  return Math.min(max, FIRST_DELAY * 2 ** n) * (0.1 + 0.9 * u);
}
