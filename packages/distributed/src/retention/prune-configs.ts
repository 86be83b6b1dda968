import { silentLogger } from "@roboflow/core";
import type { ContentKind } from "../config/config-store.js";
import { configCodec } from "../config/config-record.js";
import { readLastUse } from "../config/last-use.js";
import { keyId, prefixRange } from "../keys/codec.js";
import { ConfigKeys } from "../keys/keys.js";
import { writeAudit } from "../queue/audit.js";
import { authorize } from "../queue/authorize.js";
import { isUnreadable } from "../records/codec.js";
import { describeKey } from "../store/bytes.js";
import type { KvReader, KvStore, KvTransaction } from "../store/kv-store.js";
import { throwIfAborted } from "../store/transaction.js";
import type { PruneOptions } from "./prune-options.js";

export interface PruneConfigsOptions extends PruneOptions {
  /**
   * Milliseconds for which a config is kept after it was last stored or a batch last let go of it.
   * A submitter stores first and submits then, so give it some minutes at least.
   */
  readonly graceMs: number;
}

export interface PrunedContent {
  readonly kind: ContentKind;
  readonly hash: string;
}

const KINDS = [
  { kind: "config", prefix: ConfigKeys.configs(), key: ConfigKeys.config },
  { kind: "annotation", prefix: ConfigKeys.annotations(), key: ConfigKeys.annotation },
] as const;

/**
 * Removes configs and annotation files that no batch refers to and nobody has used for the grace
 * time. Whoever submits with one locks its key, and so either finds it, or this leaves it.
 * @returns what was removed, or would be
 * @throws DistributedError `ERR_ROBOFLOW_NOT_ALLOWED`
 */
export async function pruneConfigs(
  store: KvStore,
  options: PruneConfigsOptions,
): Promise<PrunedContent[]> {
  const { actor, admins = [], dryRun = false, logger = silentLogger, signal, graceMs } = options;
  authorize("prune", { actor, owner: undefined, admins });
  const pruned: PrunedContent[] = [];
  for (const { kind, prefix, key } of KINDS) {
    for await (const pair of store.scan(prefixRange(prefix))) {
      throwIfAborted(signal);
      const hash = keyId(pair.key);
      // Most are in use, which needs no transaction to see.
      if (!(await isUnused(store, pair.value, hash, (await store.now()) - graceMs))) continue;
      const gone =
        dryRun || (await store.transact((tx) => remove(tx, key(hash), hash, { graceMs, actor })));
      if (gone) pruned.push({ kind, hash });
    }
  }
  logger.info(dryRun ? "Configs could be pruned" : "Configs were pruned", {
    count: pruned.length,
  });
  return pruned;
}

async function remove(
  tx: KvTransaction,
  key: Uint8Array,
  hash: string,
  { graceMs, actor }: { readonly graceMs: number; readonly actor: string },
): Promise<boolean> {
  const value = await tx.get(key);
  if (value === undefined) return false;
  if (!(await isUnused(tx, value, hash, tx.now - graceMs))) return false;
  tx.delete(key);
  tx.delete(ConfigKeys.lastUse(hash));
  writeAudit(tx, { actor, action: "prune", subject: { kind: "config", id: hash }, jobs: 0 });
  return true;
}

/** Whether no batch refers to it and its last use is not after `since`. */
async function isUnused(
  reader: KvReader,
  value: Uint8Array,
  hash: string,
  since: number,
): Promise<boolean> {
  const range = prefixRange(ConfigKeys.configRefs(hash));
  for await (const _ of reader.scan({ ...range, limit: 1 })) return false;
  if ((await readLastUse(reader, hash)) > since) return false;
  try {
    return configCodec.decode(value, describeKey(ConfigKeys.config(hash))).createdAt <= since;
  } catch (error) {
    // A newer version's, or damaged: for the doctor to name, not for this to remove.
    if (!isUnreadable(error)) throw error;
    return false;
  }
}
