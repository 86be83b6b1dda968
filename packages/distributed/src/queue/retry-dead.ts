import { RoboflowError } from "@roboflow/core";
import { keyAfter, keyId, prefixRange } from "../keys/codec.js";
import { JobKeys } from "../keys/keys.js";
import { errorRecord, type ErrorRecord } from "../records/error-record.js";
import type { KvStore } from "../store/kv-store.js";
import { Admission } from "./admission.js";
import { writeAudit } from "./audit.js";
import { authorize, type Operator } from "./authorize.js";
import { readBatch } from "./batch-writes.js";
import { retried } from "./job-transitions.js";
import { findJobs, findReadableJobs } from "./read-job.js";
import { reopenBatch } from "./reopen-batch.js";

const JOBS_PER_TRANSACTION = 100;

export interface Redrive {
  /** Jobs that are ready again. */
  readonly retried: number;
  /** Batches whose dead jobs stay as they are, and why. */
  readonly left: readonly {
    readonly batchId: string;
    readonly jobs: number;
    readonly error: ErrorRecord;
  }[];
}

/**
 * Retries dead jobs, of one batch or of all, some hundred a transaction. Broken off, it is completed
 * by running it again. What can't be retried, such as jobs of a published batch, is left and named.
 */
export async function retryDead(
  store: KvStore,
  { batchId, ...operator }: Operator & { readonly batchId?: string },
): Promise<Redrive> {
  const left = new Map<string, { jobs: number; error: ErrorRecord }>();
  let count = 0;
  const { start: first, end } = prefixRange(JobKeys.statuses("Dead"));
  let start = first;
  for (;;) {
    const ids: string[] = [];
    for await (const { key } of store.scan({ start, end, limit: JOBS_PER_TRANSACTION })) {
      ids.push(keyId(key));
      start = keyAfter(key);
    }
    if (ids.length === 0) break;
    for (const [batch, jobIds] of await byBatch(store, ids, batchId)) {
      try {
        count += await retrySome(store, batch, jobIds, operator);
      } catch (error) {
        if (!(error instanceof RoboflowError) || error.permanence === "transient") throw error;
        const jobs = (left.get(batch)?.jobs ?? 0) + jobIds.length;
        left.set(batch, { jobs, error: errorRecord(error) });
      }
    }
  }
  return { retried: count, left: [...left].map(([id, why]) => ({ batchId: id, ...why })) };
}

async function byBatch(
  store: KvStore,
  ids: readonly string[],
  only: string | undefined,
): Promise<Map<string, string[]>> {
  const groups = new Map<string, string[]>();
  for (const job of await findReadableJobs(store, ids)) {
    if (job.status !== "Dead" || (only !== undefined && job.batchId !== only)) continue;
    const group = groups.get(job.batchId);
    if (group) group.push(job.id);
    else groups.set(job.batchId, [job.id]);
  }
  return groups;
}

async function retrySome(
  store: KvStore,
  batchId: string,
  ids: readonly string[],
  operator: Operator,
): Promise<number> {
  return store.transact(async (tx) => {
    const { submittedBy } = await readBatch(tx, batchId);
    authorize("retry", { ...operator, owner: submittedBy });
    const jobs = (await findJobs(tx, ids)).filter((job) => job?.status === "Dead");
    const admission = new Admission(tx);
    let count = 0;
    for (const job of jobs) {
      if (job?.status !== "Dead") continue;
      await admission.change(job, retried(job, tx.now));
      count += 1;
    }
    if (count === 0) return 0;
    await reopenBatch(tx, batchId);
    const subject = { kind: "batch", id: batchId } as const;
    writeAudit(tx, { actor: operator.actor, action: "retry", subject, jobs: count });
    return count;
  });
}
