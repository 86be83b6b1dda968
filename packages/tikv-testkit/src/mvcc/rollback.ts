import { compareBytes } from "@roboflow/tikv-proto";
import type { Changes } from "./changes.js";
import type { Fault } from "./fault.js";
import { isExpired, type Lock } from "./lock.js";
import type { VersionStore } from "./version-store.js";
import { rollbackRecord, type Write } from "./write.js";

/** What is sure about a transaction without a lock on the key that decides. */
export type MissingLock =
  | { readonly kind: "committed"; readonly write: Write }
  | { readonly kind: "rolled-back" }
  /** There was nothing; it can't come any more, because a rollback is on record now. */
  | { readonly kind: "rolled-back-now" };

/**
 * Rolls a transaction back on one key, and keeps it from ever being written there.
 * @param currentTs not 0: only if the lock has expired by then
 */
export function rollBackKey(
  store: VersionStore,
  changes: Changes,
  key: Uint8Array,
  startTs: bigint,
  currentTs: bigint,
  isProtected: boolean,
): Fault | undefined {
  const lock = store.locks.get(key);
  if (lock?.startTs === startTs) {
    if (currentTs !== 0n && !isExpired(lock, currentTs)) {
      return { kind: "locked", key, lock };
    }
    rollBackLock(store, changes, key, lock, !isProtected);
    return undefined;
  }
  const outcome = rollBackMissing(store, changes, key, startTs, lock, isProtected);
  return outcome.kind === "committed"
    ? { kind: "committed", startTs, commitTs: outcome.write.commitTs }
    : undefined;
}

/** Removes a transaction's own lock and leaves a rollback record in its place. */
export function rollBackLock(
  store: VersionStore,
  changes: Changes,
  key: Uint8Array,
  lock: Lock,
  collapse: boolean,
): void {
  const record = store.txnRecord(key, lock.startTs);
  if (record.kind === "none") {
    // The primary's record is what others ask for, so it must stay.
    const isProtected = compareBytes(key, lock.primary) === 0;
    writeRollback(changes, key, lock.startTs, isProtected, record.overlapped);
    if (collapse) {
      collapseRollback(store, changes, key, lock.startTs);
    }
  }
  changes.unlock(key);
}

/** @param other the lock of another transaction on the key, if it has one */
export function rollBackMissing(
  store: VersionStore,
  changes: Changes,
  key: Uint8Array,
  startTs: bigint,
  other: Lock | undefined,
  isProtected: boolean,
): MissingLock {
  const record = store.txnRecord(key, startTs);
  if (record.kind !== "none") {
    return record;
  }
  if (!isProtected) {
    collapseRollback(store, changes, key, startTs);
  }
  if (other !== undefined && record.overlapped === undefined && isProtected) {
    markRollback(changes, key, other, startTs);
  }
  writeRollback(changes, key, startTs, isProtected, record.overlapped);
  return { kind: "rolled-back-now" };
}

/** An async commit may land exactly where the record is: then the lock must carry it along. */
export function markRollback(changes: Changes, key: Uint8Array, lock: Lock, startTs: bigint): void {
  if (lock.asyncCommit && startTs >= lock.minCommitTs) {
    changes.lock(key, { ...lock, rollbackTs: [...lock.rollbackTs, startTs] });
  }
}

export function writeRollback(
  changes: Changes,
  key: Uint8Array,
  startTs: bigint,
  isProtected: boolean,
  overlapped: Write | undefined,
): void {
  if (overlapped === undefined) {
    changes.write(key, rollbackRecord(startTs, isProtected));
  } else if (isProtected) {
    changes.write(key, { ...overlapped, overlappedRollback: true });
  }
}

/** Rollback records of a busy key would pile up; the newest stands for the older ones. */
export function collapseRollback(
  store: VersionStore,
  changes: Changes,
  key: Uint8Array,
  startTs: bigint,
): void {
  const previous = store.seekWrite(key, startTs);
  if (previous?.kind === "rollback" && !previous.isProtected) {
    changes.deleteWrite(key, previous.commitTs);
  }
}
