import { kvrpcpb, physicalOf } from "@roboflow/tikv-proto";
import type { MessageInitShape } from "@bufbuild/protobuf";

/** What a lock becomes when its transaction commits; a pessimistic one becomes nothing. */
export type LockKind = "put" | "delete" | "lock" | "pessimistic";

/** A lock of one transaction on one key. Never changed, only replaced. Times are timestamps. */
export interface Lock {
  readonly kind: LockKind;
  /** The key whose state decides over the transaction. */
  readonly primary: Uint8Array;
  readonly startTs: bigint;
  /** Counted from the physical part of `startTs`. */
  readonly ttlMs: bigint;
  /** Of a put only. */
  readonly value: Uint8Array | undefined;
  /** 0 in an optimistic transaction. */
  readonly forUpdateTs: bigint;
  readonly txnSize: bigint;
  readonly minCommitTs: bigint;
  readonly asyncCommit: boolean;
  /** On the primary of an async commit: all other keys of the transaction. */
  readonly secondaries: readonly Uint8Array[];
  /** Transactions rolled back here while this lock was held, which may commit at their time. */
  readonly rollbackTs: readonly bigint[];
  /** A pessimistic lock taken although a newer version existed (wake-up mode "force lock"). */
  readonly withConflict: boolean;
}

const OPS = {
  put: kvrpcpb.Op.Put,
  delete: kvrpcpb.Op.Del,
  lock: kvrpcpb.Op.Lock,
  pessimistic: kvrpcpb.Op.PessimisticLock,
} as const satisfies Record<LockKind, kvrpcpb.Op>;

export function opOf(kind: LockKind): kvrpcpb.Op {
  return OPS[kind];
}

/** Whether the owner has had its time, as seen by a client at `currentTs`. */
export function isExpired(lock: Lock, currentTs: bigint): boolean {
  return physicalOf(lock.startTs) + lock.ttlMs < physicalOf(currentTs);
}

/** A lock as clients see it. */
export function lockInfo(
  key: Uint8Array,
  lock: Lock,
): MessageInitShape<typeof kvrpcpb.LockInfoSchema> {
  return {
    primaryLock: lock.primary,
    lockVersion: lock.startTs,
    key,
    lockTtl: lock.ttlMs,
    txnSize: lock.txnSize,
    lockType: opOf(lock.kind),
    lockForUpdateTs: lock.forUpdateTs,
    useAsyncCommit: lock.asyncCommit,
    minCommitTs: lock.minCommitTs,
    secondaries: [...lock.secondaries],
  };
}
