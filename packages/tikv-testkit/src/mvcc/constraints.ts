import { kvrpcpb } from "@roboflow/tikv-proto";
import type { Fault } from "./fault.js";
import { MAX_TS, type VersionStore } from "./version-store.js";
import { rollsBack, type Write } from "./write.js";

const { Assertion, AssertionLevel, WriteConflict_Reason: Reason } = kvrpcpb;
const { PrewriteRequest_PessimisticAction: PessimisticAction } = kvrpcpb;

/** What the checks of one key need to know of its transaction. */
export interface Constraint {
  readonly key: Uint8Array;
  readonly primary: Uint8Array;
  readonly startTs: bigint;
  /** 0 in an optimistic transaction. */
  readonly forUpdateTs: bigint;
  readonly action: kvrpcpb.PrewriteRequest_PessimisticAction;
  readonly mustNotExist: boolean;
}

export type ConstraintResult =
  | { readonly kind: "ok"; readonly newest: Write | undefined }
  | { readonly kind: "fault"; readonly fault: Fault };

/** Whether nobody committed the key since the transaction began, and nobody rolled it back. */
export function checkNewerVersion(store: VersionStore, check: Constraint): ConstraintResult {
  let ts = MAX_TS;
  for (;;) {
    const write = store.seekWrite(check.key, ts);
    if (write === undefined) {
      return { kind: "ok", newest: undefined };
    }
    if (rollsBack(write, check.startTs)) {
      return conflict(check, write, Reason.SelfRolledBack);
    }
    if (check.forUpdateTs === 0n) {
      if (write.commitTs > check.startTs) {
        return conflict(check, write, Reason.Optimistic);
      }
    } else {
      const isLazy = check.action === PessimisticAction.DO_CONSTRAINT_CHECK;
      if (isLazy && write.commitTs > check.startTs) {
        return conflict(check, write, Reason.LazyUniquenessCheck);
      }
      if (write.commitTs > check.forUpdateTs) {
        if (write.kind === "rollback") {
          // Rollbacks are written past pessimistic locks, so they prove no conflict.
          ts = write.commitTs - 1n;
          continue;
        }
        return {
          kind: "fault",
          fault: { kind: "pessimistic-lock-not-found", startTs: check.startTs },
        };
      }
    }
    if (check.mustNotExist && exists(store, check.key, write)) {
      return { kind: "fault", fault: { kind: "already-exists", key: check.key } };
    }
    return { kind: "ok", newest: write };
  }
}

/** Whether a key has a value once `newest` is its newest record. */
export function exists(store: VersionStore, key: Uint8Array, newest: Write): boolean {
  return store.seekPut(key, newest.commitTs) !== undefined;
}

/** Whether a key is as its mutation says it must be. */
export function checkAssertion(
  store: VersionStore,
  check: Constraint,
  assertion: kvrpcpb.Assertion,
  level: kvrpcpb.AssertionLevel,
  newestIsLoaded: boolean,
): Fault | undefined {
  if (assertion === Assertion.None || level === AssertionLevel.Off) {
    return undefined;
  }
  if (level !== AssertionLevel.Strict && !newestIsLoaded) {
    return undefined;
  }
  const existing = store.seekData(check.key, MAX_TS);
  const isThere = existing?.kind === "put";
  if (isThere === (assertion === Assertion.Exist)) {
    return undefined;
  }
  if (!newestIsLoaded) {
    // Somebody's rollback may be why: that is the better answer.
    const result = checkNewerVersion(store, check);
    if (result.kind === "fault") {
      return result.fault;
    }
  }
  return { kind: "assertion-failed", key: check.key, startTs: check.startTs, assertion, existing };
}

function conflict(
  check: Constraint,
  write: Write,
  reason: kvrpcpb.WriteConflict_Reason,
): ConstraintResult {
  const fault: Fault = {
    kind: "write-conflict",
    key: check.key,
    primary: check.primary,
    startTs: check.startTs,
    conflictStartTs: write.startTs,
    conflictCommitTs: write.commitTs,
    reason,
  };
  return { kind: "fault", fault };
}
