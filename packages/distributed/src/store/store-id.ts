import { newId } from "@roboflow/core";
import { StoreKeys } from "../keys/keys.js";
import { storeCodec } from "../records/store-record.js";
import { describeKey } from "./bytes.js";
import type { KvReader, KvStore } from "./kv-store.js";

/**
 * The store's own name: a UUID that is written when it is first asked for, and then never changes.
 * Two URLs with the same id are one store; what one writes elsewhere is told apart by it.
 * @throws DistributedError `ERR_ROBOFLOW_RECORD_NEWER`, `ERR_ROBOFLOW_RECORD_INVALID`
 */
export async function storeId(store: KvStore): Promise<string> {
  // Nearly always there, and then no transaction is needed.
  const present = await findStoreId(store);
  if (present !== undefined) return present;
  return store.transact(async (tx) => {
    const other = await findStoreId(tx);
    if (other !== undefined) return other;
    const id = newId();
    tx.put(StoreKeys.id(), storeCodec.encode({ version: 1, id, createdAt: tx.now }));
    return id;
  });
}

/** The id, undefined if nobody has asked for it yet. */
export async function findStoreId(reader: KvReader): Promise<string | undefined> {
  const key = StoreKeys.id();
  const value = await reader.get(key);
  return value === undefined ? undefined : storeCodec.decode(value, describeKey(key)).id;
}
