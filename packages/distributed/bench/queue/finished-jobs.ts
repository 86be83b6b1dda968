import { randomUUID } from "node:crypto";
import { keyId, prefixRange } from "../../src/keys/codec.js";
import { BatchKeys, JobKeys } from "../../src/keys/keys.js";
import { readBatch, writeBatch } from "../../src/queue/batch-writes.js";
import { deleteBatch } from "../../src/queue/delete-batch.js";
import { writeJob } from "../../src/queue/job-index.js";
import { JobQueue } from "../../src/queue/job-queue.js";
import { findJobs } from "../../src/queue/read-job.js";
import { newId } from "@roboflow/core";
import type { KvStore } from "../../src/store/kv-store.js";

const RESULT = { frames: 1, episodes: 1, artifactUrl: "file:///a/", report: [], warnings: [] };

/**
 * Stores `count` finished jobs in their final state, each with all that the queue keeps of it.
 * @returns the batches that they are in
 */
export async function loadFinished(
  store: KvStore,
  configHash: string,
  { count, perTransaction }: { readonly count: number; readonly perTransaction: number },
): Promise<ReadonlySet<string>> {
  if (count === 0) return new Set();
  const queue = new JobQueue(store);
  const worker = await queue.registerWorker({
    id: randomUUID(),
    host: "",
    pid: 0,
    slots: 1,
    leaseMs: 120_000,
  });
  await queue.submit({
    output: "file:///finished/",
    configHash,
    submittedBy: "bench",
    jobs: [{ source: { url: "file:///0.mcap", size: 1, identity: "i" } }],
  });
  const claimed = await queue.claim(worker.id);
  if (claimed === undefined) throw new Error("There was nothing to claim");
  const lease = { jobId: claimed.id, workerId: worker.id, epoch: claimed.leaseEpoch };
  const done = await queue.complete(lease, RESULT);
  await queue.unregisterWorker(worker.id);
  const batch = await readBatch(store, done.batchId);
  for (let from = 1; from < count; from += perTransaction) {
    const end = Math.min(count, from + perTransaction);
    await store.transact(async (tx) => {
      for (let ordinal = from; ordinal < end; ordinal += 1) {
        const idempotencyKey = done.idempotencyKey.slice(16) + hex(ordinal);
        const job = { ...done, id: newId(), ordinal, idempotencyKey };
        writeJob(tx, undefined, job);
        tx.put(JobKeys.idem(idempotencyKey), Buffer.from(job.id));
      }
      if (end === count) writeBatch(tx, { ...batch, jobCount: count });
    });
  }
  return new Set([batch.id]);
}

/** Forgets the jobs of a run, so that the next one finds as many finished ones. */
export async function forgetRuns(store: KvStore, keep: ReadonlySet<string>): Promise<void> {
  const queue = new JobQueue(store);
  for (const { id } of (await queue.listBatches({ limit: 100 })).batches) {
    if (keep.has(id)) continue;
    for (let more = true; more;) {
      more = await store.transact(async (tx) => {
        const ids: string[] = [];
        const members = prefixRange(BatchKeys.members(id));
        for await (const { key } of tx.scan({ ...members, limit: 500 })) ids.push(keyId(key));
        for (const job of await findJobs(tx, ids)) {
          if (job === undefined) continue;
          writeJob(tx, job, undefined);
          tx.delete(JobKeys.idem(job.idempotencyKey));
        }
        if (ids.length === 0) await deleteBatch(tx, await readBatch(tx, id));
        return ids.length > 0;
      });
    }
  }
}

function hex(ordinal: number): string {
  return ordinal.toString(16).padStart(16, "0");
}
