import { DistributedError } from "../error.js";

/**
 * Longest key of every engine, in bytes: LMDB's limit at its default page size of 4 KiB
 * (lmdb-js README, "Keys").
 */
export const MAX_KEY_BYTES = 1_978;

/** A key as one character a byte: strings of this form compare as the bytes do, and index a Map. */
export type KeyText = string;

export function keyText(key: Uint8Array): KeyText {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

export function keyBytes(text: KeyText): Uint8Array {
  return Buffer.from(text, "latin1");
}

/**
 * A copy within memory that many small ones share: each ArrayBuffer of its own would cost a native
 * allocation, and LMDB a call for its address. No Buffer, whose `slice` would not copy.
 */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  return new Uint8Array(copy.buffer, copy.byteOffset, copy.length);
}

/** A key for messages: printable ASCII as it is, any other byte as `\xNN`. */
export function describeKey(key: Uint8Array | KeyText): string {
  const text = typeof key === "string" ? key : keyText(key);
  return text.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** @throws DistributedError `ERR_ROBOFLOW_STORE_KEY` (permanent) */
export function checkKey(key: Uint8Array): void {
  if (key.length >= 1 && key.length <= MAX_KEY_BYTES) return;
  throw new DistributedError(
    "ERR_ROBOFLOW_STORE_KEY",
    key.length === 0
      ? "A store key must not be empty"
      : `The store key "${describeKey(key.subarray(0, 80))}…" has ${key.length} bytes; the most is ${MAX_KEY_BYTES}`,
  );
}

/**
 * Some stores take an empty value for a delete.
 * @throws DistributedError `ERR_ROBOFLOW_STORE_VALUE` (permanent)
 */
export function checkValue(key: Uint8Array, value: Uint8Array): void {
  if (value.length >= 1) return;
  throw new DistributedError(
    "ERR_ROBOFLOW_STORE_VALUE",
    `The value of the store key "${describeKey(key)}" is empty; values are at least one byte`,
    { hint: 'Store a marker as "1".' },
  );
}
