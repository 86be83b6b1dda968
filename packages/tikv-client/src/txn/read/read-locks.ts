import type { kvrpcpb } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import type { SendOptions } from "../../cluster.js";
import type { LockResolver } from "../lock-resolver/lock-resolver.js";

const NONE: SendOptions = {};

/** The locks that the reads of one snapshot have met and may pass from then on. */
export class ReadLocks {
  readonly #resolver: LockResolver;
  readonly #version: bigint;
  readonly #ignored = new Set<bigint>();
  readonly #accessible = new Set<bigint>();
  #options: SendOptions = NONE;

  constructor(resolver: LockResolver, version: bigint) {
    this.#resolver = resolver;
    this.#version = version;
  }

  /** What every read of the snapshot is sent with. */
  get options(): SendOptions {
    return this.#options;
  }

  /** After it the read may be tried again: the locks are gone, may be passed, or were waited for. */
  async meet(backoff: Backoff, locks: readonly kvrpcpb.LockInfo[]): Promise<void> {
    // A store that does not pass a lock though told to is asked again once the lock is gone.
    const thorough = locks.some(
      ({ lockVersion: id }) => this.#ignored.has(id) || this.#accessible.has(id),
    );
    const { waitMs, ignored, accessible } = await this.#resolver.resolve(backoff, locks, {
      callerStartTs: this.#version,
      purpose: "read",
      thorough,
    });
    for (const id of ignored) this.#ignored.add(id);
    for (const id of accessible) this.#accessible.add(id);
    this.#options = {
      ...(this.#ignored.size === 0 ? {} : { resolvedLocks: [...this.#ignored] }),
      ...(this.#accessible.size === 0 ? {} : { committedLocks: [...this.#accessible] }),
    };
    if (waitMs > 0 || thorough) {
      const [lock] = locks;
      await backoff.wait(
        "txn-lock-fast",
        `a key is locked by transaction ${lock?.lockVersion}`,
        waitMs > 0 ? waitMs : undefined,
      );
    }
  }
}
