import { expect, describe as group, test } from "vitest";
import { describe, remedy, type Status } from "../src/status";

const at = new Date(2025, 2, 3, 7, 42, 10).getTime();
const again = (code: number, reason = ""): Status => ({ kind: "reconnecting", at: 3_200, code, reason });
const stopped = (code: number, reason = "", what = ""): Status => ({
  kind: "stopped",
  code,
  reason,
  remedy: what,
});

group("in words", () => {
  test.each<[Status, string]>([
    [{ kind: "connecting" }, "connecting"],
    [{ kind: "live", polled: false }, "live"],
    [{ kind: "live", polled: true }, "live, polled"],
    [again(1006), "reconnecting in 3 s: the connection broke"],
    [again(1006, "no connection to the server"), "reconnecting in 3 s: no connection to the server"],
    [again(1012), "reconnecting in 3 s: the town begins anew"],
    [again(1013, "no room for riverbend."), "reconnecting in 3 s: no room for riverbend"],
    [{ kind: "stale", since: at }, "stale since 07:42:10"],
    [{ kind: "asleep" }, "asleep while nobody looks"],
    [stopped(4404, "no town called atlantis"), "stopped: no town called atlantis"],
    [stopped(4410), "stopped: the town has ended"],
    [stopped(4499), "stopped: page and server don't understand one another"],
  ])("%o is “%s”", (status, words) => expect(describe(status, 1_000)).toBe(words));

  test("a dial that is due is due now, not in the past", () => {
    expect(describe(again(1006), 60_000)).toContain("in 0 s");
  });
});

group("what to do", () => {
  test("follows from the code, and the server's own words go first", () => {
    expect(remedy(stopped(401))).toContain("Sign in again");
    expect(remedy(stopped(4404))).toContain("aitown.open");
    expect(remedy(stopped(403, "", "Ask Ada."))).toBe("Ask Ada.");
    expect(remedy({ kind: "asleep" })).toBe("");
  });
});
