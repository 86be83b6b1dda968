import { silentLogger, type Logger } from "@roboflow/core";
import { WorkerKeys } from "../keys/keys.js";
import { isUnreadable } from "../records/codec.js";
import type { ErrorRecord } from "../records/error-record.js";
import type { JobRecord } from "../records/job-record.js";
import type { WorkerRecord } from "../records/worker-record.js";
import type { KvStore } from "../store/kv-store.js";
import { Admission } from "./admission.js";
import type { Backoff } from "./backoff.js";
import { taken } from "./job-transitions.js";
import {
  acquireLock,
  findLock,
  releaseLock,
  requireLeadership,
  type Leadership,
} from "./leader-lock.js";
import { holds, type Lease } from "./lease.js";
import { allOwned, ownedBy } from "./presence.js";
import { findJob, findReadableJobs } from "./read-job.js";
import { findWorker, listWorkers, writeWorker } from "./read-worker.js";

const REAPER_LOCK = "reaper";

/** Records of dead workers stay so long for people to see. */
const KEEP_DEAD_MS = 24 * 3_600_000;

export interface ReaperOptions {
  /** Id of the worker that runs it. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly backoff: Backoff;
  readonly logger?: Logger;
}

/**
 * Takes back the jobs of workers without heartbeats and of attempts beyond their deadline. Of all
 * reapers of a store one leads. It waits one lease after it became leader and after it could not
 * reach the store, because then the heartbeats of others could not either.
 */
export class Reaper {
  readonly #store: KvStore;
  readonly #options: ReaperOptions;
  readonly #logger: Logger;
  #leadership: Leadership | undefined;
  /** Nobody's silence counts from before this time. */
  #quietSince = 0;
  #interrupted = false;
  #idle = false;
  /** Another's last renewal, as of the last round. */
  #renewedAt: number | undefined;

  constructor(store: KvStore, options: ReaperOptions) {
    this.#store = store;
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
  }

  /** Whether the last round found that another leads, or that nobody holds a job. */
  get idle(): boolean {
    return this.#idle;
  }

  /** One round; call it several times a lease. @returns the jobs taken back */
  async round(): Promise<JobRecord[]> {
    try {
      const now = await this.#lead();
      return now === undefined || this.#leadership === undefined
        ? []
        : await this.#reap(this.#leadership, now);
    } catch (error) {
      this.#interrupted = true;
      throw error;
    }
  }

  /** Lets another lead at once. */
  async resign(): Promise<void> {
    const leadership = this.#leadership;
    this.#leadership = undefined;
    if (leadership) await releaseLock(this.#store, leadership);
  }

  /** The store's time if this one leads. */
  async #lead(): Promise<number | undefined> {
    const { holder, leaseMs } = this.#options;
    const before = this.#leadership;
    this.#idle = before === undefined && (await this.#anotherLeads());
    if (this.#idle) return undefined;
    const leadership = await acquireLock(this.#store, { name: REAPER_LOCK, holder, leaseMs });
    this.#leadership = leadership;
    if (leadership === undefined) return undefined;
    const now = leadership.renewedAt;
    const gained = before?.token !== leadership.token;
    const absent = before !== undefined && now - before.renewedAt >= leaseMs;
    if (gained || absent || this.#interrupted) this.#quietSince = now;
    this.#interrupted = false;
    return now;
  }

  /** Whether a leader has renewed its lock since the last round: one short read in most rounds. */
  async #anotherLeads(): Promise<boolean> {
    const lock = await findLock(this.#store, REAPER_LOCK);
    const before = this.#renewedAt;
    this.#renewedAt = lock?.renewedAt;
    return before !== undefined && lock !== undefined && lock.holder !== null
      ? lock.renewedAt > before
      : false;
  }

  async #reap(leadership: Leadership, now: number): Promise<JobRecord[]> {
    // No snapshot: what either shows is decided again, in a transaction.
    const [workers, leases] = await Promise.all([listWorkers(this.#store), allOwned(this.#store)]);
    this.#idle = leases.length === 0;
    const alive = new Set<string>();
    for (const worker of workers) {
      if (worker.status === "Dead") await this.#forget(worker, now);
      else if (!this.#isSilent(worker, now)) alive.add(worker.id);
      else if (!(await this.#declareDead(leadership, worker))) alive.add(worker.id);
    }
    if (now < this.#quietSince + this.#options.leaseMs) return [];
    const jobs: JobRecord[] = [];
    for (const lease of await this.#takeable(leases, alive, now)) {
      const job = await this.#take(leadership, lease).catch(leaveUnreadable);
      if (job) jobs.push(job);
    }
    return jobs;
  }

  /** Leases that can perhaps be taken, found without a transaction for each. */
  async #takeable(
    leases: readonly Lease[],
    alive: ReadonlySet<string>,
    now: number,
  ): Promise<Lease[]> {
    const ids = leases.map(({ jobId }) => jobId);
    const jobs = new Map((await findReadableJobs(this.#store, ids)).map((job) => [job.id, job]));
    return leases.filter((lease) => {
      const job = jobs.get(lease.jobId);
      return holds(job, lease) && (!alive.has(lease.workerId) || now >= job.deadline);
    });
  }

  #isSilent({ heartbeatAt, leaseMs }: WorkerRecord, now: number): boolean {
    return now >= Math.max(heartbeatAt, this.#quietSince) + leaseMs;
  }

  async #declareDead(leadership: Leadership, { id }: WorkerRecord): Promise<boolean> {
    const died = await this.#store.transact(async (tx) => {
      await requireLeadership(tx, leadership);
      const worker = await findWorker(tx, id);
      if (worker === undefined || worker.status === "Dead") return false;
      // A heartbeat since then writes the same key.
      if (!this.#isSilent(worker, tx.now)) return false;
      writeWorker(tx, { ...worker, status: "Dead", diedAt: tx.now });
      return true;
    });
    if (died) this.#logger.warn("A worker sent no heartbeat; its jobs are taken", { worker: id });
    return died;
  }

  /** Takes the job if its worker is dead or its time is over; one transaction decides. */
  async #take(leadership: Leadership, lease: Lease): Promise<JobRecord | undefined> {
    return this.#store.transact(async (tx) => {
      await requireLeadership(tx, leadership);
      const job = await findJob(tx, lease.jobId);
      if (!holds(job, lease)) return undefined;
      const worker = await findWorker(tx, lease.workerId);
      let error: ErrorRecord | undefined;
      if (worker === undefined || worker.status === "Dead") error = workerDied(lease);
      else if (tx.now >= job.deadline) error = overdue(lease);
      if (error === undefined) return undefined;
      tx.lock(WorkerKeys.worker(lease.workerId));
      const after = taken(job, error, tx.now, this.#options.backoff);
      return new Admission(tx).change(job, after);
    });
  }

  async #forget(worker: Extract<WorkerRecord, { status: "Dead" }>, now: number): Promise<void> {
    if (now < worker.diedAt + KEEP_DEAD_MS) return;
    await this.#store.transact(async (tx) => {
      // A dead worker can't claim, so what it holds only becomes less.
      if ((await ownedBy(tx, worker.id)).length === 0) tx.delete(WorkerKeys.worker(worker.id));
    });
  }
}

/** A record of a newer version is left to a newer reaper. */
function leaveUnreadable(error: unknown): undefined {
  if (!isUnreadable(error)) throw error;
  return undefined;
}

function workerDied({ workerId, epoch }: Lease): ErrorRecord {
  return {
    code: "ERR_ROBOFLOW_LEASE_LOST",
    message: `Worker ${workerId} sent no heartbeat for a whole lease during attempt ${epoch}`,
    permanence: "transient",
  };
}

function overdue({ workerId, epoch }: Lease): ErrorRecord {
  return {
    code: "ERR_ROBOFLOW_ATTEMPT_TIMEOUT",
    message: `Attempt ${epoch} on worker ${workerId} took longer than its time limit`,
    permanence: "transient",
  };
}
