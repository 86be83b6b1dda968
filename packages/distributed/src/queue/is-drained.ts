import { prefixRange } from "../keys/codec.js";
import { BatchKeys, JobKeys } from "../keys/keys.js";
import type { KvReader, KvStore } from "../store/kv-store.js";

/** Whether there is a job to claim; one short read. */
export async function hasReady(reader: KvReader): Promise<boolean> {
  return hasAny(reader, JobKeys.readyAll());
}

/**
 * Whether nothing is ready, delayed or unpublished, in one snapshot. Batches that wait for a
 * decision, and those whose submit never ended, do not count.
 */
export async function isDrained(store: KvStore): Promise<boolean> {
  const prefixes = [JobKeys.readyAll(), JobKeys.delayedAll(), BatchKeys.dueAll()];
  return store.transact(async (tx) => {
    for (const prefix of prefixes) if (await hasAny(tx, prefix)) return false;
    return true;
  });
}

async function hasAny(reader: KvReader, prefix: Uint8Array): Promise<boolean> {
  for await (const _ of reader.scan({ ...prefixRange(prefix), limit: 1 })) return true;
  return false;
}
