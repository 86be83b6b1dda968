import type { Lock, LockKind } from "../mvcc/lock.js";
import type { Peer, Region } from "../region/region.js";

/** A region as it is now. */
export interface RegionView {
  readonly id: bigint;
  /** Bounds as PD keeps them: memory-comparable, or plain for raw keys in API v1. */
  readonly startKey: Uint8Array;
  /** Empty: the end of all keys. */
  readonly endKey: Uint8Array;
  readonly version: bigint;
  readonly confVer: bigint;
  readonly peers: readonly Peer[];
  readonly leaderStoreId: bigint | undefined;
}

/** A lock as it is now. */
export interface LockView {
  readonly key: Uint8Array;
  readonly kind: LockKind;
  readonly primary: Uint8Array;
  readonly startTs: bigint;
  readonly ttlMs: bigint;
  readonly forUpdateTs: bigint;
  readonly minCommitTs: bigint;
  readonly asyncCommit: boolean;
  readonly secondaries: readonly Uint8Array[];
}

export interface StoreView {
  readonly id: bigint;
  /** `host:port`, the same after a restart. */
  readonly address: string;
  readonly isRunning: boolean;
}

export function regionView(region: Region): RegionView {
  return { ...region };
}

export function lockView(key: Uint8Array, lock: Lock): LockView {
  const { kind, primary, startTs, ttlMs, forUpdateTs, minCommitTs, asyncCommit, secondaries } =
    lock;
  return {
    key,
    kind,
    primary,
    startTs,
    ttlMs,
    forUpdateTs,
    minCommitTs,
    asyncCommit,
    secondaries,
  };
}
