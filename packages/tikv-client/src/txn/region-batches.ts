import { compareBytes } from "@roboflow/tikv-proto";
import type { Backoff } from "../backoff/backoff.js";
import type { Cluster } from "../cluster.js";
import type { Region } from "../region/region.js";

/** client-go's limits: what one request carries, bytes, and how many are under way at once. */
export const BATCH_BYTES = 16 * 1024;
export const CONCURRENCY = 128;

/** Does something to keys of one region; `stale`: they may lie in others by now. */
export type RegionAction = (
  keys: Uint8Array[],
  region: Region,
  backoff: Backoff,
) => Promise<"done" | "stale">;

/** Runs `action` for each region at once, again where regions changed on the way. */
export async function forEachRegion(
  cluster: Cluster,
  backoff: Backoff,
  keys: readonly Uint8Array[],
  action: RegionAction,
): Promise<void> {
  if (keys.length === 0) return;
  const parts: { readonly region: Region; readonly keys: Uint8Array[] }[] = [];
  for (const { region, indexes } of await cluster.group(backoff, keys)) {
    const own = indexes.flatMap((index) => keys[index] ?? []);
    for (const part of chunks(own, (key) => key.length)) parts.push({ region, keys: part });
  }
  await atMost(
    CONCURRENCY,
    parts.map((part) => async () => {
      const own = parts.length === 1 ? backoff : backoff.fork();
      if ((await action(part.keys, part.region, own)) === "stale") {
        await forEachRegion(cluster, own, part.keys, action);
      }
    }),
  );
}

/** Runs of items of about `BATCH_BYTES`. */
export function chunks<T>(items: readonly T[], sizeOf: (item: T) => number): T[][] {
  const all: T[][] = [];
  let chunk: T[] = [];
  let bytes = 0;
  for (const item of items) {
    chunk.push(item);
    bytes += sizeOf(item);
    if (bytes >= BATCH_BYTES) {
      all.push(chunk);
      chunk = [];
      bytes = 0;
    }
  }
  if (chunk.length > 0) all.push(chunk);
  return all;
}

export function inRegion(region: Region, key: Uint8Array): boolean {
  return (
    compareBytes(key, region.start) >= 0 &&
    (region.end.length === 0 || compareBytes(key, region.end) < 0)
  );
}

/** What one request can carry beside `first`, whose region it goes to, and what it can't. */
export function neighbours(
  region: Region,
  first: Uint8Array,
  keys: readonly Uint8Array[],
): { readonly inside: Uint8Array[]; readonly rest: Uint8Array[] } {
  const inside = [first];
  const rest: Uint8Array[] = [];
  let bytes = first.length;
  for (const key of keys) {
    if (compareBytes(key, first) === 0) continue;
    if (bytes < BATCH_BYTES && inRegion(region, key)) {
      inside.push(key);
      bytes += key.length;
    } else {
      rest.push(key);
    }
  }
  return { inside, rest };
}

/**
 * Runs them with at most `limit` under way. After the first failure no further one starts; it is
 * thrown once all that had started have ended.
 */
export async function atMost(
  limit: number,
  tasks: readonly (() => Promise<void>)[],
): Promise<void> {
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (let task = tasks[next++]; task !== undefined; task = tasks[next++]) {
      if (failure !== undefined) return;
      try {
        await task();
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, tasks.length) }, lane));
  if (failure !== undefined) throw failure.error;
}
