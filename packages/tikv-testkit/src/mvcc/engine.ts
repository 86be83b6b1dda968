import type { Changes } from "./changes.js";
import { LockWaits } from "./lock-waits.js";
import { MAX_TS, VersionStore } from "./version-store.js";

/**
 * The data of the whole cluster and what protects it. The stores share it: there is no Raft.
 * Commands run one after the other, each at once, so they need no latches.
 */
export class Engine {
  readonly store = new VersionStore();
  readonly waits = new LockWaits();
  #maxTs = 0n;

  /** The newest timestamp at which anybody read: async commits must land above it. */
  get maxTs(): bigint {
    return this.#maxTs;
  }

  /** "The newest" is no timestamp and raises nothing. */
  raiseMaxTs(ts: bigint): void {
    if (ts !== MAX_TS && ts > this.#maxTs) {
      this.#maxTs = ts;
    }
  }

  apply(changes: Changes): void {
    this.waits.release(changes.apply(this.store));
  }
}
