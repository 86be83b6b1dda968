const LOGICAL_BITS = 18n;

/** A timestamp of PD's oracle: milliseconds since the epoch << 18, and a counter within one. */
export function timestampOf(physicalMs: bigint, logical: bigint): bigint {
  return (physicalMs << LOGICAL_BITS) | logical;
}

/** Milliseconds since the epoch. */
export function physicalOf(timestamp: bigint): bigint {
  return timestamp >> LOGICAL_BITS;
}

export function logicalOf(timestamp: bigint): bigint {
  return timestamp & ((1n << LOGICAL_BITS) - 1n);
}
