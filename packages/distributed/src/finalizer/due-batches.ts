import { keyId, prefixRange } from "../keys/codec.js";
import { BatchKeys } from "../keys/keys.js";
import { isUnreadable } from "../records/codec.js";
import { batchCodec, isDue, type BatchRecord } from "../records/batch-record.js";
import type { KvReader } from "../store/kv-store.js";
import { describeKey } from "../store/bytes.js";

/** Batches that the finalizer can work on now; one short read when there are none. */
export async function dueBatches(reader: KvReader, now: () => Promise<number>): Promise<string[]> {
  const ids: string[] = [];
  const range = prefixRange(BatchKeys.dueAll());
  for await (const { key } of reader.scan({ ...range, latest: true })) ids.push(keyId(key));
  if (ids.length === 0) return ids;
  const time = await now();
  const due: string[] = [];
  for (const id of ids) {
    const batch = await readableBatch(reader, id);
    if (batch && (await isWorkable(reader, batch, time))) due.push(id);
  }
  return due;
}

/** Undefined if it is gone, or left to a newer version. */
export async function readableBatch(
  reader: KvReader,
  batchId: string,
): Promise<BatchRecord | undefined> {
  const key = BatchKeys.batch(batchId);
  const value = await reader.get(key);
  if (value === undefined) return undefined;
  try {
    return batchCodec.decode(value, describeKey(key));
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

/** Due, and neither waiting for its next try nor for a job. */
async function isWorkable(reader: KvReader, batch: BatchRecord, now: number): Promise<boolean> {
  if (!isDue(batch)) return false;
  if (batch.status !== "Sealed") return true;
  return (batch.notBefore ?? 0) <= now && !(await hasOpenJobs(reader, batch.id));
}

export async function hasOpenJobs(reader: KvReader, batchId: string): Promise<boolean> {
  const range = prefixRange(BatchKeys.opens(batchId));
  for await (const _ of reader.scan({ ...range, limit: 1 })) return true;
  return false;
}
