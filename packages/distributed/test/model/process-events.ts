import { withoutPending } from "./finalizer-steps.js";
import type { Event } from "./operation.js";
import { GONE, replaced, type State, type WorkerProcess } from "./state.js";

/** What happens to workers and the submitter outside of the store: time, death and new life. */
export function* processEvents(state: State): Generator<Event> {
  for (const [worker, process] of state.processes.entries()) {
    const record = state.workers[worker];
    const at = (kind: string, after: State): Event => ({
      label: { kind, actor: `worker${worker}`, worker },
      after,
    });
    const become = (next: WorkerProcess, from = state): State => ({
      ...from,
      processes: replaced(from.processes, worker, next),
    });
    if (record === "alive") {
      yield at("expire", { ...state, workers: replaced(state.workers, worker, "silent") });
    }
    if (process.up) {
      yield at(
        "crash",
        become({ up: false, lease: undefined }, withoutPending(state, `worker${worker}`)),
      );
    }
    const { lease } = process;
    const held = lease && state.jobs[lease.job];
    const holds =
      held?.status === "Processing" && held.owner === worker && held.epoch === lease?.epoch;
    if (lease && !holds) yield at("learnLoss", become({ up: true, lease: undefined }));
    // A new process, or the same under a new id after it has learnt that it was declared dead.
    if (record === "dead") {
      const jobs = state.jobs.map((job) => (job.owner === worker ? { ...job, owner: GONE } : job));
      const workers = replaced(state.workers, worker, "alive" as const);
      const fresh = withoutPending({ ...state, jobs, workers }, `worker${worker}`);
      yield at("register", become({ up: true, lease: undefined }, fresh));
    }
  }
}
