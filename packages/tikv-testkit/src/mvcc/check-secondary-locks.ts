import { Changes } from "./changes.js";
import type { Engine } from "./engine.js";
import type { Lock } from "./lock.js";
import { collapseRollback, markRollback, writeRollback } from "./rollback.js";

/** What some keys of an async commit say about it. */
export type SecondaryStatus =
  /** Every key is locked: it commits if the others are, too. */
  | { readonly kind: "locked"; readonly locks: ReadonlyMap<Uint8Array, Lock> }
  | { readonly kind: "committed"; readonly commitTs: bigint }
  /** A key had no lock and never will: the transaction can't commit. */
  | { readonly kind: "rolled-back" };

/** Looks for the locks of an async commit, and keeps what is missing from being written later. */
export function checkSecondaryLocks(
  engine: Engine,
  keys: readonly Uint8Array[],
  startTs: bigint,
): SecondaryStatus {
  engine.raiseMaxTs(startTs);
  const changes = new Changes();
  const locks = new Map<Uint8Array, Lock>();
  for (const key of keys) {
    const lock = engine.store.locks.get(key);
    if (lock?.startTs === startTs && lock.kind !== "pessimistic") {
      locks.set(key, lock);
      continue;
    }
    const status = withoutPrewrite(engine, changes, key, startTs, lock);
    engine.apply(changes);
    return status;
  }
  return { kind: "locked", locks };
}

function withoutPrewrite(
  engine: Engine,
  changes: Changes,
  key: Uint8Array,
  startTs: bigint,
  lock: Lock | undefined,
): SecondaryStatus {
  if (lock?.startTs === startTs) {
    changes.unlock(key);
  }
  const record = engine.store.txnRecord(key, startTs);
  if (record.kind === "committed") {
    return { kind: "committed", commitTs: record.write.commitTs };
  }
  if (record.kind === "none") {
    if (lock !== undefined && lock.startTs !== startTs) {
      markRollback(changes, key, lock, startTs);
    }
    writeRollback(changes, key, startTs, true, record.overlapped);
    collapseRollback(engine.store, changes, key, startTs);
  }
  return { kind: "rolled-back" };
}
