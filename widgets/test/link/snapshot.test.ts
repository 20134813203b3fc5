import { expect, test } from "vitest";
import { type Environment, Timers } from "../../src/link/environment";
import { Position } from "../../src/link/position";
import { type Answer, Snapshot } from "../../src/link/snapshot";
import { settle } from "../world";

test("an answer that comes after it was given up is nobody's, also where another was asked for meanwhile", async () => {
  const answers: ((answer: Response) => void)[] = [];
  const env = {
    setTimeout: () => 0,
    clearTimeout: () => {},
    // A fetch that heeds no signal, as what was answered already does.
    fetch: () => new Promise<Response>((resolve) => answers.push(resolve)),
  } as unknown as Environment;
  const told: (Answer | undefined)[] = [];
  const snapshot = new Snapshot(
    env,
    new Timers(env),
    () => "/state",
    (data) => data,
    (answer) => told.push(answer),
  );
  void snapshot.ask();
  snapshot.give();
  void snapshot.ask();
  answers[0]!(new Response("first"));
  await settle();
  expect(told).toEqual([]);
  answers[1]!(new Response("second"));
  await settle();
  expect(told).toMatchObject([{ status: 200, body: "second" }]);
});

test("a state that was not taken in whole is made good by a whole one that is no older", () => {
  const position = new Position();
  position.move({ type: "full_state", epoch: "a", seq: 5 });
  position.doubt();
  expect(position.held).toBeUndefined();
  expect(position.judge({ type: "full_state", epoch: "a", seq: 4 })).toBe("gap");
  expect(position.judge({ type: "state_update", epoch: "a", seq: 6, base: 5 })).toBe("gap");
  expect(position.judge({ type: "full_state", epoch: "a", seq: 5 })).toBe("take");
});
