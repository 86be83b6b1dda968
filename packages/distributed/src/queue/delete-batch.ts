import { BatchKeys, ConfigKeys, LimitKeys } from "../keys/keys.js";
import { writeLastUse } from "../config/last-use.js";
import type { BatchRecord } from "../records/batch-record.js";
import type { KvTransaction } from "../store/kv-store.js";
import { configHashes } from "./batch-writes.js";
import { freeOutput } from "./output-index.js";

/** Removes the record of a batch without jobs, and its claims on its output and configs. */
export async function deleteBatch(tx: KvTransaction, batch: BatchRecord): Promise<void> {
  tx.delete(BatchKeys.batch(batch.id));
  tx.delete(BatchKeys.due(batch.id));
  tx.delete(LimitKeys.limit(batch.id));
  await freeOutput(tx, batch);
  for (const hash of configHashes(batch)) {
    tx.delete(ConfigKeys.configRef(hash, batch.id));
    writeLastUse(tx, hash);
  }
}
