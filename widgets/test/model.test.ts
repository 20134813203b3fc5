// The real link and mirror at one end of a line on which everything goes wrong, a town at the other.
// AITOWN_SOAK_STEPS=300000 follows that many steps; AITOWN_SEED follows the same ones again.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Net } from "./model/net";
import { anything, follow, plausible, quiet } from "./model/schedule";

const SOAK = Number(process.env.AITOWN_SOAK_STEPS ?? 0);
const SEED = Number(process.env.AITOWN_SEED ?? (SOAK ? Date.now() % 2 ** 31 : 20250303));
const LENGTH = 120;
const RUNS = SOAK ? Math.ceil((2 * SOAK) / LENGTH) : 100;
const HOURS = 4 * 3_600_000;

/** Closes, and looks that nothing is left to happen. */
function leave(net: Net): void {
  net.close();
  net.deliver(99);
  net.advance(600_000);
}

describe(`random schedules, seed ${SEED}, ${RUNS} runs of up to ${LENGTH} steps`, () => {
  const parameters = { seed: SEED, numRuns: RUNS, ...(SOAK ? { endOnFailure: true } : {}) };

  test(
    "G1–G6, G8, G12: whatever happens, the view is a state of the town, and after quiet the newest",
    async () => {
      let count = 0;
      const choice = fc.record({
        form: fc.constantFrom("rows" as const, "cols" as const, "bin" as const),
        seed: fc.nat(),
        simple: fc.constant(false),
      });
      const schedule = fc.array(anything, { minLength: 10, maxLength: LENGTH, size: "max" });
      const property = fc.asyncProperty(choice, schedule, fc.boolean(), async (chosen, steps, abrupt) => {
        const net = new Net(chosen);
        for (const step of steps) await follow(net, step);
        count += steps.length;
        if (abrupt) return leave(net);
        await quiet(net);
        expect(net.stopped).toBe(false);
        expect(net.applied, "G2 after quiet").toEqual({ epoch: net.town.epoch, seq: net.town.seq });
        expect(net.statuses.at(-1)).toEqual({ kind: "live", polled: false });
        leave(net);
      });
      await fc.assert(property, parameters);
      if (SOAK) console.log(`model: ${count} steps, seed ${SEED}`);
    },
    HOURS,
  );

  test(
    "G3, G11: with a simple server no /state overwrites what came later",
    async () => {
      let count = 0;
      const schedule = fc.array(plausible, { minLength: 10, maxLength: LENGTH, size: "max" });
      const property = fc.asyncProperty(fc.nat(), schedule, async (seed, steps) => {
        const net = new Net({ form: "rows", seed, simple: true });
        let tick = -1;
        for (const step of steps) {
          await follow(net, step);
          const shown = net.mirror.moment?.tick ?? -1;
          if (step.do === "answer") expect(shown, "G3").toBeGreaterThanOrEqual(tick);
          tick = shown;
        }
        await quiet(net);
        count += steps.length;
        expect(net.view(), "after quiet").toEqual(net.town.view());
        net.close();
      });
      await fc.assert(property, parameters);
      if (SOAK) console.log(`model, simple: ${count} steps, seed ${SEED}`);
    },
    HOURS,
  );
});
