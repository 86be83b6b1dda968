import {
  decodeBytes,
  encodeBytes,
  keyspacePrefix,
  prefixEnd,
  type KeyMode,
} from "@roboflow/tikv-proto";
import { TikvError } from "./error.js";

/** Translates between a client's keys and those that servers see. */
export interface KeyCodec {
  /** Goes into the context of every request. */
  readonly apiVersion: "v1" | "v1ttl" | "v2";
  readonly keyspaceId: number | undefined;
  /** User key to physical key: prefixed with mode and keyspace in API v2, itself in v1. */
  encode(key: Uint8Array): Uint8Array;
  decode(key: Uint8Array): Uint8Array;
  /** Physical key to the form PD keeps region bounds in: memory-comparable, except raw v1. */
  toRegionKey(key: Uint8Array): Uint8Array;
  /** @throws TikvError `ERR_ROBOFLOW_TIKV_PROTOCOL` when a bound is not in that form */
  fromRegionKey(bound: Uint8Array): Uint8Array;
  /** First physical key of the keyspace, and the first behind it; empty: no bound. */
  readonly first: Uint8Array;
  readonly end: Uint8Array;
}

/** Which kind of client a key belongs to. */
export type Mode = KeyMode;

const NONE = new Uint8Array(0);

/** API v1: keys are as the user gave them. PD keeps those of transactions memory-comparable. */
export function keyCodecV1(mode: Mode, apiVersion: "v1" | "v1ttl" = "v1"): KeyCodec {
  const same = (key: Uint8Array): Uint8Array => key;
  return {
    apiVersion,
    keyspaceId: undefined,
    encode: same,
    decode: same,
    toRegionKey: mode === "raw" ? same : encodeBound,
    fromRegionKey: mode === "raw" ? same : decodeBound,
    first: NONE,
    end: NONE,
  };
}

/**
 * API v2: keys start with the mode's letter and three bytes of keyspace id, big endian (TiKV RFC 69).
 * @throws TikvError `ERR_ROBOFLOW_TIKV_KEYSPACE` when the id takes more
 */
export function keyCodecV2(mode: Mode, keyspaceId: number): KeyCodec {
  const first = prefixOf(mode, keyspaceId);
  return {
    apiVersion: "v2",
    keyspaceId,
    encode: (key) => {
      const physical = new Uint8Array(first.length + key.length);
      physical.set(first);
      physical.set(key, first.length);
      return physical;
    },
    decode: (key) => {
      for (let i = 0; i < first.length; i++) {
        if (key[i] !== first[i]) {
          throw new TikvError(
            "ERR_ROBOFLOW_TIKV_PROTOCOL",
            `A server answered with a key outside of keyspace ${keyspaceId}`,
            { key },
          );
        }
      }
      return key.subarray(first.length);
    },
    toRegionKey: encodeBound,
    fromRegionKey: decodeBound,
    first,
    end: prefixEnd(first),
  };
}

function prefixOf(mode: Mode, keyspaceId: number): Uint8Array {
  try {
    return keyspacePrefix(mode, keyspaceId);
  } catch (cause) {
    const message = `Keyspace id ${keyspaceId} does not fit into three bytes`;
    throw new TikvError("ERR_ROBOFLOW_TIKV_KEYSPACE", message, { cause });
  }
}

/** An empty bound is no bound, and stays so. */
function encodeBound(key: Uint8Array): Uint8Array {
  return key.length === 0 ? key : encodeBytes(key);
}

function decodeBound(bound: Uint8Array): Uint8Array {
  if (bound.length === 0) return bound;
  try {
    return decodeBytes(bound);
  } catch (cause) {
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_PROTOCOL",
      `A region's bound ${Buffer.from(bound).toString("hex")} is not memory-comparable`,
      {
        cause,
        hint: "Does another client keep raw data in this cluster? API v1 can't hold both kinds",
      },
    );
  }
}
