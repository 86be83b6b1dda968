import type { Bug } from "./bugs.js";
import type { Operation } from "./operation.js";
import {
  GONE,
  NOBODY,
  replaced,
  type Job,
  type JobStatus,
  type Lease,
  type State,
  type WorkerProcess,
} from "./state.js";
import { Refused, type ModelTransaction } from "./transaction.js";

/** Failed attempts after which a job is dead. */
const MAX_ATTEMPTS = 2;

/** What workers, and the reaper for the dead among them, can do next. */
export function* workerOperations(state: State, bugs: ReadonlySet<Bug>): Generator<Operation> {
  for (const [worker, process] of state.processes.entries()) {
    yield* recordOperations(state, worker, bugs);
    if (!process.up) continue;
    const { lease } = process;
    if (lease === undefined) yield* claims(state, worker, bugs);
    else yield* ends(worker, lease, bugs);
    yield* handingBack(state, worker, lease, bugs);
  }
  for (const job of state.jobs.keys()) {
    yield* taking(state, job, bugs);
    if (state.jobs[job]?.status === "Delayed" && !bugs.has("nobody promotes delayed jobs")) {
      yield {
        label: { kind: "promote", actor: "promoter", job },
        run(tx) {
          tx.putJob(job, { ...requireStatus(tx, job, "Delayed"), status: "Ready" });
        },
      };
    }
  }
}

/** The worker's record: heartbeat, and death. */
function* recordOperations(
  state: State,
  worker: number,
  bugs: ReadonlySet<Bug>,
): Generator<Operation> {
  const record = state.workers[worker];
  if (record === "silent" && state.processes[worker]?.up === true) {
    yield {
      label: { kind: "heartbeat", actor: `worker${worker}`, worker },
      run(tx) {
        if (tx.worker(worker) === "dead") throw new Refused();
        tx.putWorker(worker, "alive");
      },
    };
  }
  if (record === "silent" && !bugs.has("nobody declares workers dead")) {
    yield {
      label: { kind: "declareDead", actor: "reaper", worker },
      run(tx) {
        if (tx.worker(worker) !== "silent") throw new Refused();
        tx.putWorker(worker, "dead");
      },
    };
  }
}

function* claims(state: State, worker: number, bugs: ReadonlySet<Bug>): Generator<Operation> {
  const anyJob = bugs.has("claim takes what is not ready");
  for (const [job, { status }] of state.jobs.entries()) {
    if (status !== "Ready" && !(anyJob && status === "Completed")) continue;
    yield {
      label: { kind: "claim", actor: `worker${worker}`, worker, job },
      losesAnswer: true,
      run(tx) {
        if (tx.worker(worker) === "dead") throw new Refused();
        const before = anyJob ? tx.job(job) : requireStatus(tx, job, "Ready");
        const epoch = bugs.has("claim keeps the epoch") ? before.epoch : before.epoch + 1;
        tx.putJob(job, { ...before, status: "Processing", owner: worker, epoch });
        if (!bugs.has("claim does not write the worker")) tx.putWorker(worker, tx.worker(worker));
        return (after) => withLease(after, worker, { job, epoch });
      },
    };
  }
}

function* ends(worker: number, lease: Lease, bugs: ReadonlySet<Bug>): Generator<Operation> {
  const ways: readonly (readonly [string, (job: Job) => Job])[] = [
    ["complete", (job) => ended(job, "Completed")],
    ["fail", failed],
    ["refuse", (job) => ended({ ...job, failures: job.failures + 1 }, "Failed")],
    ["handBack", (job) => ended(job, "Ready")],
  ];
  for (const [kind, end] of ways) {
    const { job, epoch } = lease;
    yield {
      label: { kind, actor: `worker${worker}`, worker, job, epoch },
      losesAnswer: true,
      run(tx) {
        const before = tx.job(job);
        if (holds(before, worker, lease, bugs)) tx.putJob(job, end(before));
        // Else it has said so before and the answer was lost, or the job is no longer its own.
        return (after) => withLease(after, worker, undefined);
      },
    };
  }
}

function holds(job: Job, worker: number, lease: Lease, bugs: ReadonlySet<Bug>): boolean {
  if (bugs.has("an attempt's end checks nothing")) return true;
  if (job.status !== "Processing") return false;
  if (bugs.has("an attempt's end checks only that the job runs")) return true;
  return job.owner === worker && job.epoch === lease.epoch;
}

/** A heartbeat tells of jobs that the process knows nothing of: the answer to a claim was lost. */
function* handingBack(
  state: State,
  worker: number,
  lease: Lease | undefined,
  bugs: ReadonlySet<Bug>,
): Generator<Operation> {
  if (bugs.has("unknown leases are not handed back")) return;
  for (const [job, { status, owner, epoch }] of state.jobs.entries()) {
    if (status !== "Processing" || owner !== worker) continue;
    if (lease?.job === job && lease.epoch === epoch) continue;
    yield {
      label: { kind: "handBack", actor: `worker${worker}`, worker, job, epoch },
      run(tx) {
        const before = tx.job(job);
        if (!holds(before, worker, { job, epoch }, new Set())) throw new Refused();
        tx.putJob(job, ended(before, "Ready"));
      },
    };
  }
}

function* taking(state: State, job: number, bugs: ReadonlySet<Bug>): Generator<Operation> {
  const { status, owner } = state.jobs[job] ?? { status: "Absent", owner: NOBODY };
  if (status !== "Processing") return;
  const anyone = bugs.has("taking checks no death");
  if (owner !== GONE && state.workers[owner] !== "dead" && !anyone) return;
  yield {
    label: { kind: "take", actor: "reaper", worker: owner, job },
    run(tx) {
      const before = requireStatus(tx, job, "Processing");
      if (before.owner >= 0) {
        if (tx.worker(before.owner) !== "dead" && !anyone) throw new Refused();
        tx.lockWorker(before.owner);
      }
      tx.putJob(job, { ...failed(before), epoch: before.epoch + 1 });
    },
  };
}

function failed(job: Job): Job {
  const failures = job.failures + 1;
  return ended({ ...job, failures }, failures >= MAX_ATTEMPTS ? "Failed" : "Delayed");
}

function ended(job: Job, status: JobStatus): Job {
  return { ...job, status, owner: NOBODY };
}

function requireStatus(tx: ModelTransaction, job: number, status: JobStatus): Job {
  const found = tx.job(job);
  if (found.status !== status) throw new Refused();
  return found;
}

function withLease(state: State, worker: number, lease: Lease | undefined): State {
  const process: WorkerProcess = { up: true, lease };
  return { ...state, processes: replaced(state.processes, worker, process) };
}
