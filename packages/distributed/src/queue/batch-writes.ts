import { isConfigHash } from "../config/config-record.js";
import { DistributedError } from "../error.js";
import { BatchKeys } from "../keys/keys.js";
import {
  batchCodec,
  isDue,
  type BatchIn,
  type BatchRecord,
  type BatchStatus,
  type Excluded,
} from "../records/batch-record.js";
import { omit } from "../records/omit.js";
import type { KvReader, KvTransaction } from "../store/kv-store.js";
import { describeKey } from "../store/bytes.js";
import { MARKER } from "./job-index.js";

/** Fields that belong to one status and go when it changes. */
const STATUS_FIELDS = [
  "status",
  "submissions",
  "sealRequested",
  "hold",
  "notBefore",
  "token",
  "worker",
  "startedAt",
  "phase",
  "finishedAt",
  "dataset",
  "cleanup",
  "excluded",
  "error",
  "incomplete",
  "artifacts",
] as const;

export type BatchCommon = Omit<BatchRecord, (typeof STATUS_FIELDS)[number]>;

export function batchCommon(batch: BatchRecord): BatchCommon {
  return omit(batch, STATUS_FIELDS);
}

/** Sealed with nothing in the finalizer's way: what every decision by hand leads to. */
export function sealed(batch: BatchRecord): BatchIn<"Sealed"> {
  return { ...batchCommon(batch), status: "Sealed", hold: null, notBefore: null };
}

/**
 * @param storeUrl for the message: it may be the wrong store that is asked
 * @throws DistributedError `ERR_ROBOFLOW_BATCH_NOT_FOUND`, or that the record can't be read
 */
export async function readBatch(
  reader: KvReader,
  batchId: string,
  storeUrl?: string,
): Promise<BatchRecord> {
  const batch = await findBatch(reader, batchId);
  if (batch) return batch;
  const where = storeUrl === undefined ? "" : ` in the store ${storeUrl}`;
  throw new DistributedError(
    "ERR_ROBOFLOW_BATCH_NOT_FOUND",
    `There is no batch ${batchId}${where}`,
    { hint: "List them with `roboflow batches list`; check --store." },
  );
}

/** @throws DistributedError `ERR_ROBOFLOW_RECORD_NEWER`, `ERR_ROBOFLOW_RECORD_INVALID` */
export async function findBatch(
  reader: KvReader,
  batchId: string,
): Promise<BatchRecord | undefined> {
  const key = BatchKeys.batch(batchId);
  const value = await reader.get(key);
  return value === undefined ? undefined : batchCodec.decode(value, describeKey(key));
}

/** Stores a batch with its `due/` entry and a new revision: the one way that it is written. */
export function writeBatch(tx: KvTransaction, after: BatchRecord): void {
  const record = { ...after, revision: after.revision + 1, updatedAt: tx.now };
  tx.put(BatchKeys.batch(record.id), batchCodec.encode(record));
  if (isDue(record)) tx.put(BatchKeys.due(record.id), MARKER);
  else tx.delete(BatchKeys.due(record.id));
}

/** What the batch needs of the store; a config by local path is not in it. */
export function configHashes(batch: {
  readonly configHash: string;
  readonly annotationHash: string | null;
}): string[] {
  const { configHash, annotationHash } = batch;
  return [
    ...(isConfigHash(configHash) ? [configHash.toLowerCase()] : []),
    ...(annotationHash === null ? [] : [annotationHash]),
  ];
}

export function batchStateError(batch: BatchRecord, wish: string, hint?: string): DistributedError {
  const hold = batch.status === "Sealed" ? batch.hold : null;
  const states: Record<BatchStatus, string> = {
    Submitting: "is still being submitted",
    Sealed: hold === null ? "is waiting to be finalized" : heldState(hold),
    Finalizing: "is being finalized",
    Published: "has been published",
    Partial: "has been published in part",
    Failed: "has failed",
    Cancelled: "has been cancelled",
  };
  return new DistributedError(
    "ERR_ROBOFLOW_BATCH_STATE",
    `Can't ${wish}: batch ${batch.id} ${states[batch.status]}`,
    hint === undefined ? {} : { hint },
  );
}

function heldState({ failed, dead, cancelled }: Excluded): string {
  const jobs = failed + dead + cancelled;
  return `waits for a decision: ${jobs} ${jobs === 1 ? "job" : "jobs"} did not complete`;
}
