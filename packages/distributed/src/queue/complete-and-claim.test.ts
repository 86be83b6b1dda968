import { describe, expect, it, vi } from "vitest";
import { BeforeCommit } from "../../test/queue/before-commit.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import { losingAnswer } from "../../test/queue/losing-answer.js";
import {
  claimBy,
  memoryRig,
  recordings,
  RESULT,
  type MemoryRig,
} from "../../test/queue/queue-rig.js";
import { LimitKeys, WorkerKeys } from "../keys/keys.js";
import type { JobIn } from "../records/job-record.js";
import type { KvTransaction } from "../store/kv-store.js";
import { JobQueue } from "./job-queue.js";
import { leaseOf } from "./lease.js";

const WORKER_ID = "w";

async function rigOf(count: number): Promise<MemoryRig & { readonly first: JobIn<"Processing"> }> {
  const rig = await memoryRig();
  await rig.queue.submit(rig.request(recordings(count)));
  return { ...rig, first: await claimBy(rig.queue, WORKER_ID) };
}

const ending = (job: JobIn<"Processing">) => ({
  lease: leaseOf(job),
  result: RESULT,
  workerId: WORKER_ID,
});

/** As if it had been declared dead and forgotten. */
const forget = async (tx: KvTransaction): Promise<void> => tx.delete(WorkerKeys.worker(WORKER_ID));

describe("completeAndClaim", () => {
  it("does both in one commit, until there is no job left", async () => {
    const { queue, store, first } = await rigOf(3);
    const transact = vi.spyOn(store, "transact");
    let held: JobIn<"Processing"> | undefined = first;
    const done: string[] = [];
    while (held !== undefined) {
      const { job, next } = await queue.completeAndClaim(ending(held));
      expect(job).toMatchObject({ id: held.id, status: "Completed" });
      done.push(job.id);
      held = next;
    }
    expect(new Set(done).size).toBe(3);
    expect(transact).toHaveBeenCalledTimes(3);
    expect(await queue.stats()).toMatchObject({ Completed: 3, Processing: 0, Pending: 0 });
    await checkInvariants(store);
  });

  it("takes the job that the completed one made room for", async () => {
    const { queue, request, store } = await memoryRig();
    await queue.submit(request(recordings(2), { maxRunning: 1 }));
    const first = await claimBy(queue, WORKER_ID);
    const { next } = await queue.completeAndClaim(ending(first));
    expect(next).toMatchObject({ status: "Processing", owner: WORKER_ID });
    await checkInvariants(store);
  });

  it("completes alone after a conflict over the claim", async () => {
    const { queue, store, first } = await rigOf(2);
    await queue.registerWorker({ id: "x", host: "", pid: 1, slots: 1, leaseMs: 120_000 });
    // Another process takes the job just before the commit.
    const overtaken = new JobQueue(new BeforeCommit(store, () => new JobQueue(store).claim("x")));
    let conflicts = 0;
    const { job, next } = await overtaken.completeAndClaim(ending(first), {
      onConflict: () => (conflicts += 1),
    });
    expect([job.status, next, conflicts]).toEqual(["Completed", undefined, 1]);
    await checkInvariants(store);
  });

  it.each([
    ["drains", (queue: JobQueue) => queue.markDraining(WORKER_ID)],
    ["is of a fleet that is paused", (queue: JobQueue) => queue.pauseAll("ada")],
    ["has no record", (queue: JobQueue) => queue.store.transact(forget)],
  ])("completes and takes nothing for a worker that %s", async (_, prepare) => {
    const { queue, first } = await rigOf(2);
    await prepare(queue);
    const { job, next } = await queue.completeAndClaim(ending(first));
    expect([job.status, next]).toEqual(["Completed", undefined]);
    expect(await queue.stats()).toMatchObject({ Completed: 1, Pending: 1 });
  });

  it("completes even if what decides on claims can't be read", async () => {
    const { queue, store, first } = await rigOf(2);
    const newer = new TextEncoder().encode('{"version":99}');
    await store.transact(async (tx) => tx.put(LimitKeys.control(), newer));
    await expect(queue.claim(WORKER_ID)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_RECORD_NEWER",
    });
    const { job, next } = await queue.completeAndClaim(ending(first));
    expect([job.status, next]).toEqual(["Completed", undefined]);
  });

  it("takes nothing for an attempt that lost its job", async () => {
    const { queue, first } = await rigOf(2);
    await queue.cancelJob(first.id, "ada");
    await expect(queue.completeAndClaim(ending(first))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_LEASE_LOST",
    });
    expect(await queue.stats()).toMatchObject({ Cancelled: 1, Pending: 1, Processing: 0 });
  });

  it("is answered again after a lost answer; the heartbeat tells what it had taken", async () => {
    const { queue, store, first } = await rigOf(3);
    const losing = new JobQueue(losingAnswer(store, 1).store);
    await expect(losing.completeAndClaim(ending(first))).rejects.toMatchObject({
      permanence: "transient",
    });
    expect((await queue.complete(leaseOf(first), RESULT)).status).toBe("Completed");
    const { unknown } = await queue.heartbeat(WORKER_ID, []);
    expect(unknown).toHaveLength(1);
    for (const lease of unknown) await queue.handBack(lease);
    expect(await queue.stats()).toMatchObject({ Completed: 1, Pending: 2, Processing: 0 });
    await checkInvariants(store);
  });
});
