import { compareBytes, type kvrpcpb } from "@roboflow/tikv-proto";
import { Changes } from "./changes.js";
import type { Engine } from "./engine.js";
import type { Fault } from "./fault.js";
import { isExpired, type Lock } from "./lock.js";
import { rollBackLock, rollBackMissing } from "./rollback.js";
import { MAX_TS } from "./version-store.js";

/** What became, or will become, of a transaction. */
export type TxnStatus =
  | { readonly kind: "committed"; readonly commitTs: bigint }
  | { readonly kind: "rolled-back" }
  /** Its lock had expired: rolled back just now. */
  | { readonly kind: "expired" }
  /** Only its pessimistic lock had expired and is gone: it may go on elsewhere. */
  | { readonly kind: "pessimistic-expired" }
  /** It had written nothing there, and can't any more. */
  | { readonly kind: "never-locked" }
  /** It had written nothing there, but its primary may still change. */
  | { readonly kind: "unknown" }
  /** `pushed`: the caller's reads may pass its locks. */
  | { readonly kind: "alive"; readonly lock: Lock; readonly pushed: boolean };

export type TxnStatusResult =
  | { readonly kind: "status"; readonly status: TxnStatus }
  | { readonly kind: "fault"; readonly fault: Fault };

const decided = (status: TxnStatus): TxnStatusResult => ({ kind: "status", status });

/** Asks the primary about its transaction, and rolls it back if it has outlived its lock. */
export function checkTxnStatus(
  engine: Engine,
  request: kvrpcpb.CheckTxnStatusRequest,
): TxnStatusResult {
  for (const ts of [request.lockTs, request.currentTs, request.callerStartTs]) {
    engine.raiseMaxTs(ts);
  }
  const changes = new Changes();
  const lock = engine.store.locks.get(request.primaryKey);
  const result =
    lock?.startTs === request.lockTs
      ? withLock(engine, changes, request, lock)
      : withoutLock(engine, changes, request, lock);
  if (result.kind === "status") {
    engine.apply(changes);
  }
  return result;
}

function withLock(
  engine: Engine,
  changes: Changes,
  request: kvrpcpb.CheckTxnStatusRequest,
  lock: Lock,
): TxnStatusResult {
  const key = request.primaryKey;
  if (request.verifyIsPrimary && compareBytes(key, lock.primary) !== 0) {
    if (request.resolvingPessimisticLock || lock.kind !== "pessimistic") {
      return { kind: "fault", fault: { kind: "primary-mismatch", key, lock } };
    }
    // Whoever prewrote named its primary for good, so this lock is a left-over.
    const result = withoutLock(engine, changes, request, undefined);
    changes.unlock(key);
    return result;
  }
  // An async commit is decided by all its keys together.
  if (lock.asyncCommit && !request.forceSyncCommit) {
    return decided({ kind: "alive", lock, pushed: false });
  }
  if (lock.kind === "pessimistic" && lock.withConflict) {
    const record = engine.store.txnRecord(key, lock.startTs);
    if (record.kind !== "none") {
      changes.unlock(key);
      return decided(
        record.kind === "committed"
          ? { kind: "committed", commitTs: record.write.commitTs }
          : { kind: "rolled-back" },
      );
    }
  }
  if (isExpired(lock, request.currentTs)) {
    if (lock.kind === "pessimistic" && request.resolvingPessimisticLock) {
      changes.unlock(key);
      return decided({ kind: "pessimistic-expired" });
    }
    rollBackLock(engine.store, changes, key, lock, true);
    return decided({ kind: "expired" });
  }
  return decided(push(changes, request, lock));
}

/** Makes the transaction commit after the caller's reads, if it has agreed to be pushed. */
function push(changes: Changes, request: kvrpcpb.CheckTxnStatusRequest, lock: Lock): TxnStatus {
  const caller = request.callerStartTs;
  if (caller === MAX_TS) {
    return { kind: "alive", lock, pushed: true };
  }
  let now = lock;
  if (lock.minCommitTs !== 0n && caller >= lock.minCommitTs) {
    const after = caller + 1n;
    now = { ...lock, minCommitTs: after < request.currentTs ? request.currentTs : after };
    changes.lock(request.primaryKey, now);
  }
  return { kind: "alive", lock: now, pushed: caller !== 0n && now.minCommitTs > caller };
}

function withoutLock(
  engine: Engine,
  changes: Changes,
  request: kvrpcpb.CheckTxnStatusRequest,
  other: Lock | undefined,
): TxnStatusResult {
  const { primaryKey, lockTs } = request;
  const record = engine.store.txnRecord(primaryKey, lockTs);
  if (record.kind === "committed") {
    return decided({ kind: "committed", commitTs: record.write.commitTs });
  }
  if (record.kind === "rolled-back") {
    return decided({ kind: "rolled-back" });
  }
  if (!request.rollbackIfNotExist) {
    const fault: Fault = { kind: "txn-not-found", primary: primaryKey, startTs: lockTs };
    return { kind: "fault", fault };
  }
  if (request.resolvingPessimisticLock) {
    return decided({ kind: "unknown" });
  }
  rollBackMissing(engine.store, changes, primaryKey, lockTs, other, true);
  return decided({ kind: "never-locked" });
}
