import { TestCluster } from "@roboflow/tikv-testkit";
import { describeKvStore } from "../testing/describe-kv-store.js";
import { TikvStore } from "./tikv-store.js";

describeKvStore("TikvStore", {
  severalProcesses: true,
  async create() {
    const cluster = await TestCluster.start({ stores: 3 });
    const store = await TikvStore.open(cluster.endpoints);
    const handles = [store];
    return {
      store,
      async openAgain() {
        const other = await TikvStore.open(cluster.endpoints);
        handles.push(other);
        return other;
      },
      async dispose() {
        for (const handle of handles) await handle.close();
        await cluster[Symbol.asyncDispose]();
      },
    };
  },
});
