import { describe, expect, it, vi } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { fakeConversion } from "../../test/worker/fake-conversion.js";
import { workerRig } from "../../test/worker/worker-rig.js";
import type { Convert } from "./conversion.js";

const twiceFlaky = (convert: Convert): Convert => {
  let failures = 2;
  return async (request, context) => {
    failures -= 1;
    if (failures >= 0) throw new Error("flaky");
    return convert(request, context);
  };
};

describe("a fleet of workers and finalizers apart", () => {
  it("turns a batch into a dataset, and tries again what failed in passing", async () => {
    await using rig = await workerRig();
    const batchId = await rig.submit(await rig.record("one", "two", "three"));
    const convert = twiceFlaky(fakeConversion(rig.storage).convert);
    const fleet = [
      rig.worker({ roles: ["worker"], untilDrained: true, convert }),
      rig.worker({ roles: ["worker"], untilDrained: true, convert }),
      rig.worker({ roles: ["finalizer"], untilDrained: true }),
    ];
    await Promise.all(fleet.map((worker) => worker.run()));
    expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
    expect(rig.events.filter(({ type }) => type === "published")).toEqual([
      expect.objectContaining({ batchId, worker: fleet[2]?.id }),
    ]);
    const claimers = rig.events.flatMap((event) => (event.type === "claimed" ? event.worker : []));
    expect(claimers).not.toContain(fleet[2]?.id);
    await checkInvariants(rig.store);
  });

  it("leaves a batch without a finalizer converted and unpublished", async () => {
    await using rig = await workerRig();
    const batchId = await rig.submit(await rig.record("text"));
    await rig.worker({ roles: ["worker"], untilDrained: true }).run();
    expect(await rig.queue.getBatch(batchId)).toMatchObject({ status: "Sealed", hold: null });
    expect(await rig.queue.stats()).toMatchObject({ Completed: 1 });
  });

  it("has finalizers take back what dead workers hold, though they claim nothing", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    const { id } = await rig.queue.registerWorker({
      id: "silent",
      host: "gone",
      pid: 1,
      slots: 1,
      leaseMs: 1,
    });
    const job = await rig.queue.claim(id);
    const finalizer = rig.worker({ roles: ["finalizer"], leaseMs: 200 });
    const run = finalizer.run();
    expect((await rig.event("reaped")).jobs).toMatchObject([{ id: job?.id, status: "Pending" }]);
    await vi.waitUntil(async () => (await rig.queue.backlog()).ready === 1);
    await finalizer.stop();
    await run;
    expect(rig.events.map(({ type }) => type)).not.toContain("claimed");
  });

  it("tells the store what each does, and heartbeats for both", async () => {
    await using rig = await workerRig();
    const workers = [
      rig.worker({ roles: ["worker"] }),
      rig.worker({ roles: ["finalizer"] }),
      rig.worker(),
    ];
    const runs = workers.map((worker) => worker.run());
    await vi.waitUntil(async () => {
      const known = await rig.queue.listWorkers();
      return known.length === 3 && known.every((one) => one.heartbeatAt > one.startedAt);
    });
    const known = await rig.queue.listWorkers();
    expect(new Set(known.map(({ roles }) => roles?.join(" and ")))).toEqual(
      new Set(["finalizer", "worker", "worker and finalizer"]),
    );
    await Promise.all(workers.map((worker) => worker.stop()));
    await Promise.all(runs);
  });
});
