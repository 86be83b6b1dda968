import type { Fault } from "./fault.js";

/** Transaction `waiter` waits for `key`, which transaction `holder` has locked. */
export interface WaitEdge {
  readonly waiter: bigint;
  readonly holder: bigint;
  readonly key: Uint8Array;
}

/** Who waits for whom, to find the wait that would close a circle. */
export class WaitGraph {
  readonly #edges = new Set<WaitEdge>();

  /** @returns the deadlock that the edge would make; then it is not added */
  add(edge: WaitEdge): Fault | undefined {
    const path = this.#path(edge.holder, edge.waiter);
    const last = path?.at(-1);
    if (path === undefined || last === undefined) {
      this.#edges.add(edge);
      return undefined;
    }
    return {
      kind: "deadlock",
      key: edge.key,
      lockTs: edge.holder,
      deadlock: {
        lockTs: edge.holder,
        lockKey: edge.key,
        // The key that this transaction holds and the last of the chain waits for.
        deadlockKey: last.key,
        deadlockKeyHash: keyHash(last.key),
        waitChain: [...path, edge].map(({ waiter, holder, key }) => ({
          txn: waiter,
          waitForTxn: holder,
          key,
          keyHash: keyHash(key),
        })),
      },
    };
  }

  remove(edge: WaitEdge): void {
    this.#edges.delete(edge);
  }

  /** The edges that lead from one transaction to another, if any do. */
  #path(from: bigint, to: bigint): WaitEdge[] | undefined {
    const reached = new Map<bigint, readonly WaitEdge[]>([[from, []]]);
    const queue = [from];
    for (const txn of queue) {
      const path = reached.get(txn) ?? [];
      for (const edge of this.#edges) {
        if (edge.waiter !== txn) {
          continue;
        }
        if (edge.holder === to) {
          return [...path, edge];
        }
        if (!reached.has(edge.holder)) {
          reached.set(edge.holder, [...path, edge]);
          queue.push(edge.holder);
        }
      }
    }
    return undefined;
  }
}

/** FNV-1a, 64 bits. TiKV uses another hash; clients may only compare them. */
function keyHash(key: Uint8Array): bigint {
  let hash = 0xcb_f2_9c_e4_84_22_23_25n;
  for (const byte of key) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x1_00_00_00_01_b3n);
  }
  return hash;
}
