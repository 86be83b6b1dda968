import type { RangeOptions } from "lmdb";
import { MAX_KEY_BYTES } from "./bytes.js";
import type { ScanRange } from "./transaction.js";

interface Bound {
  readonly key: Uint8Array;
  readonly inclusive: boolean;
}

/** What is left of a scan, both ends in byte order. */
export interface LmdbRange {
  readonly low: Bound;
  readonly high: Bound;
  readonly reverse: boolean;
}

/** LMDB takes no bound that is empty or longer than a key can be. */
export function lmdbRange({ start, end, reverse = false }: ScanRange): LmdbRange {
  return {
    low: start.length === 0 ? { key: Uint8Array.of(0), inclusive: true } : bound(start, true),
    high: bound(end, false),
    reverse,
  };
}

/** No key is longer than the cut bound, so "from the long one" means "after the cut one". */
function bound(key: Uint8Array, inclusive: boolean): Bound {
  if (key.length <= MAX_KEY_BYTES) return { key, inclusive };
  return { key: key.subarray(0, MAX_KEY_BYTES), inclusive: !inclusive };
}

export function isEmptyRange({ low, high }: LmdbRange): boolean {
  const order = Buffer.compare(low.key, high.key);
  return order > 0 || (order === 0 && !(low.inclusive && high.inclusive));
}

/** The range after `last`, the last key that was read. */
export function rangeAfter(range: LmdbRange, last: Uint8Array): LmdbRange {
  const next = { key: last, inclusive: false };
  return range.reverse ? { ...range, high: next } : { ...range, low: next };
}

export function rangeOptions({ low, high, reverse }: LmdbRange): RangeOptions {
  const [start, end] = reverse ? [high, low] : [low, high];
  return {
    start: start.key,
    end: end.key,
    exclusiveStart: !start.inclusive,
    inclusiveEnd: end.inclusive,
    reverse,
  };
}
