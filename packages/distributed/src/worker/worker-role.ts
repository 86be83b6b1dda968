/**
 * What a worker process does for the fleet. `worker`: claims jobs and converts. `finalizer`: makes
 * delayed jobs ready, takes back those of dead workers, publishes batches, keeps the store small.
 */
export const WORKER_ROLES = ["worker", "finalizer"] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];
