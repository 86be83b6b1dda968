import { commands } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import type { Cluster } from "../../cluster.js";
import { keyFailure } from "../key-error.js";
import { forEachRegion } from "../region-batches.js";

/** Removes a transaction's locks, and leaves a record so that none of its prewrites can follow. */
export async function rollBackKeys(
  cluster: Cluster,
  backoff: Backoff,
  startTs: bigint,
  keys: readonly Uint8Array[],
): Promise<void> {
  await forEachRegion(cluster, backoff, keys, async (part, region, own) => {
    const request = { startVersion: startTs, keys: part };
    const sent = await cluster.send(own, region, commands.batchRollback, request);
    if (sent.kind === "stale") return "stale";
    if (sent.reply.error !== undefined) throw keyFailure(cluster.codec, sent.reply.error);
    return "done";
  });
}
