import { commands, type kvrpcpb } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import type { Cluster } from "../../cluster.js";
import { TikvError } from "../../error.js";
import { keyFailure } from "../key-error.js";
import { forEachRegion } from "../region-batches.js";
import { later } from "../timestamps.js";
import type { FinalStatus } from "./transaction-status.js";

/** `not-async`: a lock of it had fallen back to two phases, so its primary alone decides. */
export type AsyncVerdict =
  | { readonly kind: "settled"; readonly status: FinalStatus; readonly locked: Uint8Array[] }
  | { readonly kind: "not-async" };

/**
 * Decides an async commit whose client is gone: it has committed if every key holds its lock, or
 * one is committed already; its time is the greatest `min_commit_ts` of all. A key without lock
 * and record is rolled back by being asked, which settles it for all.
 */
export async function settleAsyncCommit(
  cluster: Cluster,
  backoff: Backoff,
  primary: kvrpcpb.LockInfo,
): Promise<AsyncVerdict> {
  const startTs = primary.lockVersion;
  const locked: Uint8Array[] = [primary.primaryLock];
  let commitTs = primary.minCommitTs;
  let found: { readonly commitTs: bigint } | undefined;
  let notAsync = false;
  await forEachRegion(cluster, backoff, primary.secondaries, async (keys, region, own) => {
    const request = { keys, startVersion: startTs };
    const sent = await cluster.send(own, region, commands.checkSecondaryLocks, request);
    if (sent.kind === "stale") return "stale";
    const { error, locks, commitTs: foundTs } = sent.reply;
    if (error !== undefined) throw keyFailure(cluster.codec, error);
    if (locks.length < keys.length) {
      if (found !== undefined && found.commitTs !== foundTs) throw mismatch(startTs);
      if (foundTs !== 0n && foundTs < primary.minCommitTs) throw mismatch(startTs);
      found = { commitTs: foundTs };
    }
    for (const lock of locks) {
      if (!lock.useAsyncCommit) notAsync = true;
      commitTs = later(commitTs, lock.minCommitTs);
      locked.push(lock.key);
    }
    return "done";
  });
  const decided = found?.commitTs ?? commitTs;
  if (found === undefined && notAsync) return { kind: "not-async" };
  return {
    kind: "settled",
    status: decided === 0n ? { kind: "rolled-back" } : { kind: "committed", commitTs: decided },
    locked,
  };
}

function mismatch(startTs: bigint): TikvError {
  return new TikvError(
    "ERR_ROBOFLOW_TIKV_PROTOCOL",
    `The keys of transaction ${startTs}, an async commit, disagree about its commit timestamp`,
  );
}
