import type { metapb } from "@roboflow/tikv-proto";

/** One version of a region as the cache knows it. Replaced as a whole, except for its leader. */
export interface Region {
  readonly id: bigint;
  /** Physical keys; an empty `end` has no bound. */
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly epoch: { readonly confVer: bigint; readonly version: bigint };
  readonly peers: readonly metapb.Peer[];
}
