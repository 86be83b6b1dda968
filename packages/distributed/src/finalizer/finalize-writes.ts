import { DistributedError } from "../error.js";
import { backoffMs, type Backoff } from "../queue/backoff.js";
import { batchCommon, readBatch, sealed, writeBatch } from "../queue/batch-writes.js";
import { requireLeadership, type Leadership } from "../queue/leader-lock.js";
import { freeOutput } from "../queue/output-index.js";
import type { BatchIn, BatchRecord, DatasetSummary } from "../records/batch-record.js";
import type { ErrorRecord } from "../records/error-record.js";
import { isOutage } from "../records/outage.js";
import type { KvStore, KvTransaction } from "../store/kv-store.js";
import { countExcluded, type BatchContents } from "./batch-contents.js";
import { hasOpenJobs } from "./due-batches.js";

const MAX_FAILURES = 5;

/**
 * Starts a finalization, or holds the batch for a decision. Whatever changes a batch's jobs other
 * than by ending them writes the batch, so `contents` read after it at `revision` still stand if
 * the revision does and all jobs had ended: those that were open may have ended since unseen.
 * @returns undefined if a job was or is open, or the batch changed since it was read
 */
export async function beginFinalizing(
  store: KvStore,
  leadership: Leadership,
  { id, revision }: BatchRecord,
  contents: BatchContents,
): Promise<BatchRecord | undefined> {
  return store.transact(async (tx) => {
    await requireLeadership(tx, leadership);
    const batch = await readBatch(tx, id);
    if (batch.revision !== revision || contents.open > 0) return undefined;
    if (await hasOpenJobs(tx, id)) return undefined;
    const { token, holder } = leadership;
    const after: BatchRecord =
      countExcluded(contents.excluded) > 0 && !batch.allowPartial && !contents.damage
        ? { ...sealed(batch), hold: contents.excluded }
        : {
            ...batchCommon(batch),
            status: "Finalizing",
            token,
            worker: holder,
            startedAt: tx.now,
            phase: "assembling",
            stagings: [...new Set([...batch.stagings, token])],
          };
    writeBatch(tx, after);
    return after;
  });
}

/** From here on the batch can't be cancelled, whatever becomes of the finalization. */
export async function beginPublishing(
  store: KvStore,
  leadership: Leadership,
  batchId: string,
): Promise<void> {
  await store.transact(async (tx) => {
    const batch = await readFinalizing(tx, leadership, batchId);
    writeBatch(tx, { ...batch, phase: "publishing", publishingBegan: true });
  });
}

/** A repetition after a lost answer gives the batch as it is. */
export async function finishPublishing(
  store: KvStore,
  leadership: Leadership,
  batchId: string,
  { dataset, excluded }: { readonly dataset: DatasetSummary } & Pick<BatchContents, "excluded">,
): Promise<BatchIn<"Published" | "Partial">> {
  return store.transact(async (tx) => {
    const before = await readBatch(tx, batchId);
    if (isPublished(before)) {
      // Since this leader began, nobody else can have done it.
      await requireLeadership(tx, leadership);
      return before;
    }
    const batch = await readFinalizing(tx, leadership, batchId);
    const done = {
      ...batchCommon(batch),
      finalizeFailures: 0,
      lastError: null,
      publishingBegan: false,
      finishedAt: tx.now,
      dataset,
      cleanup: true,
    };
    const after: BatchIn<"Published" | "Partial"> =
      countExcluded(excluded) === 0
        ? { ...done, status: "Published" }
        : { ...done, status: "Partial", excluded };
    await freeOutput(tx, batch);
    writeBatch(tx, after);
    return after;
  });
}

/** Failed if trying again can't help or did not; else sealed again, to be tried later. */
export async function failFinalizing(
  store: KvStore,
  leadership: Leadership,
  batchId: string,
  { error, backoff }: { readonly error: ErrorRecord; readonly backoff: Backoff },
): Promise<BatchRecord> {
  return store.transact(async (tx) => {
    const batch = await readFinalizing(tx, leadership, batchId);
    const finalizeFailures = batch.finalizeFailures + 1;
    const common = { ...batchCommon(batch), finalizeFailures, lastError: error };
    // What is away comes back: tried for as long as it takes, and no decision for people.
    const final =
      error.permanence === "permanent" || (finalizeFailures >= MAX_FAILURES && !isOutage(error));
    const after: BatchRecord = final
      ? { ...common, status: "Failed", finishedAt: tx.now, error }
      : {
          ...common,
          status: "Sealed",
          hold: null,
          notBefore: tx.now + backoffMs(backoff, finalizeFailures),
        };
    writeBatch(tx, after);
    return after;
  });
}

/** Given up by a worker that ends; does not count as a failure. */
export async function abandonFinalizing(
  store: KvStore,
  leadership: Leadership,
  batchId: string,
): Promise<void> {
  await store.transact(async (tx) => {
    writeBatch(tx, sealed(await readFinalizing(tx, leadership, batchId)));
  });
}

export async function endCleanup(store: KvStore, batchId: string): Promise<void> {
  await store.transact(async (tx) => {
    const batch = await readBatch(tx, batchId);
    if (!isPublished(batch)) return;
    if (batch.cleanup) writeBatch(tx, { ...batch, cleanup: false, stagings: [] });
  });
}

function isPublished(batch: BatchRecord): batch is BatchIn<"Published" | "Partial"> {
  return batch.status === "Published" || batch.status === "Partial";
}

/** Whether this leader's finalization still stands. */
export function isFinalizing(batch: BatchRecord | undefined, { token }: Leadership): boolean {
  return batch?.status === "Finalizing" && batch.token === token;
}

async function readFinalizing(
  tx: KvTransaction,
  leadership: Leadership,
  batchId: string,
): Promise<BatchIn<"Finalizing">> {
  await requireLeadership(tx, leadership);
  const batch = await readBatch(tx, batchId);
  if (batch.status === "Finalizing" && batch.token === leadership.token) return batch;
  throw new DistributedError(
    "ERR_ROBOFLOW_LEASE_LOST",
    `The finalization of batch ${batchId} with token ${leadership.token} no longer stands: the batch is ${batch.status}`,
  );
}
