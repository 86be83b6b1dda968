import { keyText } from "../store/bytes.js";
import type { KvPair, KvTransaction } from "../store/kv-store.js";
import { BatchKeys, JobKeys, WorkerKeys } from "../keys/keys.js";
import { isOpen, jobCodec, type JobIn, type JobRecord } from "../records/job-record.js";

/** Marker value: some stores take an empty value for a delete. */
export const MARKER = new TextEncoder().encode("1");

/**
 * Ready keys are spread so that claims that start at random ones rarely meet, and that one
 * claim-heavy priority is not one hot region.
 */
export const READY_SHARDS = 256;

function readyShard(jobId: string): number {
  const shard = Number.parseInt(jobId.slice(-2), 16);
  return Number.isNaN(shard) ? 0 : shard % READY_SHARDS;
}

/** Every index entry that must exist for the job as it is, and no other may. */
export function indexEntries(job: JobRecord): KvPair[] {
  const entries: KvPair[] = [
    { key: JobKeys.status(job.status, job.id), value: MARKER },
    { key: BatchKeys.member(job.batchId, job.ordinal, job.id), value: MARKER },
  ];
  if (isOpen(job)) entries.push({ key: BatchKeys.open(job.batchId, job.id), value: MARKER });
  if (job.status === "Processing") {
    const epoch = new TextEncoder().encode(String(job.leaseEpoch));
    entries.push({ key: WorkerKeys.owned(job.owner, job.id), value: epoch });
  }
  if (job.status === "Pending") entries.push({ key: pendingKey(job), value: MARKER });
  const isReady = job.status === "Pending" && job.notBefore === null;
  if (job.admission === "admitted" && (isReady || job.status === "Processing")) {
    entries.push({ key: JobKeys.admitted(job.batchId, job.id), value: MARKER });
  }
  return entries;
}

function pendingKey(job: JobIn<"Pending">): Uint8Array {
  if (job.notBefore !== null) return JobKeys.delayed(job.notBefore, job.id);
  if (job.admission === "waiting") return JobKeys.waiting(job.batchId, job.priority, job.id);
  return JobKeys.ready(job.priority, readyShard(job.id), job.id);
}

/**
 * Stores the change of a job with all its index entries: the one way that job records are written,
 * so that record and indices can't disagree. The job's key guards every decision about it.
 */
export function writeJob(
  tx: KvTransaction,
  before: JobRecord | undefined,
  after: JobRecord | undefined,
): void {
  const id = after?.id ?? before?.id;
  if (id === undefined) return;
  const old = new Map(
    (before ? indexEntries(before) : []).map((pair) => [keyText(pair.key), pair]),
  );
  for (const { key, value } of after ? indexEntries(after) : []) {
    const same = old.get(keyText(key));
    old.delete(keyText(key));
    if (same === undefined || keyText(same.value) !== keyText(value)) tx.put(key, value);
  }
  for (const { key } of old.values()) tx.delete(key);
  if (after) tx.put(JobKeys.job(id), jobCodec.encode(after));
  else tx.delete(JobKeys.job(id));
}
