import {
  replaced,
  type Batch,
  type Job,
  type Lock,
  type State,
  type Value,
  type WorkerRecord,
} from "./state.js";

/** Thrown by an operation that ends without a commit: a refusal, or nothing to do. */
export class Refused extends Error {}

/** Reads one state and buffers writes, and knows which keys it read, wrote and locked. */
export class ModelTransaction {
  readonly reads = new Set<string>();
  readonly writes = new Map<string, Value>();
  readonly locks = new Set<string>();

  constructor(private readonly state: State) {}

  get count(): { readonly jobs: number; readonly workers: number } {
    return { jobs: this.state.jobs.length, workers: this.state.workers.length };
  }

  job(index: number): Job {
    this.reads.add(jobKey(index));
    const job = this.state.jobs[index];
    if (job === undefined) throw new Error(`there is no job ${index}`);
    return job;
  }

  jobs(): readonly Job[] {
    return this.state.jobs.map((_, index) => this.job(index));
  }

  worker(index: number): WorkerRecord {
    this.reads.add(workerKey(index));
    return this.state.workers[index] ?? "dead";
  }

  batch(): Batch {
    this.reads.add(BATCH);
    return this.state.batch;
  }

  leader(): Lock {
    this.reads.add(LOCK);
    return this.state.lock;
  }

  putJob(index: number, job: Job): void {
    this.writes.set(jobKey(index), job);
  }

  putWorker(index: number, record: WorkerRecord): void {
    this.writes.set(workerKey(index), record);
  }

  putBatch(batch: Batch): void {
    this.writes.set(BATCH, batch);
  }

  putLeader(lock: Lock): void {
    this.writes.set(LOCK, lock);
  }

  lockLeader(): void {
    this.locks.add(LOCK);
  }

  lockWorker(index: number): void {
    this.locks.add(workerKey(index));
  }

  get guarded(): Set<string> {
    return new Set([...this.writes.keys(), ...this.locks]);
  }

  /** Whether something it read may change under it without a conflict. */
  get isSkewed(): boolean {
    const { guarded } = this;
    return [...this.reads].some((key) => !guarded.has(key));
  }
}

const BATCH = "batch";
const LOCK = "lock";
const jobKey = (index: number): string => `job${index}`;
const workerKey = (index: number): string => `worker${index}`;

/** The state after a commit. Open transactions that touched one of its keys have failed with it. */
export function committed(
  state: State,
  writes: ReadonlyMap<string, Value>,
  guarded: ReadonlySet<string>,
): State {
  let after: State = {
    ...state,
    pending: state.pending.filter((other) => [...other.guarded].every((key) => !guarded.has(key))),
  };
  for (const [key, value] of writes) after = written(after, key, value);
  return after;
}

function written(state: State, key: string, value: Value): State {
  if (key === BATCH) {
    // Every write gives the batch a new revision.
    const finalizers = state.finalizers.map((process) => ({ ...process, fresh: false }));
    return { ...state, batch: value as Batch, finalizers };
  }
  if (key === LOCK) return { ...state, lock: value as Lock };
  const index = Number(key.replace(/\D/g, ""));
  if (key.startsWith("job")) return { ...state, jobs: replaced(state.jobs, index, value as Job) };
  return { ...state, workers: replaced(state.workers, index, value as WorkerRecord) };
}
