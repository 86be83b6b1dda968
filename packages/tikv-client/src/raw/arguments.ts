import { TikvError } from "../error.js";
import type { KeyCodec } from "../key-codec.js";
import { bytesOf, MAX_ENTRY_BYTES, type KeyLike } from "../txn/limits.js";

/** TiKV's default `storage.max-key-size`. */
export const MAX_RAW_KEY_BYTES = 8 * 1024;

/** @throws TikvError `ERR_ROBOFLOW_TIKV_KEY` when it is empty or too long */
export function rawKey(codec: KeyCodec, key: KeyLike): Uint8Array {
  const bytes = bytesOf(key);
  if (bytes.length === 0) throw new TikvError("ERR_ROBOFLOW_TIKV_KEY", "A key can't be empty");
  const physical = codec.encode(bytes);
  if (physical.length > MAX_RAW_KEY_BYTES) {
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_KEY",
      `A key of ${physical.length} bytes is over the limit of ${MAX_RAW_KEY_BYTES}`,
      { key: bytes },
    );
  }
  return physical;
}

/** @throws TikvError `ERR_ROBOFLOW_TIKV_VALUE` when it is empty or too large */
export function rawValue(key: Uint8Array, value: KeyLike): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes.length === 0) {
    throw new TikvError("ERR_ROBOFLOW_TIKV_VALUE", "A value can't be empty", {
      key,
      hint: "Delete the key, or store a marker of one byte",
    });
  }
  if (key.length + bytes.length > MAX_ENTRY_BYTES) {
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_VALUE",
      `An entry of ${key.length + bytes.length} bytes is over the limit of ${MAX_ENTRY_BYTES}`,
      { key, hint: "Split it over several keys" },
    );
  }
  return bytes;
}

/**
 * 0: it stays.
 * @throws TikvError `ERR_ROBOFLOW_TIKV_ARGUMENT`, `_UNSUPPORTED`
 */
export function ttlOf(codec: KeyCodec, ttlSeconds: number | undefined): bigint {
  if (ttlSeconds === undefined) return 0n;
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1) {
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_ARGUMENT",
      `ttlSeconds must be a whole number above 0, but is ${ttlSeconds}`,
    );
  }
  if (codec.apiVersion === "v1") {
    throw new TikvError("ERR_ROBOFLOW_TIKV_UNSUPPORTED", "API v1 keeps no time to live", {
      hint: "Connect with apiVersion v1ttl or v2, as the cluster is configured",
    });
  }
  return BigInt(ttlSeconds);
}
