import type { Backoff } from "../backoff/backoff.js";
import type { Cluster, Sent } from "../cluster.js";
import type { Region } from "../region/region.js";

/** As client-go's: the keys of one request, and its bytes when values are in it. */
const BATCH_KEYS = 512;
const BATCH_BYTES = 16 * 1024;
/** Requests of one call that are under way at a time. */
const CONCURRENCY = 32;

/** Indexes into the call's keys that go to one region in one request. */
export interface RawBatch {
  readonly region: Region;
  readonly indexes: readonly number[];
}

/** Cuts what goes to one region into requests; `bytes` of the entry at an index. */
export function cutBatches(
  region: Region,
  indexes: readonly number[],
  bytes: (index: number) => number,
): RawBatch[] {
  const batches: RawBatch[] = [];
  let batch: number[] = [];
  let size = 0;
  for (const index of indexes) {
    const entry = bytes(index);
    if (batch.length > 0 && (batch.length >= BATCH_KEYS || size + entry > BATCH_BYTES)) {
      batches.push({ region, indexes: batch });
      batch = [];
      size = 0;
    }
    batch.push(index);
    size += entry;
  }
  if (batch.length > 0) batches.push({ region, indexes: batch });
  return batches;
}

/**
 * Sends all keys to their regions in parallel; those of a region that has changed are grouped anew.
 * The first error is thrown once nothing is under way any more.
 */
export async function sendBatches<Reply>(
  cluster: Cluster,
  backoff: Backoff,
  keys: readonly Uint8Array[],
  bytes: (index: number) => number,
  send: (backoff: Backoff, batch: RawBatch, isRetry: boolean) => Promise<Sent<Reply>>,
  onReply: (batch: RawBatch, reply: Reply) => void,
): Promise<void> {
  let left = keys.map((_, index) => index);
  for (let isRetry = false; left.length > 0; isRetry = true) {
    const batches = await groupIndexes(cluster, backoff, keys, left, bytes);
    const stale: number[] = [];
    const one = async (batch: RawBatch): Promise<void> => {
      const fork = batches.length === 1 ? backoff : backoff.fork();
      const sent = await send(fork, batch, isRetry);
      if (sent.kind === "reply") onReply(batch, sent.reply);
      else stale.push(...batch.indexes);
    };
    await inParallel(batches, one);
    left = stale;
  }
}

async function groupIndexes(
  cluster: Cluster,
  backoff: Backoff,
  keys: readonly Uint8Array[],
  left: readonly number[],
  bytes: (index: number) => number,
): Promise<RawBatch[]> {
  const some = left.length === keys.length ? keys : left.map((index) => at(keys, index));
  const groups = await cluster.group(backoff, some);
  return groups.flatMap(({ region, indexes }) =>
    cutBatches(
      region,
      indexes.map((index) => at(left, index)),
      bytes,
    ),
  );
}

async function inParallel(
  batches: readonly RawBatch[],
  run: (batch: RawBatch) => Promise<void>,
): Promise<void> {
  const queue = batches.values();
  let failed: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (const batch of queue) {
      if (failed !== undefined) return;
      try {
        await run(batch);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, batches.length) }, worker));
  if (failed !== undefined) throw failed.error;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`No item ${index} in a list of ${list.length}`);
  return item;
}
