import { keyAfter, keySegments, prefixRange } from "../keys/codec.js";
import { AuditKeys } from "../keys/keys.js";
import { writeAudit } from "../queue/audit.js";
import { authorize } from "../queue/authorize.js";
import { findStoreId } from "../store/store-id.js";
import type { KvReader, KvStore } from "../store/kv-store.js";
import { throwIfAborted } from "../store/transaction.js";
import type { PruneOptions } from "./prune-options.js";

const ENTRIES_PER_TRANSACTION = 500;

export interface PruneAuditOptions extends PruneOptions {
  /** Entries that are older, milliseconds. */
  readonly olderThanMs: number;
}

/**
 * Removes old entries of the audit log, and enters that it did.
 * @returns how many, or how many it would be
 * @throws DistributedError `ERR_ROBOFLOW_NOT_ALLOWED`
 */
export async function pruneAudit(
  store: KvStore,
  { olderThanMs, actor, admins = [], dryRun = false, signal }: PruneAuditOptions,
): Promise<number> {
  authorize("prune", { actor, owner: undefined, admins });
  const until = (await store.now()) - olderThanMs;
  let pruned = 0;
  const { start: first, end } = prefixRange(AuditKeys.audits());
  for (let start = first; ;) {
    throwIfAborted(signal);
    const keys = await oldKeys(store, { start, end }, until);
    const last = keys.at(-1);
    if (last === undefined) return pruned;
    if (!dryRun) {
      await store.transact(async (tx) => {
        for (const key of keys) tx.delete(key);
        const subject = { kind: "store", id: (await findStoreId(tx)) ?? "" } as const;
        const detail = `${keys.length} audit entries`;
        writeAudit(tx, { actor, action: "prune", subject, jobs: 0, detail });
      });
    }
    pruned += keys.length;
    start = keyAfter(last);
  }
}

/** The first page of entries of `until` or before. */
async function oldKeys(
  reader: KvReader,
  range: { readonly start: Uint8Array; readonly end: Uint8Array },
  until: number,
): Promise<Uint8Array[]> {
  const keys: Uint8Array[] = [];
  for await (const { key } of reader.scan({ ...range, limit: ENTRIES_PER_TRANSACTION })) {
    if (Number(keySegments(key)[1]) > until) break;
    keys.push(key);
  }
  return keys;
}
