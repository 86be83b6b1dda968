import type { KvPair, KvStore, ScanOptions } from "../store/kv-store.js";

/** A call of a store that has ended. Reads of a transaction are part of its `transact`. */
export interface StoreCall {
  readonly operation: "get" | "batchGet" | "scan" | "count" | "transact" | "now";
  readonly outcome: "done" | "failed";
  /** Time that the caller waited for the store. */
  readonly seconds: number;
}

export type StoreObserver = (call: StoreCall) => void;

/** The same store, with each call told to `observer`. */
export function observeStore(store: KvStore, observer: StoreObserver): KvStore {
  const timed = async <T>(
    operation: StoreCall["operation"],
    call: () => Promise<T>,
  ): Promise<T> => {
    const start = performance.now();
    let outcome: StoreCall["outcome"] = "failed";
    try {
      const result = await call();
      outcome = "done";
      return result;
    } finally {
      observer({ operation, outcome, seconds: secondsSince(start) });
    }
  };
  const { count, collectGarbage } = store;
  return {
    url: store.url,
    get: (key) => timed("get", () => store.get(key)),
    batchGet: (keys) => timed("batchGet", () => store.batchGet(keys)),
    scan: (options) => observedScan(store, options, observer),
    transact: (fn, options) => timed("transact", () => store.transact(fn, options)),
    now: () => timed("now", () => store.now()),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    ...(count && { count: (options) => timed("count", () => count.call(store, options)) }),
    ...(collectGarbage && { collectGarbage: (options) => collectGarbage.call(store, options) }),
  };
}

/** Counts what `next` takes, not what is done between the pairs. */
async function* observedScan(
  store: KvStore,
  options: ScanOptions,
  observer: StoreObserver,
): AsyncGenerator<KvPair> {
  const pairs = store.scan(options)[Symbol.asyncIterator]();
  let outcome: StoreCall["outcome"] = "failed";
  let seconds = 0;
  try {
    for (;;) {
      const start = performance.now();
      const next = await pairs.next().finally(() => {
        seconds += secondsSince(start);
      });
      outcome = "done";
      if (next.done === true) return;
      yield next.value;
      outcome = "failed";
    }
  } finally {
    observer({ operation: "scan", outcome, seconds });
    await pairs.return?.();
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
