import { kvrpcpb } from "@roboflow/tikv-proto";
import { exists } from "./constraints.js";
import type { Engine } from "./engine.js";
import type { Fault } from "./fault.js";
import type { Lock } from "./lock.js";
import { MAX_TS } from "./version-store.js";
import { rollsBack, type Write } from "./write.js";

const { Op, PessimisticLockWakeUpMode, WriteConflict_Reason: Reason } = kvrpcpb;

/** A key that is locked now, or, with "lock only if exists", found to be absent. */
export interface LockedKey {
  readonly key: Uint8Array;
  /** The lock to write; undefined: none. */
  readonly lock: Lock | undefined;
  readonly value: Uint8Array | undefined;
  readonly exists: boolean;
  /** Commit time of the newer version that was locked over; 0: none. */
  readonly conflictTs: bigint;
}

export type LockKeyResult =
  | ({ readonly kind: "ok" } & LockedKey)
  | { readonly kind: "fault"; readonly fault: Fault };

const failed = (fault: Fault): LockKeyResult => ({ kind: "fault", fault });

/** Checks whether a pessimistic transaction may lock a key, and reads it on the way. Changes nothing. */
export function lockKey(
  engine: Engine,
  request: kvrpcpb.PessimisticLockRequest,
  mutation: kvrpcpb.Mutation,
): LockKeyResult {
  const { key } = mutation;
  const startTs = request.startVersion;
  const mustNotExist = mutation.assertion === kvrpcpb.Assertion.NotExist;
  if (mutation.op !== Op.PessimisticLock) {
    return failed({
      kind: "aborted",
      message: `mutation ${Op[mutation.op]} is no pessimistic lock`,
    });
  }
  if (request.lockOnlyIfExists && !request.returnValues) {
    return failed({ kind: "aborted", message: `LockIfExistsFailed { start_ts: ${startTs} }` });
  }
  if (mustNotExist || request.returnValues || request.checkExistence) {
    engine.raiseMaxTs(request.forUpdateTs);
  }
  const held = engine.store.locks.get(key);
  if (held === undefined) {
    return lockFree(engine, request, key, mustNotExist);
  }
  if (held.startTs !== startTs) {
    return failed({ kind: "locked", key, lock: held });
  }
  return lockAgain(engine, request, key, mustNotExist, held);
}

function lockFree(
  engine: Engine,
  request: kvrpcpb.PessimisticLockRequest,
  key: Uint8Array,
  mustNotExist: boolean,
): LockKeyResult {
  const { store } = engine;
  const startTs = request.startVersion;
  const newest = store.seekWrite(key, MAX_TS);
  const isConflict = newest !== undefined && newest.commitTs > request.forUpdateTs;
  if (isConflict && !forces(request)) {
    return failed(conflict(request, key, newest));
  }
  const atStart = store.seekWrite(key, startTs);
  if (atStart !== undefined && rollsBack(atStart, startTs)) {
    return failed({
      kind: "aborted",
      message: `PessimisticLockRolledBack { start_ts: ${startTs} }`,
    });
  }
  if (mustNotExist && newest !== undefined && exists(store, key, newest)) {
    return failed(isConflict ? conflict(request, key, newest) : { kind: "already-exists", key });
  }
  const value = store.seekPut(key, MAX_TS)?.value;
  if (request.lockOnlyIfExists && value === undefined) {
    return isConflict
      ? failed(conflict(request, key, newest))
      : { kind: "ok", key, lock: undefined, value, exists: false, conflictTs: 0n };
  }
  const forUpdateTs = isConflict ? newest.commitTs : request.forUpdateTs;
  return {
    kind: "ok",
    key,
    lock: newLock(request, forUpdateTs, isConflict),
    value,
    exists: value !== undefined,
    conflictTs: isConflict ? newest.commitTs : 0n,
  };
}

function lockAgain(
  engine: Engine,
  request: kvrpcpb.PessimisticLockRequest,
  key: Uint8Array,
  mustNotExist: boolean,
  held: Lock,
): LockKeyResult {
  if (held.kind !== "pessimistic") {
    const message = `LockTypeNotMatch { start_ts: ${request.startVersion}, pessimistic: false }`;
    return failed({ kind: "aborted", message });
  }
  const isOlder = forces(request) && request.forUpdateTs < held.forUpdateTs;
  const forUpdateTs = isOlder ? held.forUpdateTs : request.forUpdateTs;
  const found = engine.store.seekPut(key, forUpdateTs);
  if (mustNotExist && found !== undefined) {
    return failed(
      found.commitTs > request.forUpdateTs
        ? conflict(request, key, found)
        : { kind: "already-exists", key },
    );
  }
  const isRaised = forUpdateTs > held.forUpdateTs;
  return {
    kind: "ok",
    key,
    lock: isRaised ? newLock(request, forUpdateTs, held.withConflict) : held,
    value: found?.value,
    exists: found !== undefined,
    conflictTs: isOlder ? held.forUpdateTs : 0n,
  };
}

/** Whether the client takes the lock although the key has changed, and is told so. */
export function forces(request: kvrpcpb.PessimisticLockRequest): boolean {
  return request.wakeUpMode === PessimisticLockWakeUpMode.WakeUpModeForceLock;
}

function newLock(
  request: kvrpcpb.PessimisticLockRequest,
  forUpdateTs: bigint,
  withConflict: boolean,
): Lock {
  return {
    kind: "pessimistic",
    primary: request.primaryLock.slice(),
    startTs: request.startVersion,
    ttlMs: request.lockTtl,
    value: undefined,
    forUpdateTs,
    txnSize: 0n,
    minCommitTs: request.minCommitTs,
    asyncCommit: false,
    secondaries: [],
    rollbackTs: [],
    withConflict,
  };
}

function conflict(request: kvrpcpb.PessimisticLockRequest, key: Uint8Array, write: Write): Fault {
  return {
    kind: "write-conflict",
    key,
    primary: request.primaryLock,
    startTs: request.startVersion,
    conflictStartTs: write.startTs,
    conflictCommitTs: write.commitTs,
    reason: Reason.PessimisticRetry,
  };
}
