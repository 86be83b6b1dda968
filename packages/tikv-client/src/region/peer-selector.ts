import type { RegionEntry } from "./region-entry.js";

/** As client-go's: the leader is asked this often in one send, any other peer once. */
const LEADER_TRIES = 10;

/** Which peer of a region to ask, after something went wrong in one send. */
export class PeerSelector {
  readonly #region: RegionEntry;
  readonly #tries: number[];
  /** Those that said they do not lead, or could not be asked. */
  readonly #out = new Set<number>();

  constructor(region: RegionEntry) {
    this.#region = region;
    this.#tries = region.peers.map(() => 0);
  }

  tried(index: number): void {
    this.#tries[index] = (this.#tries[index] ?? 0) + 1;
  }

  /** Not again in this send, unless a server names it as the leader. */
  exclude(index: number): void {
    this.#out.add(index);
  }

  named(index: number): void {
    this.#out.delete(index);
  }

  /** Undefined: all have been asked in turn. */
  next(): number | undefined {
    const { leaderIndex, peers } = this.#region;
    if (this.#may(leaderIndex, LEADER_TRIES)) return leaderIndex;
    for (let step = 1; step < peers.length; step++) {
      const index = (leaderIndex + step) % peers.length;
      if (this.#may(index, 1)) return index;
    }
    return undefined;
  }

  #may(index: number, tries: number): boolean {
    if (this.#out.has(index) || (this.#tries[index] ?? 0) >= tries) return false;
    // One that was never asked for counts as reachable.
    return this.#region.stores[index]?.reachable ?? true;
  }
}
