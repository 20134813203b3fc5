// Random schedules: what can happen to a link, and in which order.

import fc from "fast-check";
import type { Net } from "./net";

const WAITS = [10, 100, 300, 1_000, 3_000, 12_000, 40_000];

export type Step =
  | { do: "tick" | "deliver" | "flow"; n: number }
  | { do: "wait"; ms: number }
  | { do: "lose" | "twice" | "swap"; at: number }
  | { do: "answer"; what: "early" | "now" | "page" | "fail" }
  | { do: "end"; code: number }
  | { do: "jump"; ms: number }
  | { do: "page"; what: "hide" | "show" | "online" | "pagehide" | "pageshow" }
  | { do: "cut" | "die" | "down" | "up" | "refuse" | "admit" | "slow" | "quick" }
  | { do: "restart" | "block" | "drain" | "stumble" };

const record = <T extends Step["do"]>(name: T, more: object) =>
  fc.record({ do: fc.constant(name), ...more }) as unknown as fc.Arbitrary<Step>;
const plain = (...names: Step["do"][]) => fc.constantFrom(...names.map((name) => ({ do: name }) as Step));

const smooth: fc.WeightedArbitrary<Step>[] = [
  { weight: 8, arbitrary: record("tick", { n: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 10, arbitrary: record("deliver", { n: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 6, arbitrary: record("flow", { n: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 8, arbitrary: record("wait", { ms: fc.constantFrom(...WAITS) }) },
  { weight: 4, arbitrary: record("answer", { what: fc.constantFrom("early", "now", "page", "fail") }) },
];
const broken: fc.WeightedArbitrary<Step>[] = [
  { weight: 2, arbitrary: plain("cut") },
  {
    weight: 2,
    arbitrary: record("end", { code: fc.constantFrom(1001, 1005, 1011, 1012, 1013, 4000, 4408, 4429, 4500) }),
  },
  { weight: 1, arbitrary: plain("down") },
  { weight: 2, arbitrary: plain("up") },
  { weight: 1, arbitrary: plain("refuse", "slow") },
  { weight: 1, arbitrary: plain("quick") },
  { weight: 2, arbitrary: plain("admit") },
  {
    weight: 4,
    arbitrary: record("page", {
      what: fc.constantFrom("hide", "show", "show", "online", "pagehide", "pageshow"),
    }),
  },
];
const crooked: fc.WeightedArbitrary<Step>[] = [
  { weight: 4, arbitrary: record("lose", { at: fc.nat(5) }) },
  { weight: 4, arbitrary: record("twice", { at: fc.nat(5) }) },
  { weight: 4, arbitrary: record("swap", { at: fc.nat(5) }) },
  { weight: 1, arbitrary: plain("die") },
  { weight: 2, arbitrary: plain("restart") },
  { weight: 2, arbitrary: plain("block", "drain") },
  { weight: 1, arbitrary: plain("stumble") },
  { weight: 1, arbitrary: record("jump", { ms: fc.constantFrom(-86_400_000, -5_000, 5_000, 86_400_000) }) },
];

/** For a server that speaks version 1: all that can go wrong. */
export const anything = fc.oneof(...smooth, ...broken, ...crooked);
/** For a simple one: what TCP lets happen. */
export const plausible = fc.oneof(...smooth, ...broken);

export async function follow(net: Net, step: Step): Promise<void> {
  net.connect();
  const queue = net.wire?.queue ?? [];
  switch (step.do) {
    case "tick":
      for (let i = 0; i < step.n; i++) {
        net.town.step();
        if (net.up) net.flush();
      }
      break;
    case "deliver":
      net.deliver(step.n);
      break;
    case "flow":
      for (let i = 0; i < step.n; i++) {
        net.town.step();
        if (net.up) net.flush();
        net.deliver(9);
        net.advance(100);
      }
      break;
    case "wait":
      net.advance(step.ms);
      break;
    case "lose":
      queue.splice(step.at, 1);
      break;
    case "twice":
      if (queue[step.at] !== undefined) queue.push(queue[step.at]!);
      break;
    case "swap":
      if (queue[step.at] !== undefined) queue.push(...queue.splice(step.at, 1));
      break;
    case "answer":
      await net.answer(step.what);
      break;
    case "cut":
      net.end(net.wire, 1006);
      break;
    case "end":
      if (net.wire?.state === "open") net.end(net.wire, step.code);
      break;
    case "die":
      if (net.wire) net.wire.dead = true;
      break;
    case "down":
      net.up = false;
      net.end(net.wire, 1006);
      break;
    case "up":
      net.up = true;
      break;
    case "refuse":
    case "admit":
      net.refusing = step.do === "refuse";
      break;
    case "restart":
      net.town.restart();
      if (net.up) net.flush();
      break;
    case "block":
    case "drain":
      if (net.wire?.session) net.wire.session.blocked = step.do === "block";
      net.flush();
      break;
    case "stumble":
      net.stumble = true;
      break;
    case "jump":
      net.skew += step.ms;
      break;
    case "page":
      if (step.what === "hide" || step.what === "show") net.hide(step.what === "hide");
      else if (step.what === "pagehide") net.window.dispatchEvent(new Event("pagehide"));
      else net.wake(step.what);
      break;
    case "slow":
    case "quick":
      net.slow = step.do === "slow";
  }
  net.check();
}

/** All is well again, and nothing changes any more: the view has to arrive at the newest state. */
export async function quiet(net: Net): Promise<void> {
  net.up = true;
  net.refusing = net.stumble = net.slow = false;
  if (net.wire?.session) net.wire.session.blocked = false;
  net.hide(false);
  net.wake("pageshow");
  net.flush();
  for (let i = 0; i < 360 && !net.stopped; i++) {
    net.connect();
    net.deliver(99);
    net.advance(250);
    await net.answer("now");
  }
}
