import { describe, expect, it } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { claimBy, memoryRig, recordings, TRANSIENT } from "../../test/queue/queue-rig.js";
import { BatchKeys } from "../keys/keys.js";
import { JobQueue } from "./job-queue.js";
import { leaseOf } from "./lease.js";

/** A batch whose jobs are all dead, in an output of its own. */
async function deadBatch(
  queue: JobQueue,
  rig: Awaited<ReturnType<typeof memoryRig>>,
  name: string,
) {
  const jobs = recordings(3, { maxAttempts: 1 });
  const more = { output: `file:///data/${name}/`, submittedBy: name };
  const { batchId = "" } = await queue.submit(rig.request(jobs, more));
  for (const _ of jobs) await queue.fail(leaseOf(await claimBy(queue, "w")), TRANSIENT);
  return batchId;
}

describe("dead jobs", () => {
  it("are listed with their errors, and made ready again all at once", async () => {
    const rig = await memoryRig();
    const { queue, store } = rig;
    const batchId = await deadBatch(queue, rig, "ada");
    const dead = await queue.deadJobs({ limit: 2 });
    expect(dead.jobs).toMatchObject([
      { status: "Dead", error: TRANSIENT },
      { status: "Dead", error: TRANSIENT },
    ]);
    expect(dead.cursor).toBeDefined();
    expect(await queue.retryDead({ actor: "ada" })).toEqual({ retried: 3, left: [] });
    expect((await queue.stats()).Pending).toBe(3);
    expect((await queue.audit()).entries[0]).toMatchObject({
      action: "retry",
      subject: { kind: "batch", id: batchId },
      jobs: 3,
    });
    expect(await queue.retryDead({ actor: "ada" })).toEqual({ retried: 0, left: [] });
    await checkInvariants(store);
  });

  it("of one batch can be retried alone", async () => {
    const rig = await memoryRig();
    const { queue } = rig;
    await deadBatch(queue, rig, "ada");
    const batchId = await deadBatch(queue, rig, "bob");
    expect((await queue.retryDead({ actor: "ada", batchId })).retried).toBe(3);
    expect((await queue.batchStats(batchId)).Pending).toBe(3);
    expect((await queue.stats()).Dead).toBe(3);
  });

  it("that can't be retried are left, and named", async () => {
    const rig = await memoryRig();
    const { queue, store } = rig;
    const gone = await deadBatch(queue, rig, "ada");
    const foreign = await deadBatch(queue, rig, "bob");
    const own = await deadBatch(queue, rig, "eve");
    await store.transact(async (tx) => tx.delete(BatchKeys.batch(gone)));
    const guarded = new JobQueue(store, { admins: ["root"] });
    const { retried, left } = await guarded.retryDead({ actor: "eve" });
    expect(retried).toBe(3);
    expect((await guarded.batchStats(own)).Pending).toBe(3);
    expect(left).toMatchObject([
      { batchId: gone, jobs: 3, error: { code: "ERR_ROBOFLOW_BATCH_NOT_FOUND" } },
      { batchId: foreign, jobs: 3, error: { code: "ERR_ROBOFLOW_NOT_ALLOWED" } },
    ]);
  });
});
