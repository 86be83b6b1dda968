import { describe, expect, it } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import {
  claimBy,
  memoryRig,
  PERMANENT,
  recordings,
  RESULT,
  type MemoryRig,
} from "../../test/queue/queue-rig.js";
import { checkStore } from "../doctor/check-store.js";
import { BatchKeys } from "../keys/keys.js";
import { pruneConfigs } from "../retention/prune-configs.js";
import { leaseOf } from "./lease.js";

interface Orphaned extends MemoryRig {
  readonly batchId: string;
  readonly jobIds: readonly string[];
}

/** A completed, a running and two pending jobs of a batch that is no longer there. */
async function orphaned(): Promise<Orphaned> {
  const rig = await memoryRig();
  const { queue, store, request } = rig;
  const { batchId = "", jobs } = await queue.submit(request(recordings(4)));
  await queue.complete(leaseOf(await claimBy(queue, "w")), RESULT);
  await claimBy(queue, "w");
  await store.transact(async (tx) => tx.delete(BatchKeys.batch(batchId)));
  return { ...rig, batchId, jobIds: jobs.map(({ jobId }) => jobId) };
}

describe("changing jobs by hand", () => {
  it("refuses to cancel a job that is finished, and leaves it as it is", async () => {
    const { queue, store, request } = await memoryRig();
    const { jobs } = await queue.submit(request(recordings(2)));
    await queue.complete(leaseOf(await claimBy(queue, "w")), RESULT);
    await queue.fail(leaseOf(await claimBy(queue, "w")), PERMANENT);
    const before = await checkInvariants(store);
    for (const { jobId } of jobs) {
      const { status } = await queue.getJob(jobId);
      await expect(queue.cancelJob(jobId, "ada")).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_JOB_STATE",
        permanence: "permanent",
        message: `Can't cancel job ${jobId}: it is ${status}, not Pending or Processing`,
      });
    }
    expect(await checkInvariants(store)).toEqual(before);
  });

  it("names the store that has no such job or batch: it may be the wrong one", async () => {
    const { queue } = await memoryRig();
    const hint = expect.stringContaining("check --store");
    for (const wish of [queue.cancelJob("nope", "ada"), queue.getJob("nope")]) {
      await expect(wish).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_JOB_NOT_FOUND",
        message: "There is no job nope in the store memory:",
        hint,
      });
    }
    for (const wish of [
      () => queue.getBatch("nope"),
      () => queue.cancelBatch("nope", "ada"),
      () => queue.retryBatch("nope", "ada"),
      () => queue.sealBatch("nope", "ada"),
    ]) {
      await expect(wish()).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_BATCH_NOT_FOUND",
        message: "There is no batch nope in the store memory:",
        hint,
      });
    }
  });
});

describe("jobs whose batch is gone", () => {
  it("are listed, worked on and cancelled as others", async () => {
    const { queue, jobIds } = await orphaned();
    expect((await queue.listJobs()).jobs).toHaveLength(4);
    expect((await queue.listBatches()).batches).toEqual([]);
    const job = await claimBy(queue, "w");
    expect((await queue.complete(leaseOf(job), RESULT)).status).toBe("Completed");
    const { jobs } = await queue.listJobs({ status: "Pending" });
    expect(jobs).toHaveLength(1);
    expect((await queue.cancelJob(jobs[0]?.id ?? "", "ada")).status).toBe("Cancelled");
    expect(jobIds).toContain(jobs[0]?.id);
  });

  it("can't be retried or submitted again, and the errors say what to do", async () => {
    const { queue, request, batchId } = await orphaned();
    const { jobs } = await queue.listJobs({ status: "Pending" });
    const [first] = jobs;
    if (first === undefined) throw new Error("no job");
    await queue.cancelJob(first.id, "ada");
    const gone = {
      code: "ERR_ROBOFLOW_BATCH_NOT_FOUND",
      hint: "Delete the job and submit its recording again; `roboflow doctor` finds all such jobs.",
    };
    await expect(queue.retryJob(first.id, "ada")).rejects.toMatchObject({
      ...gone,
      message: `Can't retry job ${first.id}: its batch ${batchId} is no longer in the store`,
    });
    await expect(queue.submit(request(recordings(4)))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_BATCH_NOT_FOUND",
      message: expect.stringContaining(batchId),
    });
    expect((await queue.getJob(first.id)).status).toBe("Cancelled");
  });

  it.each(["by hand", "by the doctor"])(
    "are removed %s whatever they do, and can be submitted again",
    async (how) => {
      const { queue, store, request, jobIds } = await orphaned();
      const { jobs: running } = await queue.listJobs({ status: "Processing" });
      const leases = running.flatMap((job) => (job.status === "Processing" ? [leaseOf(job)] : []));
      if (how === "by hand") for (const id of jobIds) await queue.deleteJob(id, "ada");
      else await checkStore(store, { fix: true, actor: "ada" });
      expect((await queue.heartbeat("w", leases)).lost).toEqual([
        { jobId: leases[0]?.jobId, reason: "deleted" },
      ]);
      await checkStore(store, { fix: true });
      expect((await checkInvariants(store)).jobs.size).toBe(0);
      expect(await queue.submit(request(recordings(4)))).toMatchObject({ created: 4 });
    },
  );
});

describe("a submitter that dies between config and jobs", () => {
  it("leaves a config that the same submit uses, or that is pruned once nobody comes", async () => {
    const { queue, store, request, clock, configHash } = await memoryRig();
    expect((await checkStore(store)).healthy).toBe(true);
    expect(await queue.stats()).toMatchObject({ Pending: 0 });
    const prune = { graceMs: 1_000, actor: "ada", dryRun: true };
    clock.advance(1_000);
    expect(await pruneConfigs(store, prune)).toEqual([{ kind: "config", hash: configHash }]);
    expect(await queue.submit(request(recordings(1)))).toMatchObject({ created: 1 });
    expect(await pruneConfigs(store, prune)).toEqual([]);
  });
});
