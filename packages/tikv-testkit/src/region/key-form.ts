import { decodeBytes, encodeBytes } from "@roboflow/tikv-proto";

/** How the keys of a request relate to the bounds of regions. */
export interface KeyForm {
  /** Where a key lies among the bounds. */
  toBound(key: Uint8Array): Uint8Array;
  /** The key that a bound stands for; undefined for one that stands for none. */
  fromBound(bound: Uint8Array): Uint8Array | undefined;
}

/** Keys of transactions, and all keys in API v2: bounds are memory-comparable. */
export const ENCODED: KeyForm = {
  toBound: encodeBytes,
  fromBound(bound) {
    try {
      return decodeBytes(bound);
    } catch {
      return undefined;
    }
  },
};

/** Raw keys in API v1: bounds are keys. */
export const PLAIN: KeyForm = { toBound: (key) => key, fromBound: (bound) => bound };

/** The bounds of a region as keys. A bound in the other form stands for itself. */
export function spanOf(
  form: KeyForm,
  region: { readonly startKey: Uint8Array; readonly endKey: Uint8Array },
): { readonly start: Uint8Array; readonly end: Uint8Array | undefined } {
  const key = (bound: Uint8Array): Uint8Array => form.fromBound(bound) ?? bound;
  return {
    start: region.startKey.length === 0 ? region.startKey : key(region.startKey),
    end: region.endKey.length === 0 ? undefined : key(region.endKey),
  };
}
