import { commands } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import type { Cluster } from "../../cluster.js";
import { keyFailure } from "../key-error.js";
import { forEachRegion } from "../region-batches.js";

/** Removes pessimistic locks up to `forUpdateTs`; leaves no trace, so the transaction may go on. */
export async function rollBackPessimistic(
  cluster: Cluster,
  backoff: Backoff,
  startTs: bigint,
  forUpdateTs: bigint,
  keys: readonly Uint8Array[],
): Promise<void> {
  await forEachRegion(cluster, backoff, keys, async (part, region, own) => {
    const request = { startVersion: startTs, forUpdateTs, keys: part };
    const sent = await cluster.send(own, region, commands.pessimisticRollback, request);
    if (sent.kind === "stale") return "stale";
    const [error] = sent.reply.errors;
    if (error !== undefined) throw keyFailure(cluster.codec, error);
    return "done";
  });
}
