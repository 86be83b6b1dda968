import { describe, expect, it } from "vitest";
import { BeforeCommit } from "../../test/queue/before-commit.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import {
  claimBy,
  memoryRig,
  PERMANENT,
  recordings,
  RESULT,
  type MemoryRig,
} from "../../test/queue/queue-rig.js";
import { readContents } from "../finalizer/batch-contents.js";
import {
  abandonFinalizing,
  beginFinalizing,
  beginPublishing,
  failFinalizing,
  finishPublishing,
} from "../finalizer/finalize-writes.js";
import type { BatchRecord } from "../records/batch-record.js";
import { readBatch } from "./batch-writes.js";
import { JobQueue } from "./job-queue.js";
import { acquireLock, type Leadership } from "./leader-lock.js";
import { leaseOf, type Lease } from "./lease.js";

interface Sealed extends MemoryRig {
  readonly batchId: string;
  readonly leadership: Leadership;
}

/** A sealed batch whose jobs have ended: the first `failures` of them failed. */
async function ended(jobs: number, failures: number): Promise<Sealed> {
  const { leases, ...sealed } = await opened(jobs);
  for (const [index, lease] of leases.entries()) {
    if (index < failures) await sealed.queue.fail(lease, PERMANENT);
    else await sealed.queue.complete(lease, RESULT);
  }
  return sealed;
}

/** A sealed batch whose jobs are all running. */
async function opened(jobs: number): Promise<Sealed & { readonly leases: readonly Lease[] }> {
  const rig = await memoryRig();
  const { batchId = "" } = await rig.queue.submit(rig.request(recordings(jobs)));
  const leases: Lease[] = [];
  for (let index = 0; index < jobs; index += 1) leases.push(leaseOf(await claimBy(rig.queue, "w")));
  const lock = { name: "finalizer", holder: "f", leaseMs: 120_000 };
  const leadership = await acquireLock(rig.store, lock);
  if (leadership === undefined) throw new Error("no leader");
  return { ...rig, batchId, leadership, leases };
}

async function begin({ store, leadership, batchId }: Sealed): Promise<BatchRecord | undefined> {
  const batch = await readBatch(store, batchId);
  return beginFinalizing(store, leadership, batch, await readContents(store, batchId));
}

async function publish(sealed: Sealed): Promise<BatchRecord> {
  const { store, leadership, batchId } = sealed;
  const { excluded, episodes } = await readContents(store, batchId);
  await beginPublishing(store, leadership, batchId);
  const dataset = { episodes: episodes.length, frames: 10, features: {} };
  return finishPublishing(store, leadership, batchId, { dataset, excluded });
}

const state = { code: "ERR_ROBOFLOW_BATCH_STATE" };

describe("a batch", () => {
  it("is published when all of its jobs have completed", async () => {
    const sealed = await ended(2, 0);
    expect(await begin(sealed)).toMatchObject({ status: "Finalizing", phase: "assembling" });
    expect(await publish(sealed)).toMatchObject({ status: "Published", generation: 1 });
    await expect(sealed.queue.retryBatch(sealed.batchId, "ada")).rejects.toMatchObject(state);
    await checkInvariants(sealed.store);
  });

  it("is held for a decision while jobs have failed, until they are retried", async () => {
    const sealed = await ended(3, 1);
    const { queue, batchId } = sealed;
    const hold = { failed: 1, dead: 0, cancelled: 0 };
    expect(await begin(sealed)).toMatchObject({ status: "Sealed", hold });
    await expect(
      queue.finalizeBatch(batchId, { allowPartial: false, actor: "ada" }),
    ).rejects.toMatchObject({
      ...state,
      message: `Can't finalize it: batch ${batchId} waits for a decision: 1 job did not complete`,
      hint: "Retry them, or finalize with allowPartial (--allow-partial) to leave them out.",
    });
    expect(await queue.retryBatch(batchId, "ada")).toBe(1);
    expect(await queue.getBatch(batchId)).toMatchObject({ status: "Sealed", hold: null });
    expect((await queue.batchStats(batchId)).Pending).toBe(1);
    await checkInvariants(sealed.store);
  });

  it("is published in part when told so, and whole in a new generation after a retry", async () => {
    const sealed = await ended(3, 1);
    const { queue, batchId } = sealed;
    await begin(sealed);
    await queue.finalizeBatch(batchId, { allowPartial: true, actor: "ada" });
    await begin(sealed);
    expect(await publish(sealed)).toMatchObject({
      status: "Partial",
      excluded: { failed: 1, dead: 0, cancelled: 0 },
    });
    await queue.retryBatch(batchId, "ada");
    expect(await queue.getBatch(batchId)).toMatchObject({
      status: "Sealed",
      generation: 2,
      allowPartial: false,
    });
    await queue.complete(leaseOf(await claimBy(queue, "w")), RESULT);
    await begin(sealed);
    expect(await publish(sealed)).toMatchObject({ status: "Published", generation: 2 });
    await checkInvariants(sealed.store);
  });

  it("is not held for jobs that were retried while the finalizer was reading them", async () => {
    const sealed = await ended(2, 1);
    const { queue, batchId, store, leadership } = sealed;
    const contents = await readContents(store, batchId);
    const batch = await readBatch(store, batchId);
    const racing = new BeforeCommit(store, () => queue.retryBatch(batchId, "ada"));
    expect(await beginFinalizing(racing, leadership, batch, contents)).toBeUndefined();
    expect(await queue.getBatch(batchId)).toMatchObject({ status: "Sealed", hold: null });
    await checkInvariants(store);
  });

  it("is looked at anew if it changed after the finalizer read its jobs", async () => {
    const sealed = await ended(2, 1);
    const { queue, batchId, store, leadership } = sealed;
    const batch = await readBatch(store, batchId);
    const contents = await readContents(store, batchId);
    const { jobs } = await queue.listJobs({ status: "Failed" });
    await queue.deleteJob(jobs[0]?.id ?? "", "ada");
    expect(await beginFinalizing(store, leadership, batch, contents)).toBeUndefined();
    expect(await queue.getBatch(batchId)).toMatchObject({ status: "Sealed", hold: null });
    expect(await begin(sealed)).toMatchObject({ status: "Finalizing" });
  });

  it("is not finalized without a job that ended after the finalizer had read it", async () => {
    const sealed = await opened(2);
    const { queue, batchId, store, leadership, leases } = sealed;
    const [first, second] = leases;
    if (first === undefined || second === undefined) throw new Error("no leases");
    await queue.complete(first, RESULT);
    const batch = await readBatch(store, batchId);
    const contents = await readContents(store, batchId);
    expect(contents).toMatchObject({ open: 1 });
    await queue.complete(second, RESULT);
    expect(await beginFinalizing(store, leadership, batch, contents)).toBeUndefined();
    expect(await begin(sealed)).toMatchObject({ status: "Finalizing" });
    expect(await publish(sealed)).toMatchObject({ status: "Published", dataset: { episodes: 2 } });
  });

  it("is not finalized with open jobs", async () => {
    const sealed = await ended(2, 1);
    await sealed.queue.retryBatch(sealed.batchId, "ada");
    expect(await begin(sealed)).toBeUndefined();
  });

  it("excludes a retry by a finalization that begins at the same moment", async () => {
    const sealed = await ended(2, 1);
    const { queue, batchId, store } = sealed;
    await queue.finalizeBatch(batchId, { allowPartial: true, actor: "ada" });
    const { jobs } = await queue.listJobs({ status: "Failed" });
    const racing = new JobQueue(new BeforeCommit(store, () => begin(sealed)));
    await expect(racing.retryJob(jobs[0]?.id ?? "", "ada")).rejects.toMatchObject(state);
    await checkInvariants(store);
  });

  it("can be cancelled with its open jobs until it is being published", async () => {
    const rig = await memoryRig();
    const { queue } = rig;
    const { batchId = "" } = await queue.submit(rig.request(recordings(300)));
    const lease = leaseOf(await claimBy(queue, "w"));
    expect(await queue.cancelBatch(batchId, "ada")).toMatchObject({
      status: "Cancelled",
      cleanup: false,
    });
    expect(await queue.stats()).toMatchObject({ Pending: 0, Processing: 0, Cancelled: 300 });
    expect((await queue.heartbeat("w", [lease])).lost).toEqual([
      { jobId: lease.jobId, reason: "cancelled" },
    ]);
    await checkInvariants(rig.store);

    const sealed = await ended(1, 0);
    await begin(sealed);
    await beginPublishing(sealed.store, sealed.leadership, sealed.batchId);
    await expect(sealed.queue.cancelBatch(sealed.batchId, "ada")).rejects.toMatchObject(state);
  });

  it.each([
    ["given up", "Sealed"],
    ["failed", "Failed"],
  ] as const)("can't be cancelled after a publishing that was %s", async (how, status) => {
    const sealed = await ended(1, 0);
    const { queue, store, leadership, batchId } = sealed;
    await begin(sealed);
    await beginPublishing(store, leadership, batchId);
    if (how === "given up") await abandonFinalizing(store, leadership, batchId);
    else {
      const { backoff } = queue;
      await failFinalizing(store, leadership, batchId, { error: PERMANENT, backoff });
    }
    expect((await queue.getBatch(batchId)).status).toBe(status);
    await expect(queue.cancelBatch(batchId, "ada")).rejects.toMatchObject({
      ...state,
      hint: "Parts of its dataset may be in their place already: finalize it again, or retry it.",
    });
    await queue.retryBatch(batchId, "ada");
    await begin(sealed);
    await expect(queue.cancelBatch(batchId, "ada")).rejects.toMatchObject(state);
    expect(await publish(sealed)).toMatchObject({ status: "Published", publishingBegan: false });
  });

  it("can be taken up again after a cancel, unless its submit never ended", async () => {
    const rig = await memoryRig();
    const { queue, request } = rig;
    const { batchId = "" } = await queue.submit(request(recordings(2)));
    await queue.cancelBatch(batchId, "ada");
    expect(await queue.retryBatch(batchId, "ada")).toBe(2);
    expect((await queue.getBatch(batchId)).status).toBe("Sealed");

    const open = await queue.openBatch(request([], { output: "file:///data/other/" }));
    await queue.cancelBatch(open.id, "ada");
    await expect(queue.retryBatch(open.id, "ada")).rejects.toMatchObject(state);
  });

  it("goes with its last job, and lets go of its config", async () => {
    const sealed = await ended(2, 2);
    const { queue, batchId } = sealed;
    const { jobs } = await queue.listJobs({ batchId });
    for (const { id } of jobs) await queue.deleteJob(id, "ada");
    await expect(queue.getBatch(batchId)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_BATCH_NOT_FOUND",
      hint: "List them with `roboflow batches list`; check --store.",
    });
    expect((await checkInvariants(sealed.store)).batches.size).toBe(0);
    const again = await queue.submit(sealed.request(recordings(2)));
    expect(again.jobs.every(({ created }) => created)).toBe(true);
  });

  it("is listed by pages, newest first if wanted", async () => {
    const { queue, request } = await memoryRig();
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const more = { output: `file:///data/${index}/` };
      ids.push((await queue.submit(request(recordings(3), more))).batchId ?? "");
    }
    const first = await queue.listBatches({ limit: 2, newestFirst: true });
    expect(first.batches.map(({ id }) => id)).toEqual([ids[4], ids[3]]);
    const cursor = first.cursor ?? "";
    const rest = await queue.listBatches({ limit: 9, newestFirst: true, cursor });
    expect(rest.batches.map(({ id }) => id)).toEqual([ids[2], ids[1], ids[0]]);
    expect(rest.cursor).toBeUndefined();
    const oldest = await queue.listBatches({ limit: 3 });
    expect(oldest.batches.map(({ id }) => id)).toEqual(ids.slice(0, 3));
  });
});
