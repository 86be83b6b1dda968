import { join } from "node:path";
import { openStore } from "../../src/store/open-store.js";
import type { KvStore } from "../../src/store/kv-store.js";
import { TikvClient } from "../../src/tikv-client.js";
import { forgetRuns, loadFinished } from "./finished-jobs.js";
import { startProcesses, type Side } from "./side.js";

export interface OursOptions {
  readonly name: string;
  /** URL of a new store. */
  url(finished: number): Promise<string>;
  /** Finished jobs kept, one queue for each. */
  readonly finished: readonly number[];
  /** Finished jobs loaded in one transaction. */
  readonly perTransaction: number;
  readonly print: (line: string) => void;
}

/** Our queue on a store of each kind of fullness. */
export async function oursSide(options: OursOptions): Promise<Side> {
  const { name, finished, perTransaction, print } = options;
  const stores = new Map<string, { readonly store: KvStore; readonly keep: ReadonlySet<string> }>();
  const addresses = new Map<number, string>();
  for (const count of finished) {
    const store = await openStore(await options.url(count));
    const { hash } = await new TikvClient(store).putConfig("[dataset]\n");
    const start = performance.now();
    const keep = await loadFinished(store, hash, { count, perTransaction });
    if (count > 0) print(`${name}: ${count} finished jobs in ${seconds(start)} s`);
    const address = `${store.url}#${hash}`;
    stores.set(address, { store, keep });
    addresses.set(count, address);
  }
  const entry = join(import.meta.dirname, "ours.ts");
  const processes = await startProcesses(entry, [...addresses.values()]);
  return {
    name,
    processes,
    address: (count) => addresses.get(count),
    async forget(address) {
      const opened = stores.get(address);
      if (opened) await forgetRuns(opened.store, opened.keep);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
      for (const { store } of stores.values()) await store.close();
    },
  };
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1_000).toFixed(1);
}
