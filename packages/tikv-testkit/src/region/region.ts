import { compareBytes, type metapb } from "@roboflow/tikv-proto";
import type { MessageInitShape } from "@bufbuild/protobuf";

export interface Peer {
  readonly id: bigint;
  readonly storeId: bigint;
}

/** One version of one region; a split, merge or change of leader makes a new one. */
export interface Region {
  readonly id: bigint;
  /** Bounds as PD keeps them; an empty `endKey` is the end of all keys. */
  readonly startKey: Uint8Array;
  readonly endKey: Uint8Array;
  /** Raised by splits and merges. */
  readonly version: bigint;
  /** Raised by changes of peers. */
  readonly confVer: bigint;
  readonly peers: readonly Peer[];
  /** undefined: nobody leads at the moment. */
  readonly leaderStoreId: bigint | undefined;
}

export function contains(region: Region, bound: Uint8Array): boolean {
  return compareBytes(region.startKey, bound) <= 0 && isBeforeEnd(region, bound);
}

function isBeforeEnd(region: Region, bound: Uint8Array): boolean {
  return region.endKey.length === 0 || compareBytes(bound, region.endKey) < 0;
}

export function peerOn(region: Region, storeId: bigint | undefined): Peer | undefined {
  return region.peers.find((peer) => peer.storeId === storeId);
}

export function leaderOf(region: Region): Peer | undefined {
  return peerOn(region, region.leaderStoreId);
}

/** A region as stores and PD describe it. */
export function regionMeta(region: Region): MessageInitShape<typeof metapb.RegionSchema> {
  return {
    id: region.id,
    startKey: region.startKey,
    endKey: region.endKey,
    regionEpoch: { version: region.version, confVer: region.confVer },
    peers: region.peers.map(({ id, storeId }) => ({ id, storeId })),
  };
}
