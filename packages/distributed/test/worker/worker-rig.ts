import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStorage, toUrl, type Storage } from "@roboflow/storage";
import type { NewJob } from "../../src/queue/submit-request.js";
import type { BatchRecord, BatchStatus } from "../../src/records/batch-record.js";
import type { KvStore } from "../../src/store/kv-store.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { TikvClient } from "../../src/tikv-client.js";
import { storeConfigs } from "../../src/worker/store-configs.js";
import type { WorkerEvent } from "../../src/worker/worker-event.js";
import type { WorkerOptions } from "../../src/worker/worker-options.js";
import { Worker } from "../../src/worker/worker.js";
import { queueRig, type QueueRig } from "../queue/queue-rig.js";
import { fakeConversion } from "./fake-conversion.js";

/** A config that parses, since workers check it. */
const WORKING_CONFIG = `[dataset]
name = "test"
fps = 10

[[mappings]]
topic = "/joint_states"
feature = "observation.state"
field = "position"
`;

export interface WorkerRig extends QueueRig, AsyncDisposable {
  readonly directory: string;
  readonly output: string;
  readonly storage: Storage;
  readonly client: TikvClient;
  readonly events: WorkerEvent[];
  worker(options?: Partial<WorkerOptions>): Worker;
  /** Writes text files and gives them as jobs. */
  record(...texts: string[]): Promise<NewJob[]>;
  /** Submits the jobs in one batch; gives its id. */
  submit(jobs: readonly NewJob[]): Promise<string>;
  /** Resolves with the first event for which `wanted` is true, also one of the past. */
  event<E extends WorkerEvent["type"]>(type: E): Promise<Extract<WorkerEvent, { type: E }>>;
}

export async function workerRig(store: KvStore = new MemoryStore()): Promise<WorkerRig> {
  const directory = await mkdtemp(join(tmpdir(), "roboflow-worker-"));
  const output = toUrl(`${directory}/out/`, "/");
  const storage = createStorage();
  const rig = await queueRig(store, { backoff: { baseMs: 20, maxMs: 40 } });
  const client = new TikvClient(store);
  const { hash } = await client.putConfig(WORKING_CONFIG);
  const events: WorkerEvent[] = [];
  const waiting = new Set<() => void>();
  let files = 0;
  return {
    ...rig,
    directory,
    output,
    storage,
    client,
    events,
    configHash: hash,
    worker: (options = {}) =>
      new Worker({
        queue: rig.queue,
        storage,
        configs: storeConfigs(client),
        ...fakeConversion(storage),
        heartbeatMs: 50,
        leaseMs: 60_000,
        pollMs: 20,
        sweepMs: 50,
        progressMs: 10,
        onEvent: (event) => {
          events.push(event);
          for (const check of waiting) check();
        },
        ...options,
      }),
    async record(...texts) {
      const jobs: NewJob[] = [];
      for (const text of texts) {
        files += 1;
        const path = join(directory, `${files}.mcap`);
        await writeFile(path, text);
        jobs.push({ source: await storage.stat(toUrl(path, "/")) });
      }
      return jobs;
    },
    async submit(jobs) {
      const { batchId } = await rig.queue.submit({
        output,
        configHash: hash,
        submittedBy: "ada",
        jobs,
      });
      if (batchId === undefined) throw new Error("nothing new was submitted");
      return batchId;
    },
    event: (type) =>
      new Promise((resolve) => {
        const check = (): void => {
          const found = events.find((event) => event.type === type);
          if (found === undefined || !isOf(found, type)) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    async [Symbol.asyncDispose]() {
      await storage.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function isOf<E extends WorkerEvent["type"]>(
  event: WorkerEvent,
  type: E,
): event is Extract<WorkerEvent, { type: E }> {
  return event.type === type;
}

/** The batch, checked to be in this status. */
export function inStatus<S extends BatchStatus>(
  batch: BatchRecord,
  status: S,
): Extract<BatchRecord, { status: S }> {
  if (!hasStatus(batch, status)) throw new Error(`Batch is ${batch.status}, not ${status}`);
  return batch;
}

function hasStatus<S extends BatchStatus>(
  batch: BatchRecord,
  status: S,
): batch is Extract<BatchRecord, { status: S }> {
  return batch.status === status;
}
