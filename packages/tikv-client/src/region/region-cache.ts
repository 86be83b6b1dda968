import { compareBytes, nextKey, type metapb } from "@roboflow/tikv-proto";
import type { Backoff } from "../backoff/backoff.js";
import { throwIfAborted } from "../backoff/call-backoff.js";
import { awaitShared } from "../backoff/shared-work.js";
import type { KeyCodec } from "../key-codec.js";
import { newKeyTree } from "../key-tree.js";
import type { ClientHooks } from "../options.js";
import type { Pd, PdRegion } from "../pd/pd.js";
import { RegionEntry } from "./region-entry.js";

/** As client-go's: one that was not used this long is asked for anew. */
const TTL_MS = 600_000;
/** So that entries made together do not end together. */
const TTL_JITTER_MS = 60_000;
const SCAN_LIMIT = 128;
/** Above every bound that a region has in practice; a region that ends yet higher is followed. */
const HIGHEST = new Uint8Array(256).fill(0xff);

/** Regions by key. What is newer by epoch stays, whoever tells of the older. */
export class RegionCache {
  readonly #pd: Pd;
  readonly #codec: KeyCodec;
  readonly #hooks: ClientHooks;
  readonly #byStart = newKeyTree<RegionEntry>();
  readonly #byId = new Map<bigint, RegionEntry>();
  /** By what lies below the gap in the cache: those who miss in one gap share a look-up. */
  readonly #loads = new Map<string, Promise<void>>();
  readonly #pair: [Uint8Array, RegionEntry] | [] = [];

  constructor(pd: Pd, codec: KeyCodec, hooks: ClientHooks) {
    this.#pd = pd;
    this.#codec = codec;
    this.#hooks = hooks;
  }

  get size(): number {
    return this.#byStart.size;
  }

  find(key: Uint8Array): RegionEntry | undefined {
    const entry = this.#atOrBelow(key);
    const found = entry !== undefined && entry.contains(key) && this.#isFresh(entry);
    this.#hooks.cache?.({ cache: "region", hit: found });
    return found ? entry : undefined;
  }

  /** The region with what is just below `key`; of all, when it is empty. */
  findBefore(key: Uint8Array): RegionEntry | undefined {
    const highest = this.#byStart.maxKey();
    const pair =
      key.length > 0
        ? this.#byStart.nextLowerPair(key)
        : highest === undefined
          ? undefined
          : this.#byStart.getPairOrNextLower(highest);
    const entry = pair?.[1];
    const found = entry !== undefined && entry.containsBelow(key) && this.#isFresh(entry);
    this.#hooks.cache?.({ cache: "region", hit: found });
    return found ? entry : undefined;
  }

  async locate(backoff: Backoff, key: Uint8Array): Promise<RegionEntry> {
    for (;;) {
      const found = this.find(key) ?? (await this.#load(backoff, key));
      if (found !== undefined) return found;
      throwIfAborted(backoff.signal);
    }
  }

  async locateBefore(backoff: Backoff, key: Uint8Array): Promise<RegionEntry> {
    for (;;) {
      const cached = this.findBefore(key);
      if (cached !== undefined) return cached;
      this.#insertFromPd(await this.#askBefore(backoff, key));
      const found = this.findBefore(key);
      if (found !== undefined) return found;
      await backoff.wait("region-miss", "PD's answer is older than what a server has told");
    }
  }

  /** Fills the cache for a range, at most `SCAN_LIMIT` regions of it; for many keys at once. */
  async prefetch(backoff: Backoff, first: Uint8Array, last: Uint8Array): Promise<void> {
    const range = {
      start: this.#codec.toRegionKey(first),
      end: this.#codec.toRegionKey(nextKey(last)),
    };
    for (const region of await this.#pd.scanRegions(backoff, [range], SCAN_LIMIT)) {
      this.#insertFromPd(region);
    }
  }

  invalidate(entry: RegionEntry): void {
    entry.valid = false;
  }

  /** What a server says that is there now. `leaderStore`: whoever knows it leads it. */
  insertFromServer(regions: readonly metapb.Region[], leaderStore: bigint): void {
    for (const meta of regions) {
      const leader = meta.peers.find(({ storeId }) => storeId === leaderStore);
      this.#insert(new RegionEntry(meta, leader, this.#codec, Date.now()));
    }
  }

  #insertFromPd({ region, leader }: PdRegion): void {
    const entry = new RegionEntry(region, leader, this.#codec, Date.now());
    // PD is behind: what was set aside because it failed is the best that is known.
    for (const newer of this.#insert(entry)) newer.revive(Date.now());
  }

  /** Those that are newer, if it was not taken for that. */
  #insert(entry: RegionEntry): readonly RegionEntry[] {
    const known = this.#byId.get(entry.id);
    const overlapping = this.#overlapping(entry);
    // Splits and merges raise the version: of two that overlap the higher is the newer.
    const newer = overlapping.filter(
      (other) => other !== known && other.epoch.version > entry.epoch.version,
    );
    if (known !== undefined && isOlder(entry, known)) newer.push(known);
    if (newer.length > 0) return newer;
    if (known !== undefined && !overlapping.includes(known)) overlapping.push(known);
    for (const other of overlapping) {
      other.valid = false;
      this.#byStart.delete(other.start);
      this.#byId.delete(other.id);
    }
    this.#byStart.set(entry.start, entry);
    this.#byId.set(entry.id, entry);
    return [];
  }

  #overlapping(entry: RegionEntry): RegionEntry[] {
    const overlapping: RegionEntry[] = [];
    const below = this.#byStart.nextLowerPair(entry.start)?.[1];
    if (
      below !== undefined &&
      (below.end.length === 0 || compareBytes(entry.start, below.end) < 0)
    ) {
      overlapping.push(below);
    }
    for (const [start, other] of this.#byStart.entries(entry.start)) {
      if (entry.end.length > 0 && compareBytes(start, entry.end) >= 0) break;
      overlapping.push(other);
    }
    return overlapping;
  }

  #atOrBelow(key: Uint8Array): RegionEntry | undefined {
    return this.#byStart.getPairOrNextLower(key, this.#pair as [Uint8Array, RegionEntry])?.[1];
  }

  #isFresh(entry: RegionEntry): boolean {
    if (!entry.valid) return false;
    const now = Date.now();
    if (now - entry.usedAt > TTL_MS + Number(entry.id % BigInt(TTL_JITTER_MS))) return false;
    entry.usedAt = now;
    return true;
  }

  async #load(backoff: Backoff, key: Uint8Array): Promise<RegionEntry | undefined> {
    const below = this.#atOrBelow(key);
    const gap = below === undefined ? "" : `${below.id} ${below.epoch.version}`;
    const underWay = this.#loads.get(gap);
    if (underWay !== undefined) {
      await awaitShared(underWay, backoff);
      return this.find(key);
    }
    const load = this.#askFor(backoff, key);
    this.#loads.set(gap, load);
    try {
      await load;
    } finally {
      this.#loads.delete(gap);
    }
    const found = this.find(key);
    if (found === undefined) {
      await backoff.wait("region-miss", "PD's answer is older than what a server has told");
    }
    return found;
  }

  async #askFor(backoff: Backoff, key: Uint8Array): Promise<void> {
    this.#insertFromPd(await this.#pd.regionByKey(backoff, this.#codec.toRegionKey(key)));
  }

  async #askBefore(backoff: Backoff, key: Uint8Array): Promise<PdRegion> {
    if (key.length === 0) {
      for (let bound: Uint8Array = HIGHEST; ;) {
        const last = await this.#pd.regionByKey(backoff, bound);
        if (last.region.endKey.length === 0) return last;
        bound = last.region.endKey;
      }
    }
    const regionKey = this.#codec.toRegionKey(key);
    const region = await this.#pd.regionByKey(backoff, regionKey);
    return compareBytes(region.region.startKey, regionKey) < 0
      ? region
      : await this.#pd.regionBefore(backoff, regionKey);
  }
}

function isOlder(entry: RegionEntry, than: RegionEntry): boolean {
  return entry.epoch.version < than.epoch.version || entry.epoch.confVer < than.epoch.confVer;
}
