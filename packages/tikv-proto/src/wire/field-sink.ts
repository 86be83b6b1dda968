/**
 * Takes a message's fields in order. The same function runs on a sink that measures and then on
 * one that writes, so a message fits its buffer exactly. Default values are left out, as in proto3.
 */
export interface FieldSink {
  bytes(field: number, value: Uint8Array | undefined): void;
  /** As `bytes`, but also when it is empty: an element of a repeated field. */
  element(field: number, value: Uint8Array): void;
  u64(field: number, value: bigint | undefined): void;
  /** Below 2^31: counts, limits and enums. */
  u32(field: number, value: number | undefined): void;
  bool(field: number, value: boolean | undefined): void;
  /** The header of a message of `size` bytes, whose fields follow. */
  message(field: number, size: number): void;
  text(field: number, value: string | undefined): void;
}

/** Bytes of a varint below 2^53. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  let size = 4;
  for (let rest = value / 0x1000_0000; rest >= 1; rest /= 0x80) size += 1;
  return size;
}

/** Bytes of a tag, for field numbers below 2,048. */
export function tagSize(field: number): number {
  return field < 16 ? 1 : 2;
}
