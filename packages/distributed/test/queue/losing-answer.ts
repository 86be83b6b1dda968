import { DistributedError } from "../../src/error.js";
import type { KvStore, KvTransaction, TransactOptions } from "../../src/store/kv-store.js";

export interface LosingStore {
  readonly store: KvStore;
  /** Whether an answer was lost by now. */
  lost(): boolean;
}

/**
 * A handle on `store` whose commit of this number, from 1, is stored and never answered, as on a
 * store behind a network. Transactions without writes count as well.
 */
export function losingAnswer(store: KvStore, lost: number): LosingStore {
  let number = 0;
  const losing = new Proxy(store, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (property !== "transact") return typeof value === "function" ? value.bind(target) : value;
      return async (fn: (tx: KvTransaction) => Promise<unknown>, options?: TransactOptions) => {
        number += 1;
        const mine = number;
        const result = await target.transact(fn, options);
        if (mine !== lost) return result;
        throw new DistributedError("ERR_ROBOFLOW_STORE_UNAVAILABLE", "The answer was lost", {
          permanence: "transient",
        });
      };
    },
  });
  return { store: losing, lost: () => number >= lost };
}
