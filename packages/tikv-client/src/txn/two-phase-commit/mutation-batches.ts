import type { Backoff } from "../../backoff/backoff.js";
import type { Cluster } from "../../cluster.js";
import type { Region } from "../../region/region.js";
import { BATCH_BYTES, chunks, inRegion } from "../region-batches.js";
import type { Mutation } from "./commit-plan.js";

/** Mutations of one request: of one region and no more than about `BATCH_BYTES`. */
export interface MutationBatch {
  readonly region: Region;
  readonly mutations: readonly Mutation[];
  /** How many locks the transaction has in the region, for those who resolve them. */
  readonly txnSize: bigint;
}

/** All in one request, if the cache knows that they fit: without a promise. */
export function onlyBatch(
  cluster: Cluster,
  mutations: readonly Mutation[],
): MutationBatch | undefined {
  const first = mutations[0];
  const last = mutations.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const region = cluster.cachedRegion(first.key);
  if (region === undefined || !inRegion(region, last.key)) return undefined;
  let bytes = 0;
  for (const mutation of mutations) {
    if (bytes >= BATCH_BYTES) return undefined;
    bytes += sizeOf(mutation);
  }
  return { region, mutations, txnSize: BigInt(mutations.length) };
}

export async function batchesOf(
  cluster: Cluster,
  backoff: Backoff,
  mutations: readonly Mutation[],
): Promise<MutationBatch[]> {
  const keys = mutations.map(({ key }) => key);
  const groups = await cluster.group(backoff, keys);
  return groups.flatMap(({ region, indexes }) => {
    const own = indexes.flatMap((index) => mutations[index] ?? []);
    const txnSize = BigInt(own.length);
    return chunks(own, sizeOf).map((part) => ({ region, mutations: part, txnSize }));
  });
}

function sizeOf({ key, value }: Mutation): number {
  return key.length + value.length;
}
