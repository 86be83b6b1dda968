import { TikvError } from "../error.js";
import type { KeyCodec } from "../key-codec.js";
import { bytesOf, checkValue, physicalKey, type KeyLike } from "../limits.js";

/** TiKV's default `storage.max-key-size`. */
export const MAX_RAW_KEY_BYTES = 8 * 1024;

/** @throws TikvError `ERR_ROBOFLOW_TIKV_KEY` when it is empty or too long */
export function rawKey(codec: KeyCodec, key: KeyLike): Uint8Array {
  return physicalKey(codec, key, MAX_RAW_KEY_BYTES);
}

/** @throws TikvError `ERR_ROBOFLOW_TIKV_VALUE` when it is empty or too large */
export function rawValue(key: Uint8Array, value: KeyLike): Uint8Array {
  checkValue(key, value);
  return bytesOf(value);
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
