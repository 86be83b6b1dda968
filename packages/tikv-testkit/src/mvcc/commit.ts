import type { Changes } from "./changes.js";
import type { Fault } from "./fault.js";
import type { Lock } from "./lock.js";
import type { VersionStore } from "./version-store.js";
import type { Write } from "./write.js";

/** Turns the lock of a transaction into a version. Committed before: fine. */
export function commitKey(
  store: VersionStore,
  changes: Changes,
  key: Uint8Array,
  startTs: bigint,
  commitTs: bigint,
): Fault | undefined {
  const lock = store.locks.get(key);
  if (lock === undefined || lock.startTs !== startTs) {
    return store.txnRecord(key, startTs).kind === "committed"
      ? undefined
      : { kind: "lock-not-found", key, startTs };
  }
  if (commitTs < lock.minCommitTs) {
    return {
      kind: "commit-ts-expired",
      key,
      startTs,
      commitTs,
      minCommitTs: lock.minCommitTs,
    };
  }
  const write = committedWrite(lock, commitTs);
  if (write === undefined) {
    // Left over from a statement that was tried again: never prewritten, so nothing to commit.
    changes.unlock(key);
    return undefined;
  }
  changes.write(key, write);
  changes.unlock(key, commitTs);
  return undefined;
}

/** The record that a lock becomes; undefined for a pessimistic one. */
export function committedWrite(lock: Lock, commitTs: bigint): Write | undefined {
  if (lock.kind === "pessimistic") {
    return undefined;
  }
  return {
    kind: lock.kind,
    startTs: lock.startTs,
    commitTs,
    value: lock.value,
    overlappedRollback: lock.rollbackTs.includes(commitTs),
    isProtected: false,
  };
}
