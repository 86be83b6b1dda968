import { physicalOf, timestampOf } from "@roboflow/tikv-proto";

export const MAX_TIMESTAMP = 0xffff_ffff_ffff_ffffn;

/** Milliseconds until a lock of `startTs` with that time to live has expired at `now`; 0 or less: it has. */
export function msUntilExpired(startTs: bigint, ttlMs: bigint, now: bigint): number {
  return Number(physicalOf(startTs) + ttlMs - physicalOf(now));
}

export function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** `timestamp`, `ms` milliseconds on. */
export function afterMs(timestamp: bigint, ms: number): bigint {
  return timestamp + timestampOf(BigInt(Math.max(0, Math.round(ms))), 0n);
}
