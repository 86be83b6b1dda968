import type { metapb } from "@roboflow/tikv-proto";
import type { Backoff } from "../backoff/backoff.js";

/** Bounds as PD keeps them (`KeyCodec.fromRegionKey` reads them). */
export interface PdRegion {
  readonly region: metapb.Region;
  readonly leader: metapb.Peer | undefined;
}

/** The placement driver. Every call finds the leader, retries within `backoff` and checks the cluster id. */
export interface Pd {
  readonly clusterId: bigint;
  /** physical ms << 18 | logical; strictly greater than any before. Concurrent calls share a request. */
  timestamp(backoff: Backoff): Promise<bigint>;
  regionByKey(backoff: Backoff, regionKey: Uint8Array): Promise<PdRegion>;
  /** The region before the one that holds `regionKey`, or the one that ends there. */
  regionBefore(backoff: Backoff, regionKey: Uint8Array): Promise<PdRegion>;
  regionById(backoff: Backoff, id: bigint): Promise<PdRegion | undefined>;
  /** Regions of all ranges in one request; falls back to `ScanRegions` where PD is older. */
  scanRegions(
    backoff: Backoff,
    ranges: readonly { readonly start: Uint8Array; readonly end: Uint8Array }[],
    limit: number,
  ): Promise<PdRegion[]>;
  /** Undefined when the store is unknown or a tombstone. */
  store(backoff: Backoff, id: bigint): Promise<metapb.Store | undefined>;
  stores(backoff: Backoff): Promise<metapb.Store[]>;
  gcSafePoint(backoff: Backoff): Promise<bigint>;
  /** The safe point now in force: never less than before. */
  updateGcSafePoint(backoff: Backoff, safePoint: bigint): Promise<bigint>;
  /** The least safe point of all services. A `ttlSeconds` of 0 or less removes the service's. */
  updateServiceSafePoint(
    backoff: Backoff,
    serviceId: string,
    ttlSeconds: bigint,
    safePoint: bigint,
  ): Promise<bigint>;
}
