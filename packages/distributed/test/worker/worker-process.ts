import { createStorage } from "@roboflow/storage";
import { JobQueue } from "../../src/queue/job-queue.js";
import { LmdbStore } from "../../src/store/lmdb-store.js";
import { TikvClient } from "../../src/tikv-client.js";
import { ChildRunner } from "../../src/worker/child-runner.js";
import { storeConfigs } from "../../src/worker/store-configs.js";
import { Worker } from "../../src/worker/worker.js";
import { fakeConversion } from "./fake-conversion.js";

/** A worker to be killed: `worker-process STORE`. Says each event's type, and ends when drained. */
const [path = ""] = process.argv.slice(2);
await using client = new TikvClient(await LmdbStore.open(path));
await using storage = createStorage();
const child = new ChildRunner({ entry: new URL("./text-entry.ts", import.meta.url) });
await new Worker({
  queue: new JobQueue(client.store, { backoff: { baseMs: 20, maxMs: 40 } }),
  storage,
  configs: storeConfigs(client),
  publish: fakeConversion(storage).publish,
  convert: child.convert,
  assemble: child.assemble,
  heartbeatMs: 200,
  leaseMs: 2_000,
  sweepMs: 200,
  pollMs: 50,
  untilDrained: true,
  onEvent: ({ type }) => process.stdout.write(`${type}\n`),
}).run();
