import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createStorage } from "@roboflow/storage";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, clientOp, Ledger } from "../../test/queue/client.js";
import { ENGINES } from "../../test/queue/engines.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import { ManualClock, queueRig } from "../../test/queue/queue-rig.js";
import { ScheduledStore } from "../../test/queue/scheduled-store.js";
import { checkStore } from "../doctor/check-store.js";
import { pruneConfigs } from "./prune-configs.js";
import { pruneJobs } from "./prune-jobs.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-prune-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const ROUNDS = 4;

describe.each(ENGINES)("pruning on $name while a fleet is at work", ({ open, runs }) => {
  it("keeps records and indices in agreement, and everything that somebody may still need", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.array(clientOp, { minLength: 8, maxLength: 25, size: "max" }), {
          minLength: 1,
          maxLength: 2,
        }),
        async (scheduler, scripts) => {
          const clock = new ManualClock();
          await using opened = await open(clock.read);
          const output = pathToFileURL(`${directory}/out/`).href;
          const rig = await queueRig(opened.store);
          const world = { raw: opened.store, rig, clock, ledger: new Ledger(), output };
          const never = (): boolean => false;
          const scheduled = (): ScheduledStore =>
            new ScheduledStore(opened.store, scheduler, never);
          const clients = scripts.map((ops, index) =>
            new Client(`client-${index}`, world, scheduled()).run([{ kind: "register" }, ...ops]),
          );
          const storage = createStorage();
          const pruning = async (): Promise<void> => {
            for (let round = 0; round < ROUNDS; round += 1) {
              const store = scheduled();
              await pruneJobs(store, { olderThanMs: 0, actor: "grace", storage });
              await pruneConfigs(store, { graceMs: 3_600_000_000, actor: "grace" });
              await checkInvariants(opened.store);
            }
          };
          await scheduler.waitFor(Promise.all([...clients, pruning()]));
          const { batches } = await checkInvariants(opened.store);
          expect((await checkStore(opened.store)).findings).toEqual([]);
          await pruneJobs(opened.store, { olderThanMs: 0, actor: "grace", storage });
          const left = [...(await checkInvariants(opened.store)).batches.keys()];
          const needed = [...batches.values()].filter(
            (batch) => !("finishedAt" in batch) || ("cleanup" in batch && batch.cleanup),
          );
          expect(left.toSorted()).toEqual(needed.map(({ id }) => id).toSorted());
        },
      ),
      { numRuns: Math.ceil(runs / 2) },
    );
  }, 300_000);
});
