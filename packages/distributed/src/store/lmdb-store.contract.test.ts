import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeKvStore } from "../testing/describe-kv-store.js";
import { LmdbStore } from "./lmdb-store.js";

describeKvStore("LmdbStore", {
  severalProcesses: true,
  async create() {
    const path = await mkdtemp(join(tmpdir(), "roboflow-lmdb-"));
    const store = await LmdbStore.open(path);
    const handles = [store];
    return {
      store,
      async openAgain() {
        const other = await LmdbStore.open(path);
        handles.push(other);
        return other;
      },
      async dispose() {
        for (const handle of handles) await handle.close();
        await rm(path, { recursive: true, force: true });
      },
    };
  },
});
