import { commands, compareBytes, type kvrpcpb } from "@roboflow/tikv-proto";
import type { Backoff } from "../backoff/backoff.js";
import type { Cluster } from "../cluster.js";
import type { TransactionEnvironment } from "./environment.js";
import { keyFailure } from "./key-error.js";
import type { PhysicalRange } from "../limits.js";

export interface GcOptions {
  /** Regions at once. Default 8. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

/** The service name of whoever runs garbage collection, known to PD. */
const GC_SERVICE = "gc_worker";
/** A time to live, s, that PD takes for no end. */
export const FOREVER = 0x7fff_ffff_ffff_ffffn;
const CONCURRENCY = 8;
const PD_BUDGET_MS = 15_000;
/** client-go's budget and page size of resolving before a collection. */
const REGION_BUDGET_MS = 100_000;
const LOCKS = 1024;

/**
 * Lets stores collect versions that nobody can read at `safePoint` or later: ends transactions
 * that began before it (locks would outlive what they refer to), then moves the safe point.
 * @returns the safe point now in force: lower than asked for when a service holds it back
 */
export async function collectGarbage(
  environment: TransactionEnvironment,
  safePoint: bigint,
  { concurrency = CONCURRENCY, signal }: GcOptions,
): Promise<bigint> {
  const { cluster } = environment;
  const { pd } = cluster;
  const backoff = () => cluster.backoff(PD_BUDGET_MS, signal);
  const least = await pd.updateServiceSafePoint(backoff(), GC_SERVICE, FOREVER, safePoint);
  const target = least < safePoint ? least : safePoint;
  const ranges = regionRanges(cluster, signal);
  // Calls of one generator queue up: each lane takes the next region.
  const lane = async (): Promise<void> => {
    for (let next = await ranges.next(); next.done !== true; next = await ranges.next()) {
      await finishLocks(environment, next.value, target, signal);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  const moved = await pd.updateGcSafePoint(backoff(), target);
  environment.safePoint.raise(moved);
  return moved;
}

/** The ranges of all regions that the client may see, as they are on the way. */
async function* regionRanges(
  cluster: Cluster,
  signal: AbortSignal | undefined,
): AsyncGenerator<PhysicalRange, void> {
  const { first, end } = cluster.codec;
  let start = first;
  for (;;) {
    const region = await cluster.locate(cluster.backoff(REGION_BUDGET_MS, signal), start);
    const last = region.end.length === 0 || (end.length > 0 && compareBytes(region.end, end) >= 0);
    yield { start, end: last ? end : region.end };
    if (last) return;
    start = region.end;
  }
}

/** Decides every transaction up to `safePoint` that has a lock in the range. */
async function finishLocks(
  { cluster, resolver }: TransactionEnvironment,
  range: PhysicalRange,
  safePoint: bigint,
  signal: AbortSignal | undefined,
): Promise<void> {
  let { start } = range;
  for (;;) {
    const backoff = cluster.backoff(REGION_BUDGET_MS, signal);
    const { locks, end } = await scanLocks(cluster, backoff, { start, end: range.end }, safePoint);
    await resolver.finish(backoff, locks);
    const last = locks.at(-1);
    if (locks.length >= LOCKS && last !== undefined) start = last.key;
    else if (end.length === 0 || (range.end.length > 0 && compareBytes(end, range.end) >= 0))
      return;
    else start = end;
  }
}

/** Those at the start of a range, and how far they reach: the range may have split since. */
async function scanLocks(
  cluster: Cluster,
  backoff: Backoff,
  { start, end }: PhysicalRange,
  maxVersion: bigint,
): Promise<{ readonly locks: kvrpcpb.LockInfo[]; readonly end: Uint8Array }> {
  for (;;) {
    const region = cluster.cachedRegion(start) ?? (await cluster.locate(backoff, start));
    const inside = end.length > 0 && (region.end.length === 0 || compareBytes(end, region.end) < 0);
    const to = inside ? end : region.end;
    const request = { maxVersion, startKey: start, endKey: to, limit: LOCKS };
    const sent = await cluster.send(backoff, region, commands.scanLock, request);
    if (sent.kind === "stale") continue;
    if (sent.reply.error !== undefined) throw keyFailure(cluster.codec, sent.reply.error);
    return { locks: sent.reply.locks, end: to };
  }
}
