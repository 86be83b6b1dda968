import { commands } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import type { Cluster } from "../../cluster.js";
import { UndeterminedError } from "../../error.js";
import { keyFailure } from "../key-error.js";
import { forEachRegion, neighbours } from "../region-batches.js";

const TSO_BUDGET_MS = 15_000;

export interface PrimaryCommitted {
  readonly commitTs: bigint;
  /** What the same request could not carry. */
  readonly rest: Uint8Array[];
}

/**
 * Commits the primary and its neighbours: the point at which the transaction has committed.
 * @param keys every key that holds a lock
 * @throws UndeterminedError when an answer was lost and no later one told what became of it
 */
export async function commitPrimary(
  cluster: Cluster,
  backoff: Backoff,
  startTs: bigint,
  firstCommitTs: bigint,
  primary: Uint8Array,
  keys: readonly Uint8Array[],
): Promise<PrimaryCommitted> {
  let commitTs = firstCommitTs;
  let lost = false;
  const options = {
    onLostAnswer: () => {
      lost = true;
    },
  };
  try {
    for (;;) {
      const region = cluster.cachedRegion(primary) ?? (await cluster.locate(backoff, primary));
      const { inside, rest } = neighbours(region, primary, keys);
      const request = { startVersion: startTs, keys: inside, commitVersion: commitTs };
      const sent = await cluster.send(backoff, region, commands.commit, request, options);
      if (sent.kind === "stale") continue;
      lost = false;
      const { error } = sent.reply;
      if (error === undefined) return { commitTs, rest };
      // A reader has pushed the lock beyond the timestamp.
      if (error.commitTsExpired === undefined) throw keyFailure(cluster.codec, error);
      commitTs = await cluster.pd.timestamp(cluster.backoff(TSO_BUDGET_MS, backoff.signal));
    }
  } catch (error) {
    if (!lost) throw error;
    throw undetermined(startTs, error);
  }
}

/** Commits what the primary has decided. */
export async function commitKeys(
  cluster: Cluster,
  backoff: Backoff,
  startTs: bigint,
  commitTs: bigint,
  keys: readonly Uint8Array[],
): Promise<void> {
  await forEachRegion(cluster, backoff, keys, async (part, region, own) => {
    const request = { startVersion: startTs, keys: part, commitVersion: commitTs };
    const sent = await cluster.send(own, region, commands.commit, request);
    if (sent.kind === "stale") return "stale";
    if (sent.reply.error !== undefined) throw keyFailure(cluster.codec, sent.reply.error);
    return "done";
  });
}

export function undetermined(startTs: bigint, cause: unknown): UndeterminedError {
  return new UndeterminedError(
    `Transaction ${startTs} may have committed or not: the answer to its commit was lost`,
    { cause, hint: "Read what it would have written before it is tried again" },
  );
}
