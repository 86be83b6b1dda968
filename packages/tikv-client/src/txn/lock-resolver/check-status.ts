import { commands, kvrpcpb } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import type { Cluster } from "../../cluster.js";
import { keyFailure } from "../key-error.js";
import { MAX_TIMESTAMP, msUntilExpired } from "../timestamps.js";
import { readStatus, type TransactionStatus } from "./transaction-status.js";

export function isPessimistic(lock: kvrpcpb.LockInfo): boolean {
  return (
    lock.lockType === kvrpcpb.Op.PessimisticLock ||
    lock.lockType === kvrpcpb.Op.SharedPessimisticLock
  );
}

/**
 * Asks a lock's primary what became of its transaction; one whose time is over is rolled back by
 * that. A primary that is not written yet is waited for until the lock has expired: secondaries are
 * prewritten beside it. Source of the protocol: kvproto's `CheckTxnStatusRequest`.
 */
export async function checkStatus(
  cluster: Cluster,
  backoff: Backoff,
  lock: kvrpcpb.LockInfo,
  callerStartTs: bigint,
  forceSyncCommit: boolean,
): Promise<TransactionStatus> {
  const pessimistic = isPessimistic(lock);
  let rollbackIfNotExist = false;
  for (;;) {
    // A time to live of 0 says: its transaction is over or must be, whatever the clock says.
    const now = lock.lockTtl === 0n ? MAX_TIMESTAMP : await cluster.pd.timestamp(backoff);
    const reply = await cluster.sendToKey(backoff, lock.primaryLock, commands.checkTxnStatus, {
      primaryKey: lock.primaryLock,
      lockTs: lock.lockVersion,
      callerStartTs,
      currentTs: now,
      rollbackIfNotExist,
      forceSyncCommit,
      resolvingPessimisticLock: pessimistic,
      verifyIsPrimary: true,
    });
    const { error } = reply;
    if (error === undefined) return readStatus(reply);
    // A pessimistic transaction may have taken another primary since.
    if (error.primaryMismatch !== undefined && pessimistic) return { kind: "pessimistic-lost" };
    if (error.txnNotFound === undefined) throw keyFailure(cluster.codec, error);
    if (msUntilExpired(lock.lockVersion, lock.lockTtl, now) <= 0) {
      rollbackIfNotExist = true;
    } else if (pessimistic) {
      return { kind: "alive", ttlMs: lock.lockTtl, pushed: false, primary: undefined };
    } else {
      await backoff.wait("txn-not-found", `transaction ${lock.lockVersion} has no primary yet`);
    }
  }
}
