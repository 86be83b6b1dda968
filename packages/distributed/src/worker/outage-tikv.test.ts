import { TestCluster } from "@roboflow/tikv-testkit";
import { expect, it, vi } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { fakeConversion } from "../../test/worker/fake-conversion.js";
import { workerRig } from "../../test/worker/worker-rig.js";
import { TikvStore } from "../store/tikv-store.js";

it("a worker keeps converting while TiKV is away, and loses no finished work", async () => {
  await using cluster = await TestCluster.start();
  await using store = await TikvStore.open(cluster.endpoints);
  await using rig = await workerRig(store);
  const batchId = await rig.submit(await rig.record("one", "two"));
  const conversion = fakeConversion(rig.storage);
  let converted = 0;
  const worker = rig.worker({
    untilDrained: true,
    slots: 2,
    convert: async (request, context) => {
      // Both run before the store goes, and end after it.
      await vi.waitUntil(() => worker.health().jobs.length === 2);
      if (converted === 0) await Promise.all([cluster.stopStore(1), cluster.stopPd(0)]);
      converted += 1;
      return conversion.convert(request, context);
    },
  });
  const run = worker.run();
  const isAway = (): boolean => worker.health().store.state === "away";
  await vi.waitUntil(() => isAway() && worker.health().waitingResults === 2, { timeout: 90_000 });
  expect(worker.health()).toMatchObject({
    live: { ok: true },
    ready: { ok: false },
    jobs: [{ phase: "storing" }, { phase: "storing" }],
  });
  await Promise.all([cluster.startStore(1), cluster.startPd(0)]);
  await run;
  expect(converted).toBe(2);
  expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
  const { jobs } = await rig.queue.listJobs({ batchId });
  expect(jobs.map(({ attempts }) => attempts.map(({ outcome }) => outcome))).toEqual([
    ["completed"],
    ["completed"],
  ]);
  await checkInvariants(store);
});
