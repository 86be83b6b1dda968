import { kvrpcpb } from "@roboflow/tikv-proto";
import { Changes, type ReleasedLock } from "./changes.js";
import type { Engine } from "./engine.js";
import type { Fault } from "./fault.js";
import { DEFAULT_WAIT_MS } from "./lock-waits.js";
import { forces, lockKey, type LockedKey } from "./pessimistic-lock-key.js";

export type PessimisticLockResult =
  | { readonly kind: "ok"; readonly keys: readonly LockedKey[] }
  | { readonly kind: "fault"; readonly fault: Fault };

/**
 * Locks all keys or none, and waits for one that another transaction holds.
 * @param storeId where it waits
 */
export async function pessimisticLock(
  engine: Engine,
  request: kvrpcpb.PessimisticLockRequest,
  storeId: bigint,
): Promise<PessimisticLockResult> {
  if (forces(request) && request.mutations.length > 1) {
    const message = 'wake-up mode "force lock" takes one key';
    return { kind: "fault", fault: { kind: "aborted", message } };
  }
  const deadline = performance.now() + waitMs(request);
  for (;;) {
    const result = lockNow(engine, request);
    if (result.kind === "ok" || result.fault.kind !== "locked" || request.waitTimeout < 0n) {
      return result;
    }
    const { key, lock } = result.fault;
    const outcome = await engine.waits.wait({
      key,
      lock,
      startTs: request.startVersion,
      timeoutMs: deadline - performance.now(),
      isFirstLock: request.isFirstLock,
      storeId,
    });
    if (outcome.kind === "timed-out") {
      return result;
    }
    if (outcome.kind === "deadlock") {
      return { kind: "fault", fault: outcome.fault };
    }
    if (!forces(request)) {
      // What the client has read may be old now: it decides again, with a newer timestamp.
      return { kind: "fault", fault: wokenBy(request, outcome.by) };
    }
  }
}

/** Removes the pessimistic locks of a transaction, but not newer ones than the request knows. */
export function pessimisticRollback(
  engine: Engine,
  request: kvrpcpb.PessimisticRollbackRequest,
): void {
  const changes = new Changes();
  for (const key of request.keys) {
    const lock = engine.store.locks.get(key);
    if (
      lock?.kind === "pessimistic" &&
      lock.startTs === request.startVersion &&
      lock.forUpdateTs <= request.forUpdateTs
    ) {
      changes.unlock(key);
    }
  }
  engine.apply(changes);
}

function lockNow(engine: Engine, request: kvrpcpb.PessimisticLockRequest): PessimisticLockResult {
  const changes = new Changes();
  const keys: LockedKey[] = [];
  for (const mutation of request.mutations) {
    const result = lockKey(engine, request, mutation);
    if (result.kind === "fault") {
      return result;
    }
    if (result.lock !== undefined) {
      changes.lock(result.key.slice(), result.lock);
    }
    keys.push(result);
  }
  engine.apply(changes);
  return { kind: "ok", keys };
}

function waitMs(request: kvrpcpb.PessimisticLockRequest): number {
  const asked = Number(request.waitTimeout);
  return asked === 0 ? DEFAULT_WAIT_MS : Math.min(asked, DEFAULT_WAIT_MS);
}

function wokenBy(request: kvrpcpb.PessimisticLockRequest, by: ReleasedLock): Fault {
  return {
    kind: "write-conflict",
    key: by.key,
    primary: request.primaryLock,
    startTs: request.startVersion,
    conflictStartTs: by.startTs,
    conflictCommitTs: by.commitTs,
    reason: kvrpcpb.WriteConflict_Reason.PessimisticRetry,
  };
}
