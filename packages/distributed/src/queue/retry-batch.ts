import { keyAfter, keyId, prefixRange, type KeyRange } from "../keys/codec.js";
import { BatchKeys } from "../keys/keys.js";
import type { BatchRecord } from "../records/batch-record.js";
import type { KvStore, KvTransaction } from "../store/kv-store.js";
import { Admission } from "./admission.js";
import { writeAudit } from "./audit.js";
import { authorize, type Operator } from "./authorize.js";
import { batchStateError, readBatch, sealed, writeBatch } from "./batch-writes.js";
import { isRetryable } from "./job-control.js";
import { writeJob } from "./job-index.js";
import { retried, revoked } from "./job-transitions.js";
import { batchJobs } from "./list-jobs.js";
import { findJobs } from "./read-job.js";
import { beingPruned, reopenBatch } from "./reopen-batch.js";

const JOBS_PER_TRANSACTION = 100;

/**
 * Retries every job of the batch that failed, died or was cancelled, and a failed finalization.
 * Of a cancelled batch whose artifacts were removed, every job.
 * @returns how many jobs are ready again
 * @throws DistributedError `ERR_ROBOFLOW_BATCH_STATE`, `ERR_ROBOFLOW_NOT_ALLOWED`
 */
export async function retryBatch(
  store: KvStore,
  batchId: string,
  operator: Operator,
): Promise<number> {
  const { actor } = operator;
  await store.transact(async (tx) => {
    const { submittedBy } = await readBatch(tx, batchId, store.url);
    authorize("retry", { ...operator, owner: submittedBy });
  });
  const redone = await revokeResults(store, batchId);
  await store.transact((tx) => reopenBatch(tx, batchId, redone));
  const { end, start } = prefixRange(BatchKeys.members(batchId));
  let retriedJobs = 0;
  for (let next: Uint8Array | undefined = start; next !== undefined;) {
    const from: Uint8Array = next;
    const page: RetriedPage = await store.transact((tx) =>
      retryPage(tx, batchId, { start: from, end }),
    );
    retriedJobs += page.retried;
    next = page.next;
  }
  await store.transact(async (tx) => {
    const subject = { kind: "batch", id: batchId } as const;
    writeAudit(tx, { actor, action: "retry", subject, jobs: retriedJobs });
  });
  return retriedJobs;
}

/**
 * After the artifacts of a cancelled batch were removed, nothing of it counts as completed any more.
 * While it is cancelled nothing else can change its jobs; if this breaks off, the next retry goes on.
 * @returns whether the artifacts were removed
 */
async function revokeResults(store: KvStore, batchId: string): Promise<boolean> {
  const isRevoked = (batch: BatchRecord): boolean =>
    batch.status === "Cancelled" && batch.artifacts === "removed";
  if (!isRevoked(await readBatch(store, batchId))) return false;
  for await (const jobs of batchJobs(store, batchId, JOBS_PER_TRANSACTION)) {
    const ids = jobs.filter(({ status }) => status === "Completed").map(({ id }) => id);
    if (ids.length === 0) continue;
    await store.transact(async (tx) => {
      const batch = await readBatch(tx, batchId);
      if (!isRevoked(batch)) throw batchStateError(batch, "retry its jobs");
      tx.lock(BatchKeys.batch(batchId));
      for (const job of await findJobs(tx, ids)) {
        if (job?.status === "Completed") writeJob(tx, job, revoked(job, tx.now));
      }
    });
  }
  return true;
}

interface RetriedPage {
  readonly retried: number;
  /** Where the next page starts; undefined on the last. */
  readonly next: Uint8Array | undefined;
}

async function retryPage(
  tx: KvTransaction,
  batchId: string,
  range: KeyRange,
): Promise<RetriedPage> {
  const ids: string[] = [];
  let last: Uint8Array | undefined;
  for await (const { key } of tx.scan({ ...range, limit: JOBS_PER_TRANSACTION })) {
    ids.push(keyId(key));
    last = key;
  }
  const jobs = (await findJobs(tx, ids)).filter((job) => job !== undefined).filter(isRetryable);
  const admission = new Admission(tx);
  for (const job of jobs) await admission.change(job, retried(job, tx.now));
  if (jobs.length > 0) await reopenBatch(tx, batchId);
  const full = ids.length === JOBS_PER_TRANSACTION;
  const next = full && last !== undefined ? keyAfter(last) : undefined;
  return { retried: jobs.length, next };
}

/**
 * Lets the finalizer have a batch that waits for a decision or has failed.
 * @param allowPartial publish without the jobs that failed, died or were cancelled
 * @throws DistributedError `ERR_ROBOFLOW_BATCH_STATE`
 */
export async function releaseBatch(
  store: KvStore,
  batchId: string,
  { allowPartial, ...operator }: Operator & { readonly allowPartial: boolean },
): Promise<BatchRecord> {
  const { actor } = operator;
  return store.transact(async (tx) => {
    const batch = await readBatch(tx, batchId, store.url);
    authorize("finalize", { ...operator, owner: batch.submittedBy });
    if (batch.pruning === true) throw beingPruned(batch, "finalize it");
    if (batch.status !== "Sealed" && batch.status !== "Failed") {
      throw batchStateError(
        batch,
        "finalize it",
        batch.status === "Submitting"
          ? "If its submit broke off, run the same submit again."
          : undefined,
      );
    }
    if (batch.status === "Sealed" && batch.hold !== null && !allowPartial) {
      throw batchStateError(
        batch,
        "finalize it",
        "Retry them, or finalize with allowPartial (--allow-partial) to leave them out.",
      );
    }
    const after: BatchRecord = { ...sealed(batch), allowPartial, finalizeFailures: 0 };
    writeBatch(tx, after);
    const subject = { kind: "batch", id: batchId } as const;
    writeAudit(tx, { actor, action: "finalize", subject, jobs: batch.jobCount });
    return after;
  });
}
