import { hostname } from "node:os";
import { silentLogger, type Logger } from "@roboflow/core";
import type { Storage } from "@roboflow/storage";
import type { ReleaseOutput } from "../finalizer/release-output.js";
import { DEFAULT_ATTEMPT_TIMEOUT_MS, type JobQueue } from "../queue/job-queue.js";
import type { ConfigSource } from "./config-source.js";
import type { Assemble, Convert, Publish } from "./conversion.js";
import type { WorkerEvent } from "./worker-event.js";
import { WORKER_ROLES, type WorkerRole } from "./worker-role.js";

/** What a worker works with. */
export interface WorkerServices {
  readonly queue: JobQueue;
  readonly storage: Storage;
  /** See `storeConfigs`. */
  readonly configs: ConfigSource;
  /** A `ChildRunner`'s, or a plain function. */
  readonly convert: Convert;
  readonly assemble: Assemble;
  readonly publish: Publish;
  /** Frees the output of a batch that was cancelled before anything was published. */
  readonly releaseOutput?: ReleaseOutput;
}

/** Times are milliseconds. */
export interface WorkerSettings {
  /** Both. A fleet needs one process at least in each role. */
  readonly roles: readonly WorkerRole[];
  /** Jobs at once, 1. */
  readonly slots: number;
  /** 30,000. */
  readonly heartbeatMs: number;
  /** While the worker has no job; a claim is a heartbeat too. `heartbeatMs`, or 3/4 of the lease. */
  readonly idleHeartbeatMs: number;
  /** Without a heartbeat for so long its jobs may be taken, 120,000. */
  readonly leaseMs: number;
  /** 3,600,000. */
  readonly attemptTimeoutMs: number;
  /** Between looks for new jobs when idle: 2,900, and up to a fortieth of it more. */
  readonly pollMs: number;
  /** Between looks for what is delayed, due or abandoned: three eighths of the lease. */
  readonly sweepMs: number;
  /** Between looks for what is abandoned, while nobody holds a job. `sweepMs`, or 3/4 of the lease. */
  readonly idleReapMs: number;
  /** Between progress reports of a job to the store, 5,000. */
  readonly progressMs: number;
  /** How long a drain lets running jobs go on, 30,000. */
  readonly graceMs: number;
  /** Ends when nothing is ready, delayed or unpublished; false. */
  readonly untilDrained: boolean;
  readonly host: string;
  readonly pid: number;
  /** A number in [0, 1) for the jitter. */
  readonly random: () => number;
  readonly onEvent: (event: WorkerEvent) => void;
  readonly logger: Logger;
}

export type WorkerOptions = WorkerServices & Partial<WorkerSettings>;

export function withDefaults(options: WorkerOptions): WorkerServices & WorkerSettings {
  const leaseMs = options.leaseMs ?? 120_000;
  return {
    roles: WORKER_ROLES,
    slots: 1,
    heartbeatMs: 30_000,
    idleHeartbeatMs: options.heartbeatMs ?? Math.floor((leaseMs * 3) / 4),
    leaseMs,
    attemptTimeoutMs: DEFAULT_ATTEMPT_TIMEOUT_MS,
    pollMs: 2_900,
    sweepMs: Math.floor((leaseMs * 3) / 8),
    idleReapMs: options.sweepMs ?? Math.floor((leaseMs * 3) / 4),
    progressMs: 5_000,
    graceMs: 30_000,
    untilDrained: false,
    host: hostname(),
    pid: process.pid,
    random: Math.random,
    onEvent: () => {},
    logger: silentLogger,
    ...options,
  };
}
