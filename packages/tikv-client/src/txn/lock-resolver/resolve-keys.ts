import { commands } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import type { Cluster } from "../../cluster.js";
import type { Region } from "../../region/region.js";
import { keyFailure } from "../key-error.js";
import { forEachRegion } from "../region-batches.js";
import { commitVersionOf, type FinalStatus } from "./transaction-status.js";

/** Commits or rolls back the locks of one transaction on these keys, region by region at once. */
export async function resolveKeys(
  cluster: Cluster,
  backoff: Backoff,
  startTs: bigint,
  status: FinalStatus,
  keys: readonly Uint8Array[],
): Promise<void> {
  await forEachRegion(cluster, backoff, keys, async (part, region, own) => {
    const request = { startVersion: startTs, commitVersion: commitVersionOf(status), keys: part };
    const sent = await cluster.send(own, region, commands.resolveLock, request);
    if (sent.kind === "stale") return "stale";
    if (sent.reply.error !== undefined) throw keyFailure(cluster.codec, sent.reply.error);
    return "done";
  });
}

/** As `resolveKeys`, all locks of the transaction in the region that holds `key`. */
export async function resolveRegion(
  cluster: Cluster,
  backoff: Backoff,
  startTs: bigint,
  status: FinalStatus,
  key: Uint8Array,
): Promise<Region> {
  for (;;) {
    const region = cluster.cachedRegion(key) ?? (await cluster.locate(backoff, key));
    const request = { startVersion: startTs, commitVersion: commitVersionOf(status) };
    const sent = await cluster.send(backoff, region, commands.resolveLock, request);
    if (sent.kind === "stale") continue;
    if (sent.reply.error !== undefined) throw keyFailure(cluster.codec, sent.reply.error);
    return region;
  }
}
