import { DistributedError } from "../../src/error.js";
import type { KvStore, KvTransaction, TransactOptions } from "../../src/store/kv-store.js";

/** A store of which transactions fail for a while: before they begin, or after they committed. */
export interface LosingStore extends KvStore {
  /** The next so many transactions fail. */
  lose(when: "before" | "after", times?: number): void;
  /** No more do. */
  comeBack(): void;
}

export const unreachable = (): DistributedError =>
  new DistributedError("ERR_ROBOFLOW_STORE_UNAVAILABLE", "The store is away", {
    permanence: "transient",
  });

export function losing(store: KvStore): LosingStore {
  let left = 0;
  let fails: "before" | "after" = "before";
  return {
    url: store.url,
    get: (key) => store.get(key),
    batchGet: (keys) => store.batchGet(keys),
    scan: (options) => store.scan(options),
    async transact<T>(fn: (tx: KvTransaction) => Promise<T>, options?: TransactOptions) {
      left -= 1;
      const lost = left >= 0;
      if (lost && fails === "before") throw unreachable();
      const result = await store.transact(fn, options);
      if (lost) throw unreachable();
      return result;
    },
    now: () => store.now(),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
    lose(when, times = Number.POSITIVE_INFINITY) {
      fails = when;
      left = times;
    },
    comeBack() {
      left = 0;
    },
  };
}
