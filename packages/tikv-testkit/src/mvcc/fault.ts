import type { MessageInitShape } from "@bufbuild/protobuf";
import type { kvrpcpb } from "@roboflow/tikv-proto";
import { lockInfo, type Lock } from "./lock.js";
import type { Write } from "./write.js";

/** Why a command failed on a key. */
export type Fault =
  | { readonly kind: "locked"; readonly key: Uint8Array; readonly lock: Lock }
  | {
      readonly kind: "write-conflict";
      readonly key: Uint8Array;
      readonly primary: Uint8Array;
      readonly startTs: bigint;
      readonly conflictStartTs: bigint;
      readonly conflictCommitTs: bigint;
      readonly reason: kvrpcpb.WriteConflict_Reason;
    }
  | { readonly kind: "already-exists"; readonly key: Uint8Array }
  | { readonly kind: "pessimistic-lock-not-found"; readonly startTs: bigint }
  | { readonly kind: "lock-not-found"; readonly key: Uint8Array; readonly startTs: bigint }
  | { readonly kind: "txn-not-found"; readonly primary: Uint8Array; readonly startTs: bigint }
  | { readonly kind: "committed"; readonly startTs: bigint; readonly commitTs: bigint }
  | {
      readonly kind: "commit-ts-expired";
      readonly key: Uint8Array;
      readonly startTs: bigint;
      readonly commitTs: bigint;
      readonly minCommitTs: bigint;
    }
  | { readonly kind: "commit-ts-too-large"; readonly minCommitTs: bigint }
  | {
      readonly kind: "assertion-failed";
      readonly key: Uint8Array;
      readonly startTs: bigint;
      readonly assertion: kvrpcpb.Assertion;
      readonly existing: Write | undefined;
    }
  | { readonly kind: "primary-mismatch"; readonly key: Uint8Array; readonly lock: Lock }
  | {
      readonly kind: "deadlock";
      readonly key: Uint8Array;
      readonly lockTs: bigint;
      readonly deadlock: MessageInitShape<typeof kvrpcpb.DeadlockSchema>;
    }
  /** Everything that TiKV only puts into words. */
  | { readonly kind: "aborted"; readonly message: string };

export type KeyErrorInit = MessageInitShape<typeof kvrpcpb.KeyErrorSchema>;

/** A fault as clients see it. Some also have words in `retryable`, for clients older than the field. */
export function keyError(fault: Fault): KeyErrorInit {
  switch (fault.kind) {
    case "locked":
      return { locked: lockInfo(fault.key, fault.lock) };
    case "write-conflict":
      return {
        conflict: {
          startTs: fault.startTs,
          conflictTs: fault.conflictStartTs,
          conflictCommitTs: fault.conflictCommitTs,
          key: fault.key,
          primary: fault.primary,
          reason: fault.reason,
        },
        retryable: `write conflict of ${fault.startTs} with ${fault.conflictStartTs}`,
      };
    case "already-exists":
      return { alreadyExist: { key: fault.key } };
    case "pessimistic-lock-not-found":
      return { abort: `PessimisticLockNotFound { start_ts: ${fault.startTs} }` };
    case "lock-not-found":
      return {
        txnLockNotFound: { key: fault.key },
        retryable: `TxnLockNotFound { start_ts: ${fault.startTs} }`,
      };
    case "txn-not-found":
      return { txnNotFound: { startTs: fault.startTs, primaryKey: fault.primary } };
    case "committed":
      return { abort: `Committed { start_ts: ${fault.startTs}, commit_ts: ${fault.commitTs} }` };
    case "commit-ts-expired":
      return {
        commitTsExpired: {
          startTs: fault.startTs,
          attemptedCommitTs: fault.commitTs,
          key: fault.key,
          minCommitTs: fault.minCommitTs,
        },
      };
    case "commit-ts-too-large":
      return { commitTsTooLarge: { commitTs: fault.minCommitTs } };
    case "assertion-failed":
      return {
        assertionFailed: {
          startTs: fault.startTs,
          key: fault.key,
          assertion: fault.assertion,
          existingStartTs: fault.existing?.startTs ?? 0n,
          existingCommitTs: fault.existing?.commitTs ?? 0n,
        },
      };
    case "primary-mismatch":
      return { primaryMismatch: { lockInfo: lockInfo(fault.key, fault.lock) } };
    case "deadlock":
      return { deadlock: fault.deadlock };
    case "aborted":
      return { abort: fault.message };
  }
}
