import { DistributedError } from "../error.js";
import { prefixRange } from "../keys/codec.js";
import { WorkerKeys } from "../keys/keys.js";
import { isUnreadable } from "../records/codec.js";
import { workerCodec, type WorkerRecord } from "../records/worker-record.js";
import { describeKey } from "../store/bytes.js";
import type { KvReader, KvTransaction } from "../store/kv-store.js";

/** A worker that may still act under its id. */
export type LiveWorker = Exclude<WorkerRecord, { status: "Dead" }>;

export async function findWorker(
  reader: KvReader,
  workerId: string,
): Promise<WorkerRecord | undefined> {
  return decodeWorker(workerId, await reader.get(WorkerKeys.worker(workerId)));
}

function decodeWorker(workerId: string, value: Uint8Array | undefined): WorkerRecord | undefined {
  const key = WorkerKeys.worker(workerId);
  return value === undefined ? undefined : workerCodec.decode(value, describeKey(key));
}

/** @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST` if it was declared dead */
export async function readLiveWorker(reader: KvReader, workerId: string): Promise<LiveWorker> {
  return decodeLiveWorker(workerId, await reader.get(WorkerKeys.worker(workerId)));
}

/**
 * What is stored of the worker.
 * @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST` if it was declared dead
 */
export function decodeLiveWorker(workerId: string, value: Uint8Array | undefined): LiveWorker {
  const worker = decodeWorker(workerId, value);
  if (worker && worker.status !== "Dead") return worker;
  throw new DistributedError(
    "ERR_ROBOFLOW_LEASE_LOST",
    `Worker ${workerId} was declared dead after its heartbeats stayed out`,
    { hint: "A worker that comes back registers under a new id." },
  );
}

/** Workers whose records this version can read, by id. */
export async function listWorkers(reader: KvReader): Promise<WorkerRecord[]> {
  const workers: WorkerRecord[] = [];
  for await (const { key, value } of reader.scan({
    ...prefixRange(WorkerKeys.workers()),
    latest: true,
  })) {
    try {
      workers.push(workerCodec.decode(value, describeKey(key)));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }
  return workers;
}

export function writeWorker(tx: KvTransaction, worker: WorkerRecord): void {
  tx.put(WorkerKeys.worker(worker.id), workerCodec.encode(worker));
}
