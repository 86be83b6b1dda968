import type { Lock } from "./lock.js";
import type { VersionStore } from "./version-store.js";
import type { Write } from "./write.js";

/** A lock that went away. `commitTs` is 0 when its transaction did not commit here. */
export interface ReleasedLock {
  readonly key: Uint8Array;
  readonly startTs: bigint;
  readonly commitTs: bigint;
}

type Change =
  | { readonly kind: "lock"; readonly key: Uint8Array; readonly lock: Lock }
  | { readonly kind: "unlock"; readonly key: Uint8Array; readonly commitTs: bigint }
  | { readonly kind: "write"; readonly key: Uint8Array; readonly write: Write }
  | { readonly kind: "delete-write"; readonly key: Uint8Array; readonly commitTs: bigint };

/** What one command will change: all of it, once the command is known to succeed, or nothing. */
export class Changes {
  #changes: Change[] = [];

  lock(key: Uint8Array, lock: Lock): void {
    this.#changes.push({ kind: "lock", key, lock });
  }

  unlock(key: Uint8Array, commitTs = 0n): void {
    this.#changes.push({ kind: "unlock", key, commitTs });
  }

  write(key: Uint8Array, write: Write): void {
    this.#changes.push({ kind: "write", key, write });
  }

  deleteWrite(key: Uint8Array, commitTs: bigint): void {
    this.#changes.push({ kind: "delete-write", key, commitTs });
  }

  discard(): void {
    this.#changes = [];
  }

  /** @returns the locks that went away */
  apply(store: VersionStore): ReleasedLock[] {
    const released: ReleasedLock[] = [];
    for (const change of this.#changes) {
      switch (change.kind) {
        case "lock":
          store.locks.set(change.key, change.lock);
          break;
        case "unlock": {
          const lock = store.locks.get(change.key);
          if (lock !== undefined) {
            store.locks.delete(change.key);
            released.push({
              key: change.key,
              startTs: lock.startTs,
              commitTs: change.commitTs,
            });
          }
          break;
        }
        case "write":
          store.putWrite(change.key, change.write);
          break;
        case "delete-write":
          store.deleteWrite(change.key, change.commitTs);
          break;
      }
    }
    return released;
  }
}
