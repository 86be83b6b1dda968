import { keyId } from "../keys/codec.js";
import { LimitKeys, WorkerKeys } from "../keys/keys.js";
import { isUnreadable } from "../records/codec.js";
import { jobCodec, type JobIn } from "../records/job-record.js";
import { JobKeys } from "../keys/keys.js";
import { describeKey } from "../store/bytes.js";
import type { KvStore, KvTransaction } from "../store/kv-store.js";
import type { ClaimCursor, ClaimTicket } from "./claim-cursor.js";
import { decodeControl } from "./fleet-pause.js";
import { writeJob } from "./job-index.js";
import { claimed } from "./job-transitions.js";
import type { OnUnreadable } from "./read-job.js";
import { decodeLiveWorker, writeWorker } from "./read-worker.js";
import { readyPages } from "./ready-search.js";

export interface ClaimOptions {
  /** 3,600,000 by default. */
  readonly attemptTimeoutMs: number;
  /** Jobs not to take, such as those that this worker has just handed back. */
  readonly skip: ReadonlySet<string>;
  /** A number in [0, 1): where to start looking, so that workers rarely meet at one job. */
  readonly random: () => number;
  readonly onUnreadable: OnUnreadable;
  /** The queue's own by default: shared by all loops that claim through it. */
  readonly cursor: ClaimCursor;
  /** Told whenever another worker was faster and the claim looks for another job. */
  readonly onConflict?: (conflicts: number) => void;
}

/** Records read at once: the first nearly always does. */
const AT_ONCE = 2;

/**
 * Takes a ready job of the highest priority; undefined if there is none or the fleet is paused. Four
 * round trips to a store behind a network, however many jobs there are: a timestamp, the worker
 * beside the first ready keys, a job, and the commit.
 * @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST` if the worker was declared dead
 */
export async function claimJob(
  store: KvStore,
  workerId: string,
  options: ClaimOptions,
): Promise<JobIn<"Processing"> | undefined> {
  const { cursor } = options;
  const ticket = cursor.begin();
  let taken = false;
  try {
    const job = await store.transact((tx) => takeNext(tx, workerId, options, ticket), {
      causal: true,
      onConflict: (conflicts) => giveWay(options, ticket, conflicts),
    });
    taken = job !== undefined;
    return job;
  } finally {
    cursor.end(ticket, taken);
  }
}

/** Another worker was faster: the next look begins elsewhere. */
export function giveWay(
  { cursor, onConflict }: ClaimOptions,
  ticket: ClaimTicket,
  conflicts: number,
): void {
  cursor.leave(ticket);
  onConflict?.(conflicts);
}

/** A claim within a transaction; it writes nothing before all that it needs is read. */
export async function takeNext(
  tx: KvTransaction,
  workerId: string,
  options: ClaimOptions,
  ticket: ClaimTicket,
): Promise<JobIn<"Processing"> | undefined> {
  const { attemptTimeoutMs, cursor, random } = options;
  cursor.choose(ticket, undefined);
  const pages = readyPages(tx, cursor, ticket, random);
  const [known, first] = await Promise.all([
    tx.batchGet([WorkerKeys.worker(workerId), LimitKeys.control()]),
    pages.next(),
  ]);
  const worker = decodeLiveWorker(workerId, known[0]);
  cursor.paused = (decodeControl(known[1])?.paused ?? null) !== null;
  if (worker.status === "Draining" || cursor.paused) return undefined;
  for (let page = first; page.done !== true; page = await pages.next()) {
    const job = await takeFrom(tx, page.value, options, ticket);
    if (job === undefined) continue;
    const processing = claimed(job, { worker: workerId, now: tx.now, attemptTimeoutMs });
    writeJob(tx, job, processing);
    // Declaring this worker dead writes the same key, so one of the two gives way. It counts as a
    // heartbeat, because idle workers send few.
    writeWorker(tx, { ...worker, heartbeatAt: tx.now });
    return processing;
  }
  return undefined;
}

/** The first claimable job among the keys; in random order where another process may be as well. */
async function takeFrom(
  tx: KvTransaction,
  keys: readonly Uint8Array[],
  { skip, cursor, random, onUnreadable }: ClaimOptions,
  ticket: ClaimTicket,
): Promise<JobIn<"Pending"> | undefined> {
  const found = keys.map(keyId);
  const ids = (ticket.alone ? found : shuffled(found, random)).filter(
    (id) => !skip.has(id) && !cursor.isPending(id, ticket),
  );
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    const values = await tx.batchGet(some.map((id) => JobKeys.job(id)));
    for (const [index, id] of some.entries()) {
      const value = values[index];
      // Asked again each time: a neighbour may have chosen it while this one was reading.
      if (value === undefined || cursor.isPending(id, ticket)) continue;
      try {
        const job = jobCodec.decode(value, describeKey(JobKeys.job(id)));
        if (job.status !== "Pending") continue;
        cursor.choose(ticket, id);
        return job;
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        onUnreadable(id, error);
      }
    }
  }
  return undefined;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    const [a, b] = [result[index], result[other]];
    if (a !== undefined && b !== undefined) [result[index], result[other]] = [b, a];
  }
  return result;
}
