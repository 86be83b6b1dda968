import { compareBytes } from "@roboflow/tikv-proto";
import { TestkitError } from "../error.js";
import { contains, peerOn, type Region } from "./region.js";

/** The regions of the cluster: together they hold every key, each key in one of them. */
export class RegionMap {
  /** In order of their start keys. */
  #regions: readonly Region[];
  #lastId: bigint;

  /** One region for all keys, led by the first store. */
  constructor(readonly storeIds: readonly bigint[]) {
    this.#lastId = storeIds.reduce((last, id) => (id > last ? id : last), 0n);
    const whole = new Uint8Array(0);
    this.#regions = [
      {
        id: this.#nextId(),
        startKey: whole,
        endKey: whole,
        version: 1n,
        confVer: BigInt(storeIds.length),
        peers: this.#newPeers(),
        leaderStoreId: storeIds[0],
      },
    ];
  }

  /** In order of their start keys. */
  get all(): readonly Region[] {
    return this.#regions;
  }

  byId(id: bigint): Region | undefined {
    return this.#regions.find((region) => region.id === id);
  }

  byKey(bound: Uint8Array): Region {
    const found = this.#regions[this.#indexOf(bound)];
    if (found === undefined) {
      throw new TestkitError("ERR_ROBOFLOW_TESTKIT_STATE", "the regions have a hole");
    }
    return found;
  }

  /** The region that ends where this one starts. */
  before(region: Region): Region | undefined {
    const index = this.#regions.findIndex(({ id }) => id === region.id);
    return index > 0 ? this.#regions[index - 1] : undefined;
  }

  /**
   * Cuts regions at bounds. As in TiKV, the old region keeps the rightmost part, and the others are
   * new; all get the same new version. A bound where a region starts already changes nothing.
   * @returns the regions that came of it, in order
   */
  split(bounds: readonly Uint8Array[]): readonly Region[] {
    const touched = new Set<bigint>();
    for (const [id, cuts] of this.#cutsByRegion(bounds)) {
      for (const region of this.#cut(id, cuts)) {
        touched.add(region.id);
      }
    }
    return this.#regions.filter(({ id }) => touched.has(id));
  }

  /** Makes one region of that of a bound and the next; the first keeps its id. */
  merge(bound: Uint8Array): Region {
    const index = this.#indexOf(bound);
    const [left, right] = this.#regions.slice(index, index + 2);
    if (left === undefined || right === undefined) {
      throw new TestkitError(
        "ERR_ROBOFLOW_TESTKIT_STATE",
        "the last region has no next one to merge with",
      );
    }
    const newer = left.version > right.version ? left.version : right.version;
    const merged = { ...left, endKey: right.endKey, version: newer + 1n };
    this.#regions = this.#regions.toSpliced(index, 2, merged);
    return merged;
  }

  /** @param storeId undefined: the region has no leader from now on */
  setLeader(id: bigint, storeId: bigint | undefined): void {
    this.#regions = this.#regions.map((region) => {
      if (region.id !== id) {
        return region;
      }
      if (storeId !== undefined && peerOn(region, storeId) === undefined) {
        throw new TestkitError("ERR_ROBOFLOW_TESTKIT_ARGUMENT", `there is no store ${storeId}`);
      }
      return { ...region, leaderStoreId: storeId };
    });
  }

  #cutsByRegion(bounds: readonly Uint8Array[]): Map<bigint, Uint8Array[]> {
    const cuts = new Map<bigint, Uint8Array[]>();
    let last: Uint8Array | undefined;
    for (const bound of bounds.toSorted(compareBytes)) {
      const region = this.byKey(bound);
      const isNew = last === undefined || compareBytes(last, bound) !== 0;
      last = bound;
      if (isNew && compareBytes(region.startKey, bound) !== 0) {
        cuts.set(region.id, [...(cuts.get(region.id) ?? []), bound.slice()]);
      }
    }
    return cuts;
  }

  #cut(id: bigint, cuts: readonly Uint8Array[]): readonly Region[] {
    const index = this.#regions.findIndex((region) => region.id === id);
    const old = this.#regions[index];
    if (old === undefined) {
      return [];
    }
    const version = old.version + BigInt(cuts.length);
    const starts = [old.startKey, ...cuts];
    const parts = starts.map((startKey, part): Region => {
      const endKey = cuts[part];
      return endKey === undefined
        ? { ...old, startKey, version }
        : { ...old, startKey, endKey, version, id: this.#nextId(), peers: this.#newPeers() };
    });
    this.#regions = this.#regions.toSpliced(index, 1, ...parts);
    return parts;
  }

  #indexOf(bound: Uint8Array): number {
    let low = 0;
    let high = this.#regions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const region = this.#regions[middle];
      if (region !== undefined && contains(region, bound)) {
        return middle;
      }
      if (region !== undefined && compareBytes(region.startKey, bound) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  #newPeers(): Region["peers"] {
    return this.storeIds.map((storeId) => ({ id: this.#nextId(), storeId }));
  }

  #nextId(): bigint {
    this.#lastId += 1n;
    return this.#lastId;
  }
}
