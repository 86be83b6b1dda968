import { compareBytes, kvrpcpb } from "@roboflow/tikv-proto";
import type { Engine } from "./engine.js";
import type { Fault } from "./fault.js";
import type { Lock } from "./lock.js";
import { MAX_TS } from "./version-store.js";

/** At which timestamp, and past which locks, a read looks. */
export interface ReadView {
  readonly ts: bigint;
  readonly isolation: kvrpcpb.IsolationLevel;
  /** Transactions known not to have committed before `ts`: their locks are passed over. */
  readonly resolved: ReadonlySet<bigint>;
  /** Transactions known to have committed before `ts`: their locks are read through. */
  readonly committed: ReadonlySet<bigint>;
}

export type ReadResult =
  | { readonly kind: "found"; readonly value: Uint8Array; readonly commitTs: bigint }
  | { readonly kind: "absent" }
  | { readonly kind: "fault"; readonly fault: Fault };

const ABSENT: ReadResult = { kind: "absent" };

export function readView(ts: bigint, context: kvrpcpb.Context | undefined): ReadView {
  return {
    ts,
    isolation: context?.isolationLevel ?? kvrpcpb.IsolationLevel.SI,
    resolved: new Set(context?.resolvedLocks),
    committed: new Set(context?.committedLocks),
  };
}

/** Tells the store that somebody has read at this time, so that nothing commits below it. */
export function noteRead(engine: Engine, view: ReadView): void {
  engine.raiseMaxTs(view.ts);
}

export function readKey(engine: Engine, key: Uint8Array, view: ReadView): ReadResult {
  const lock = engine.store.locks.get(key);
  if (lock !== undefined && blocks(key, lock, view)) {
    if (!view.committed.has(lock.startTs)) {
      return { kind: "fault", fault: lockFault(key, lock, view) };
    }
    return lock.value === undefined ? ABSENT : { kind: "found", value: lock.value, commitTs: 0n };
  }
  if (view.isolation === kvrpcpb.IsolationLevel.RCCheckTS) {
    const newest = engine.store.seekData(key, MAX_TS);
    if (newest !== undefined && newest.commitTs > view.ts) {
      return { kind: "fault", fault: newerFault(key, view.ts, newest.startTs, newest.commitTs) };
    }
  }
  const write = engine.store.seekPut(key, view.ts);
  return write?.value === undefined
    ? ABSENT
    : { kind: "found", value: write.value, commitTs: write.commitTs };
}

export interface ScanRange {
  readonly start: Uint8Array;
  /** undefined: to the last key. */
  readonly end: Uint8Array | undefined;
  readonly reverse: boolean;
  readonly limit: number;
}

export interface ScannedPair {
  readonly key: Uint8Array;
  readonly result: Exclude<ReadResult, { kind: "absent" }>;
}

/** Keys with a value, and keys whose lock is in the way: both count towards the limit. */
export function scan(engine: Engine, range: ScanRange, view: ReadView): ScannedPair[] {
  const pairs: ScannedPair[] = [];
  if (range.end !== undefined && compareBytes(range.start, range.end) >= 0) {
    return pairs;
  }
  for (const key of engine.store.keys(range.start, range.end, range.reverse)) {
    if (pairs.length >= range.limit) {
      break;
    }
    const result = readKey(engine, key, view);
    if (result.kind !== "absent") {
      pairs.push({ key, result });
    }
  }
  return pairs;
}

/** Whether the outcome of a lock's transaction decides what this read sees. */
function blocks(key: Uint8Array, lock: Lock, view: ReadView): boolean {
  if (view.isolation === kvrpcpb.IsolationLevel.RC) {
    return false;
  }
  if (lock.kind === "lock" || lock.kind === "pessimistic" || view.resolved.has(lock.startTs)) {
    return false;
  }
  if (view.isolation === kvrpcpb.IsolationLevel.RCCheckTS) {
    return true;
  }
  if (lock.startTs > view.ts || lock.minCommitTs > view.ts) {
    return false;
  }
  // Who reads "the newest" of a primary need not wait: it has not committed yet.
  return view.ts !== MAX_TS || lock.asyncCommit || compareBytes(key, lock.primary) !== 0;
}

function lockFault(key: Uint8Array, lock: Lock, view: ReadView): Fault {
  return view.isolation === kvrpcpb.IsolationLevel.RCCheckTS
    ? newerFault(key, view.ts, lock.startTs, 0n)
    : { kind: "locked", key, lock };
}

function newerFault(
  key: Uint8Array,
  startTs: bigint,
  conflictStartTs: bigint,
  conflictCommitTs: bigint,
): Fault {
  return {
    kind: "write-conflict",
    key,
    primary: new Uint8Array(0),
    startTs,
    conflictStartTs,
    conflictCommitTs,
    reason: kvrpcpb.WriteConflict_Reason.RcCheckTs,
  };
}
