import { describeKvStore } from "../testing/describe-kv-store.js";
import { MemoryStore } from "./memory-store.js";

describeKvStore("MemoryStore", {
  severalProcesses: false,
  async create() {
    const store = new MemoryStore();
    const handles = [store];
    return {
      store,
      async openAgain() {
        const other = store.openAgain();
        handles.push(other);
        return other;
      },
      async dispose() {
        for (const handle of handles) await handle.close();
      },
    };
  },
});
