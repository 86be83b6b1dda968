import { decodeBytes, encodeBytes } from "@roboflow/tikv-proto";
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

export type Mode = "raw" | "txn";

const NONE = new Uint8Array(0);
const PREFIX_LENGTH = 4;
const MAX_KEYSPACE_ID = 0xff_ff_ff;

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
  if (!Number.isInteger(keyspaceId) || keyspaceId < 0 || keyspaceId > MAX_KEYSPACE_ID) {
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_KEYSPACE",
      `Keyspace id ${keyspaceId} does not fit into three bytes`,
    );
  }
  const first = new Uint8Array(PREFIX_LENGTH);
  const letter = mode === "raw" ? "r" : "x";
  const value = letter.charCodeAt(0) * 2 ** 24 + keyspaceId;
  new DataView(first.buffer).setUint32(0, value);
  const end = new Uint8Array(PREFIX_LENGTH);
  new DataView(end.buffer).setUint32(0, value + 1);
  return {
    apiVersion: "v2",
    keyspaceId,
    encode: (key) => {
      const physical = new Uint8Array(PREFIX_LENGTH + key.length);
      physical.set(first);
      physical.set(key, PREFIX_LENGTH);
      return physical;
    },
    decode: (key) => {
      for (let i = 0; i < PREFIX_LENGTH; i++) {
        if (key[i] !== first[i]) {
          throw new TikvError(
            "ERR_ROBOFLOW_TIKV_PROTOCOL",
            `A server answered with a key outside of keyspace ${keyspaceId}`,
            { key },
          );
        }
      }
      return key.subarray(PREFIX_LENGTH);
    },
    toRegionKey: encodeBound,
    fromRegionKey: decodeBound,
    first,
    end,
  };
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
