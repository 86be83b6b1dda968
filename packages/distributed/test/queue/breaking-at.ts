import type { KvStore, KvTransaction } from "../../src/store/kv-store.js";

/** A handle on `store` whose process dies at the transaction of this number, the first being 1. */
export function breakingAt(store: KvStore, broken: number): KvStore {
  let number = 0;
  return new Proxy(store, {
    get(target, property) {
      if (property !== "transact") {
        const value: unknown = Reflect.get(target, property);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async (fn: (tx: KvTransaction) => Promise<unknown>) => {
        number += 1;
        if (number === broken) throw new Error("killed");
        return target.transact(fn);
      };
    },
  });
}
