import { compareBytes } from "@roboflow/tikv-proto";
import type { ReleasedLock } from "./changes.js";
import { WaitGraph } from "./wait-graph.js";
import type { Fault } from "./fault.js";
import type { Lock } from "./lock.js";

/** How long a store lets a request wait that names no time itself, and at most. */
export const DEFAULT_WAIT_MS = 1_000;

export interface WaitRequest {
  readonly key: Uint8Array;
  readonly startTs: bigint;
  /** The lock in the way. */
  readonly lock: Lock;
  readonly timeoutMs: number;
  /** A transaction that holds nothing can't be part of a deadlock. */
  readonly isFirstLock: boolean;
  /** Where it waits: it ends when that store stops. */
  readonly storeId: bigint;
}

export type WaitOutcome =
  | { readonly kind: "released"; readonly by: ReleasedLock }
  | { readonly kind: "timed-out" }
  | { readonly kind: "deadlock"; readonly fault: Fault };

interface Waiter {
  readonly storeId: bigint;
  readonly key: Uint8Array;
  readonly startTs: bigint;
  readonly wake: (by: ReleasedLock) => void;
  readonly giveUp: () => void;
}

/** Pessimistic lock requests that wait for a key, of all stores together. */
export class LockWaits {
  readonly #waiters = new Set<Waiter>();
  readonly #graph = new WaitGraph();

  /** Requests that wait now. */
  get size(): number {
    return this.#waiters.size;
  }

  async wait(request: WaitRequest): Promise<WaitOutcome> {
    const edge = {
      waiter: request.startTs,
      holder: request.lock.startTs,
      key: request.key,
    };
    if (!request.isFirstLock) {
      const fault = this.#graph.add(edge);
      if (fault !== undefined) {
        return { kind: "deadlock", fault };
      }
    }
    try {
      return await this.#enqueue(request);
    } finally {
      this.#graph.remove(edge);
    }
  }

  /**
   * Wakes all who wait for these keys, the oldest transaction first. TiKV wakes the others a few
   * milliseconds after the first.
   */
  release(released: readonly ReleasedLock[]): void {
    for (const lock of released) {
      const woken = [...this.#waiters]
        .filter((waiter) => compareBytes(waiter.key, lock.key) === 0)
        .sort((a, b) => (a.startTs < b.startTs ? -1 : 1));
      for (const waiter of woken) {
        waiter.wake(lock);
      }
    }
  }

  /** Ends all waiting at a store, as if its time were over. */
  end(storeId: bigint): void {
    for (const waiter of this.#waiters) {
      if (waiter.storeId === storeId) {
        waiter.giveUp();
      }
    }
  }

  #enqueue(request: WaitRequest): Promise<WaitOutcome> {
    return new Promise((resolve) => {
      const settle = (outcome: WaitOutcome): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve(outcome);
      };
      const timer = setTimeout(() => settle({ kind: "timed-out" }), request.timeoutMs);
      const waiter: Waiter = {
        storeId: request.storeId,
        key: request.key,
        startTs: request.startTs,
        wake: (by) => settle({ kind: "released", by }),
        giveUp: () => settle({ kind: "timed-out" }),
      };
      this.#waiters.add(waiter);
    });
  }
}
