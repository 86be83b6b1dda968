import { DistributedError } from "../error.js";
import { keySegments, prefixRange } from "../keys/codec.js";
import { WorkerKeys } from "../keys/keys.js";
import type { WorkerRecord } from "../records/worker-record.js";
import type { KvReader, KvStore, KvTransaction } from "../store/kv-store.js";
import { lossReason, type Lease, type LossReason } from "./lease.js";
import { findJobs } from "./read-job.js";
import { findWorker, readLiveWorker, writeWorker } from "./read-worker.js";

export interface NewWorker {
  /** New for each process. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Jobs at once. */
  readonly slots: number;
  /** Milliseconds without a heartbeat after which its jobs may be taken; 120,000 by default. */
  readonly leaseMs: number;
  /** What it does for the fleet, for people to see. */
  readonly roles?: string[];
}

export interface Heartbeat {
  /** False if the worker was declared dead: it must stop all jobs and register anew. */
  readonly alive: boolean;
  /** Jobs that the worker thinks it holds and does not. */
  readonly lost: readonly { readonly jobId: string; readonly reason: LossReason }[];
  /** Jobs held under its id that it does not know of: the answer to a claim was lost. */
  readonly unknown: readonly Lease[];
}

export async function registerWorker(store: KvStore, worker: NewWorker): Promise<WorkerRecord> {
  return store.transact(async (tx) => {
    // Two processes under one id would take each other's jobs for their own.
    if (await findWorker(tx, worker.id)) {
      throw new DistributedError("ERR_ROBOFLOW_LEASE_LOST", `Worker id ${worker.id} is taken`);
    }
    const times = { startedAt: tx.now, heartbeatAt: tx.now };
    const record: WorkerRecord = { version: 1, ...worker, ...times, status: "Alive" };
    writeWorker(tx, record);
    return record;
  });
}

/** No claim of this worker succeeds after it. */
export async function markDraining(store: KvStore, workerId: string): Promise<void> {
  await store.transact(async (tx) => {
    writeWorker(tx, { ...(await readLiveWorker(tx, workerId)), status: "Draining" });
  });
}

/** Forgets a worker that ended in order; one that still holds jobs is left to the reaper. */
export async function unregisterWorker(store: KvStore, workerId: string): Promise<void> {
  await store.transact(async (tx) => {
    const worker = await findWorker(tx, workerId);
    if (worker === undefined || worker.status === "Dead") return;
    // Its claims write the worker's key, so none can slip in.
    if ((await ownedBy(tx, workerId)).length === 0) tx.delete(WorkerKeys.worker(workerId));
  });
}

export interface HeartbeatOptions {
  /** The worker has claimed nothing since the last one, so nothing can be unknown to it. */
  readonly claimedNothing?: boolean;
}

/** One a worker, however many jobs it holds. */
export async function sendHeartbeat(
  store: KvStore,
  workerId: string,
  held: readonly Lease[],
  { claimedNothing = false }: HeartbeatOptions = {},
): Promise<Heartbeat> {
  const heartbeat = async (tx: KvTransaction): Promise<Heartbeat> => {
    const [worker, owned] = await Promise.all([
      findWorker(tx, workerId),
      claimedNothing && held.length === 0 ? [] : ownedBy(tx, workerId),
    ]);
    const alive = worker !== undefined && worker.status !== "Dead";
    if (alive) writeWorker(tx, { ...worker, heartbeatAt: tx.now });
    const same = (a: Lease) => (b: Lease) => a.jobId === b.jobId && a.epoch === b.epoch;
    const gone = held.filter((lease) => !owned.some(same(lease)));
    const ids = gone.map(({ jobId }) => jobId);
    const jobs = ids.length === 0 ? [] : await findJobs(tx, ids);
    return {
      alive,
      lost: gone.map(({ jobId }, index) => ({ jobId, reason: lossReason(jobs[index]) })),
      unknown: owned.filter((lease) => !held.some(same(lease))),
    };
  };
  return store.transact(heartbeat, { causal: true });
}

/** The leases under the worker's id. */
export async function ownedBy(reader: KvReader, workerId: string): Promise<Lease[]> {
  return leasesIn(reader, WorkerKeys.ownedBy(workerId));
}

/** Every lease that is held: as many as the fleet has slots. */
export async function allOwned(reader: KvReader): Promise<Lease[]> {
  return leasesIn(reader, WorkerKeys.ownedAll(), true);
}

async function leasesIn(reader: KvReader, prefix: Uint8Array, latest = false): Promise<Lease[]> {
  const leases: Lease[] = [];
  for await (const { key, value } of reader.scan({ ...prefixRange(prefix), latest })) {
    const [, workerId = "", jobId = ""] = keySegments(key);
    leases.push({ jobId, workerId, epoch: Number(new TextDecoder().decode(value)) });
  }
  return leases;
}
