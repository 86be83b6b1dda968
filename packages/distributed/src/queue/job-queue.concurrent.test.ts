import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, clientOp, Ledger } from "../../test/queue/client.js";
import { ENGINES } from "../../test/queue/engines.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import { ManualClock, queueRig } from "../../test/queue/queue-rig.js";
import { ScheduledStore } from "../../test/queue/scheduled-store.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-concurrent-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe.each(ENGINES)("JobQueue on $name, several clients at once", ({ open, runs }) => {
  it("keeps records and indices in agreement, and no job is done twice or lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.array(clientOp, { minLength: 3, maxLength: 20, size: "max" }), {
          minLength: 2,
          maxLength: 3,
        }),
        fc.infiniteStream(fc.nat(11)),
        async (scheduler, scripts, dice) => {
          const clock = new ManualClock();
          await using opened = await open(clock.read);
          const output = pathToFileURL(`${directory}/out/`).href;
          const rig = await queueRig(opened.store);
          const ledger = new Ledger();
          const world = { raw: opened.store, rig, clock, ledger, output };
          const clients = scripts.map((ops, index) => {
            const losesAnswer = (): boolean => dice.next().value === 0;
            const store = new ScheduledStore(opened.store, scheduler, losesAnswer);
            return new Client(`client-${index}`, world, store).run([{ kind: "register" }, ...ops]);
          });
          await scheduler.waitFor(Promise.all(clients));
          const { jobs } = await checkInvariants(opened.store);
          for (const [jobId, epoch] of ledger.completions) {
            const job = jobs.get(jobId);
            if (job === undefined || ledger.mayBeRedone(job.batchId)) continue;
            expect(job).toMatchObject({ status: "Completed", leaseEpoch: epoch });
          }
          const sources = [...jobs.values()].map(({ source }) => source.url);
          expect(new Set(sources).size).toBe(sources.length);
        },
      ),
      { numRuns: runs },
    );
  }, 300_000);
});
