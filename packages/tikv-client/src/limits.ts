import { isUint8Array } from "node:util/types";
import { TikvError } from "./error.js";
import type { KeyCodec } from "./key-codec.js";

/** Bytes, or text that is taken as UTF-8. */
export type KeyLike = Uint8Array | string;

/**
 * The longest key, bytes, with the prefix of API v2: what TiKV's default `storage.max-key-size`
 * (8 KiB) leaves once each 8 bytes are kept in 9.
 */
export const MAX_KEY_BYTES = 7279;
/** The largest entry (key and value), bytes; TiKV's default `raft-entry-max-size` is 8 MiB. */
export const MAX_ENTRY_BYTES = 6 * 1024 * 1024;
/** The most that one transaction may write (keys and values), bytes. */
export const MAX_TRANSACTION_BYTES = 100 * 1024 * 1024;

const NONE = new Uint8Array(0);

/**
 * Callers without types pass numbers, too, and typed arrays would take those for lengths.
 * @throws TikvError `ERR_ROBOFLOW_TIKV_ARGUMENT` for anything but bytes and text
 */
export function bytesOf(text: KeyLike): Uint8Array {
  if (typeof text === "string") return Buffer.from(text);
  if (text instanceof Uint8Array || isUint8Array(text)) return text;
  throw new TikvError(
    "ERR_ROBOFLOW_TIKV_ARGUMENT",
    `Keys and values are Uint8Array or string, not ${text === null ? "null" : typeof text}`,
    { hint: "Turn it into bytes or text first" },
  );
}

/** @throws TikvError `ERR_ROBOFLOW_TIKV_KEY` when it is empty or has more than `most` bytes */
export function physicalKey(codec: KeyCodec, key: KeyLike, most = MAX_KEY_BYTES): Uint8Array {
  const bytes = bytesOf(key);
  if (bytes.length === 0) throw new TikvError("ERR_ROBOFLOW_TIKV_KEY", "A key can't be empty");
  const physical = codec.encode(bytes);
  if (physical.length > most) {
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_KEY",
      `A key of ${physical.length} bytes is over the limit of ${most}`,
      { key: bytes },
    );
  }
  return physical;
}

/** As `physicalKey`, of bytes that the caller can't change any more. */
export function ownedKey(codec: KeyCodec, key: KeyLike): Uint8Array {
  return physicalKey(codec, typeof key === "string" ? key : new Uint8Array(bytesOf(key)));
}

/** @throws TikvError `ERR_ROBOFLOW_TIKV_VALUE` when it is empty or its entry over `MAX_ENTRY_BYTES` */
export function checkValue(key: Uint8Array, value: KeyLike): void {
  const size = typeof value === "string" ? Buffer.byteLength(value) : bytesOf(value).length;
  if (size === 0) {
    throw new TikvError("ERR_ROBOFLOW_TIKV_VALUE", "A value can't be empty", {
      key,
      hint: "Delete the key, or store a marker of one byte",
    });
  }
  if (key.length + size > MAX_ENTRY_BYTES) {
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_VALUE",
      `An entry of ${key.length + size} bytes is over the limit of ${MAX_ENTRY_BYTES}`,
      { key, hint: "Split it over several keys" },
    );
  }
}

/** The value's bytes, which the caller can't change any more; as `checkValue`. */
export function ownedValue(key: Uint8Array, value: KeyLike): Uint8Array {
  checkValue(key, value);
  return typeof value === "string" ? Buffer.from(value) : new Uint8Array(value);
}

/** Physical bounds of a range; an empty `end` has no bound. */
export interface PhysicalRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

/** Undefined or empty bounds reach to the ends of what the client may see. */
export function physicalRange(
  codec: KeyCodec,
  range: { readonly start?: KeyLike; readonly end?: KeyLike },
): PhysicalRange {
  const start = bytesOf(range.start ?? NONE);
  const end = bytesOf(range.end ?? NONE);
  return {
    start: start.length === 0 ? codec.first : codec.encode(start),
    end: end.length === 0 ? codec.end : codec.encode(end),
  };
}

/** @throws TikvError `ERR_ROBOFLOW_TIKV_ARGUMENT` unless it is a whole number from `least` up */
export function checkCount(name: string, count: number, least: number): void {
  if (count === Number.POSITIVE_INFINITY || (Number.isSafeInteger(count) && count >= least)) return;
  throw new TikvError(
    "ERR_ROBOFLOW_TIKV_ARGUMENT",
    `${name} is ${count}, but must be a whole number of at least ${least}`,
  );
}
