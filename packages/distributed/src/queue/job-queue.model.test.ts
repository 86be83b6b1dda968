import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Comparison, queueOp } from "../../test/queue/comparison.js";
import { ENGINES } from "../../test/queue/engines.js";
import { ManualClock, queueRig } from "../../test/queue/queue-rig.js";

describe.each(ENGINES)("JobQueue on $name, one operation after another", ({ open, runs }) => {
  it("does what the model says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(queueOp, { maxLength: 80, size: "max" }), async (ops) => {
        const clock = new ManualClock();
        await using opened = await open(clock.read);
        const comparison = new Comparison(await queueRig(opened.store), clock);
        await comparison.start();
        for (const next of ops) {
          await comparison.run(next);
          const { queue, model } = await comparison.states();
          expect(queue).toEqual(model);
        }
      }),
      { numRuns: runs },
    );
  }, 300_000);
});
