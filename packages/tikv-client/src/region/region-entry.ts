import { compareBytes, encodeContext, kvrpcpb, metapb } from "@roboflow/tikv-proto";
import type { KeyCodec } from "../key-codec.js";
import type { Region } from "./region.js";
import type { Store } from "./store.js";

const API_VERSIONS = {
  v1: kvrpcpb.APIVersion.V1,
  v1ttl: kvrpcpb.APIVersion.V1TTL,
  v2: kvrpcpb.APIVersion.V2,
} as const;

/** A region in the cache. Its bytes for requests are made once. */
export class RegionEntry implements Region {
  readonly id: bigint;
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly epoch: { readonly confVer: bigint; readonly version: bigint };
  readonly peers: readonly metapb.Peer[];
  /** The store of each peer, once it was asked for. */
  readonly stores: (Store | undefined)[];
  /** False: ask PD before it is used again. */
  valid = true;
  usedAt: number;
  #leaderIndex: number;
  readonly #codec: KeyCodec;
  readonly #contexts: (Uint8Array | undefined)[];

  /** @throws TikvError `ERR_ROBOFLOW_TIKV_PROTOCOL` when a bound can't be read */
  constructor(meta: metapb.Region, leader: metapb.Peer | undefined, codec: KeyCodec, now: number) {
    this.id = meta.id;
    this.start = codec.fromRegionKey(meta.startKey);
    this.end = codec.fromRegionKey(meta.endKey);
    this.epoch = {
      confVer: meta.regionEpoch?.confVer ?? 0n,
      version: meta.regionEpoch?.version ?? 0n,
    };
    // The others never lead.
    const voters = meta.peers.filter(
      ({ role, isWitness }) => role !== metapb.PeerRole.Learner && !isWitness,
    );
    this.peers = voters.length > 0 ? voters : meta.peers;
    this.stores = this.peers.map(() => undefined);
    this.#contexts = this.peers.map(() => undefined);
    this.#codec = codec;
    this.usedAt = now;
    this.#leaderIndex = Math.max(0, leader === undefined ? 0 : this.indexOf(leader));
  }

  get leaderIndex(): number {
    return this.#leaderIndex;
  }

  /** False when it has no such peer. */
  setLeader(peer: metapb.Peer): boolean {
    const index = this.indexOf(peer);
    if (index < 0) return false;
    this.#leaderIndex = index;
    return true;
  }

  /** A peer that was made anew on the same store has another id. */
  indexOf(peer: metapb.Peer): number {
    return this.peers.findIndex(({ id, storeId }) => id === peer.id && storeId === peer.storeId);
  }

  revive(now: number): void {
    this.valid = true;
    this.usedAt = now;
  }

  contains(key: Uint8Array): boolean {
    return (
      compareBytes(this.start, key) <= 0 &&
      (this.end.length === 0 || compareBytes(key, this.end) < 0)
    );
  }

  /** Whether it holds what is just below `key`; an empty one has everything below it. */
  containsBelow(key: Uint8Array): boolean {
    if (key.length === 0) return this.end.length === 0;
    return (
      compareBytes(this.start, key) < 0 &&
      (this.end.length === 0 || compareBytes(key, this.end) <= 0)
    );
  }

  /** Message `Context` of a request to the peer. */
  context(peerIndex: number): Uint8Array {
    const made = this.#contexts[peerIndex];
    if (made !== undefined) return made;
    const { keyspaceId } = this.#codec;
    const peer = this.peers[peerIndex];
    const context = encodeContext({
      regionId: this.id,
      regionEpoch: this.epoch,
      ...(peer === undefined ? {} : { peer }),
      apiVersion: API_VERSIONS[this.#codec.apiVersion],
      ...(keyspaceId === undefined ? {} : { keyspaceId }),
    });
    this.#contexts[peerIndex] = context;
    return context;
  }
}
