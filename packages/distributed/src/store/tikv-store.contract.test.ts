import { TestCluster } from "@roboflow/tikv-testkit";
import { describeKvStore } from "../testing/describe-kv-store.js";
import type { TestStore } from "../testing/test-store.js";
import type { KvStore } from "./kv-store.js";
import { TikvStore } from "./tikv-store.js";

/** PD members of a cluster that these tests may empty: `pnpm test:tikv` starts one. */
const disposable = (process.env["ROBOFLOW_TEST_TIKV"] ?? "").split(",").filter(Boolean);

describeKvStore("TikvStore", {
  severalProcesses: true,
  async create() {
    if (disposable.length === 0) {
      const cluster = await TestCluster.start({ stores: 3 });
      return open(cluster.endpoints, () => cluster[Symbol.asyncDispose]());
    }
    const test = await open(disposable, async () => {});
    await empty(test.store);
    return test;
  },
});

async function open(
  endpoints: readonly string[],
  dispose: () => Promise<void>,
): Promise<TestStore> {
  const store = await TikvStore.open(endpoints);
  const handles = [store];
  return {
    store,
    async openAgain() {
      const other = await TikvStore.open(endpoints);
      handles.push(other);
      return other;
    },
    async dispose() {
      for (const handle of handles) await handle.close();
      await dispose();
    },
  };
}

async function empty(store: KvStore): Promise<void> {
  // Above every key, whose bytes may all be 0xff.
  const all = { start: new Uint8Array(), end: new Uint8Array(2_000).fill(0xff) };
  await store.transact(async (tx) => {
    for await (const { key } of tx.scan(all)) tx.delete(key);
  });
}
