import { commands, compareBytes, nextKey } from "@roboflow/tikv-proto";
import type { Cluster } from "../cluster.js";
import { checkCount, physicalRange, type KeyLike } from "../limits.js";

/** Each page has a budget of its own: a scan may take as long as its reader does. */
const PAGE_BUDGET_MS = 20_000;
const PAGE_PAIRS = 1024;

export interface RawScanOptions {
  /** Included. Default: the first key. */
  readonly start?: KeyLike;
  /** Not included. Default: behind the last key. */
  readonly end?: KeyLike;
  /** At most this many pairs. Default: all. */
  readonly limit?: number;
  /** From the last key to the first. */
  readonly reverse?: boolean;
  /** Values stay at the server: they are empty here. */
  readonly keyOnly?: boolean;
  readonly signal?: AbortSignal;
}

/** Views of a page's bytes: copy what is kept for long. */
export interface RawPair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Page by page, region by region; raw keys have no snapshot, so each page is as of its own time. */
export async function* scanRaw(
  cluster: Cluster,
  columnFamily: string,
  options: RawScanOptions,
): AsyncGenerator<RawPair, void, undefined> {
  const { reverse = false, keyOnly = false, signal } = options;
  let left = options.limit ?? Infinity;
  let { start, end } = physicalRange(cluster.codec, options);
  let backoff = cluster.backoff(PAGE_BUDGET_MS, signal);
  while (left > 0 && isSpan(start, end)) {
    const limit = Math.min(left, PAGE_PAIRS);
    const region = reverse
      ? await cluster.locateBefore(backoff, end)
      : (cluster.cachedRegion(start) ?? (await cluster.locate(backoff, start)));
    const low = reverse ? higher(start, region.start) : start;
    const high = reverse ? end : lower(end, region.end);
    const sent = await cluster.send(backoff, region, commands.rawScan, {
      // A reverse scan goes from the upper bound, not included, down to the lower one.
      startKey: reverse ? high : low,
      endKey: reverse ? low : high,
      limit,
      keyOnly,
      reverse,
      cf: columnFamily,
    });
    if (sent.kind === "stale") continue;
    const { pairs } = sent.reply;
    let last: Uint8Array | undefined;
    for (let i = 0; i < pairs.length; i++) {
      last = pairs.key(i);
      yield { key: cluster.codec.decode(last), value: pairs.value(i) };
    }
    left -= pairs.length;
    backoff = cluster.backoff(PAGE_BUDGET_MS, signal);
    const full = pairs.length >= limit && last !== undefined;
    if (reverse) {
      end = full && last !== undefined ? last : region.start;
      if (end.length === 0) return;
    } else {
      start = full && last !== undefined ? nextKey(last) : region.end;
      if (start.length === 0) return;
    }
  }
}

/** @throws TikvError `ERR_ROBOFLOW_TIKV_ARGUMENT` */
export function checkScan(options: RawScanOptions): void {
  if (options.limit !== undefined) checkCount("limit", options.limit, 0);
}

/** Whether a range with an open `end`, if empty, has anything in it. */
export function isSpan(start: Uint8Array, end: Uint8Array): boolean {
  return end.length === 0 || compareBytes(start, end) < 0;
}

/** Of two ends, of which an empty one has no bound. */
export function lower(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  return b.length === 0 || compareBytes(a, b) <= 0 ? a : b;
}

function higher(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) >= 0 ? a : b;
}
