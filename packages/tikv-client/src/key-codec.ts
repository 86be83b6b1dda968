/** Translates between a client's keys and those that servers see. */
export interface KeyCodec {
  /** Goes into the context of every request. */
  readonly apiVersion: "v1" | "v2";
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
