import { silentLogger, type Logger } from "@roboflow/core";
import { StoreKeys } from "../keys/keys.js";
import { garbageCodec, type GarbageRecord } from "../records/garbage-record.js";
import { describeKey } from "../store/bytes.js";
import type { Collection, KvReader, KvStore } from "../store/kv-store.js";
import { requireLeadership, type Leadership } from "./leader-lock.js";

export interface GarbageOptions {
  /** Old states stay readable for so long, milliseconds; 600,000 by default, as TiDB's. */
  readonly keepMs?: number;
  /** A safe point that stands still for so long is nobody's, milliseconds; a day by default. */
  readonly silenceMs?: number;
  readonly logger?: Logger;
  readonly signal?: AbortSignal;
}

const KEEP_MS = 600_000;
const SILENCE_MS = 24 * 3_600_000;

/**
 * Has the store drop old versions and deleted keys, which every scan of the queue's indices would
 * pass, unless somebody else (a TiDB) does it: then their safe point moves without us, and is left
 * alone until it has stood still for long. Run it every few minutes under the lock `gc`.
 * @returns undefined for stores that keep no garbage
 * @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST`
 */
export async function runGarbageCollection(
  store: KvStore,
  leadership: Leadership,
  options: GarbageOptions = {},
): Promise<Collection | undefined> {
  if (store.collectGarbage === undefined) return undefined;
  const { keepMs = KEEP_MS, silenceMs = SILENCE_MS, logger = silentLogger, signal } = options;
  const abort = signal === undefined ? {} : { signal };
  await store.transact((tx) => requireLeadership(tx, leadership), abort);
  const [last, now] = [await findGarbage(store), await store.now()];
  const stood = last !== undefined && (last.ours || now - last.since >= silenceMs);
  const expected = stood ? { expected: BigInt(last.safePoint) } : {};
  const result = await store.collectGarbage({ keepMs, ...expected, ...abort });
  const ours = result.kind === "collected";
  const safePoint = String(result.safePoint);
  const same = last?.safePoint === safePoint && last.ours === ours;
  if (!same) {
    if (!ours)
      logger.info("Garbage collection is left to whoever moves the safe point", { safePoint });
    const record: GarbageRecord = { version: 1, safePoint, since: now, ours };
    await store.transact(async (tx) => {
      await requireLeadership(tx, leadership);
      tx.put(StoreKeys.garbage(), garbageCodec.encode(record));
    }, abort);
  }
  return result;
}

async function findGarbage(reader: KvReader): Promise<GarbageRecord | undefined> {
  const key = StoreKeys.garbage();
  const value = await reader.get(key);
  return value === undefined ? undefined : garbageCodec.decode(value, describeKey(key));
}
