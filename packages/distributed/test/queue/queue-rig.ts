import { MemoryStore } from "../../src/store/memory-store.js";
import type { KvStore } from "../../src/store/kv-store.js";
import { TikvClient } from "../../src/tikv-client.js";
import { JobQueue, type JobQueueOptions } from "../../src/queue/job-queue.js";
import type { NewJob, SubmitRequest } from "../../src/queue/submit-request.js";
import type { JobIn } from "../../src/records/job-record.js";

export const CONFIG = '[dataset]\nname = "test"\nfps = 10\n';

/** Time that only moves when told to. */
export class ManualClock {
  time = 1_700_000_000_000;
  readonly read = (): number => this.time;

  advance(ms: number): void {
    this.time += ms;
  }
}

export interface QueueRig {
  readonly store: KvStore;
  readonly queue: JobQueue;
  readonly configHash: string;
  /** A submission of `jobs` to the same output. */
  request(jobs: readonly NewJob[], more?: Partial<SubmitRequest>): SubmitRequest;
}

/** No jitter: the nth failure waits 1 s, 2 s, 4 s and so on. */
const BACKOFF = { baseMs: 1_000, maxMs: 60_000, random: () => 1 };

export async function queueRig(store: KvStore, options: JobQueueOptions = {}): Promise<QueueRig> {
  const { hash } = await new TikvClient(store).putConfig(CONFIG);
  return {
    store,
    queue: new JobQueue(store, { backoff: BACKOFF, ...options }),
    configHash: hash,
    request: (jobs, more = {}) => ({
      output: "file:///data/out/",
      configHash: hash,
      submittedBy: "ada",
      jobs,
      ...more,
    }),
  };
}

export interface MemoryRig extends QueueRig {
  readonly clock: ManualClock;
}

export async function memoryRig(options: JobQueueOptions = {}): Promise<MemoryRig> {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock: clock.read, random: () => 0 });
  return { ...(await queueRig(store, options)), clock };
}

/** Recordings named 0 to `count` - 1. */
export function recordings(count: number, more: Partial<NewJob> = {}): NewJob[] {
  return Array.from({ length: count }, (_, index) => ({
    source: { url: `file:///data/${index}.mcap`, size: 100 + index, identity: `mtime-${index}` },
    ...more,
  }));
}

export const WORKER = { host: "robot-lab", pid: 1, slots: 1, leaseMs: 120_000 };

/** Registers the worker and lets it claim; fails if there is nothing to claim. */
export async function claimBy(queue: JobQueue, workerId: string): Promise<JobIn<"Processing">> {
  const known = (await queue.listWorkers()).some(({ id }) => id === workerId);
  if (!known) await queue.registerWorker({ id: workerId, ...WORKER });
  const job = await queue.claim(workerId);
  if (job === undefined) throw new Error("There was no job to claim");
  return job;
}

export const RESULT = {
  frames: 10,
  episodes: 1,
  artifactUrl: "file:///data/out/.roboflow/b/j/1/",
  report: [],
  warnings: [],
};

export const PERMANENT = {
  code: "ERR_ROBOFLOW_DATASET_TOPIC",
  message: "The topic /joint_states is missing",
  permanence: "permanent",
} as const;

export const TRANSIENT = {
  code: "ERR_ROBOFLOW_STORAGE_IO",
  message: "The disk did not answer",
  permanence: "transient",
} as const;
