import { kvrpcpb } from "@roboflow/tikv-proto";

/** What its primary says of a transaction. */
export type TransactionStatus = FinalStatus | UnsettledStatus;

/** Never changes any more. */
export type FinalStatus =
  | { readonly kind: "committed"; readonly commitTs: bigint }
  | { readonly kind: "rolled-back" };

export type UnsettledStatus =
  /** `pushed`: it can commit only after the reader who asked; `primary` for an async commit. */
  | {
      readonly kind: "alive";
      readonly ttlMs: bigint;
      readonly pushed: boolean;
      readonly primary: kvrpcpb.LockInfo | undefined;
    }
  /** Its pessimistic locks are worth nothing; it may yet go on with another primary. */
  | { readonly kind: "pessimistic-lost" };

export function isFinal(status: TransactionStatus): status is FinalStatus {
  return status.kind === "committed" || status.kind === "rolled-back";
}

/** The commit version that a `ResolveLock` wants: 0 rolls back. */
export function commitVersionOf(status: FinalStatus): bigint {
  return status.kind === "committed" ? status.commitTs : 0n;
}

const { Action } = kvrpcpb;

export function readStatus(reply: kvrpcpb.CheckTxnStatusResponse): TransactionStatus {
  if (reply.lockTtl !== 0n) {
    const pushed = reply.action === Action.MinCommitTSPushed;
    return { kind: "alive", ttlMs: reply.lockTtl, pushed, primary: reply.lockInfo };
  }
  if (reply.commitVersion !== 0n) {
    return { kind: "committed", commitTs: reply.commitVersion };
  }
  const pessimistic =
    reply.action === Action.TTLExpirePessimisticRollback ||
    reply.action === Action.LockNotExistDoNothing;
  return pessimistic ? { kind: "pessimistic-lost" } : { kind: "rolled-back" };
}
