import { keyId, keySegments, prefixRange } from "../keys/codec.js";
import { BatchKeys, JobKeys } from "../keys/keys.js";
import type { KvReader, KvStore, KvTransaction } from "../store/kv-store.js";
import { Admission } from "./admission.js";
import { promoted as readyAgain } from "./job-transitions.js";
import { admitWaiting } from "./limits.js";
import { findReadableJobs, type OnUnreadable } from "./read-job.js";

const JOBS_PER_TRANSACTION = 100;

export interface Promotion {
  /** Jobs that became ready, also because their batch has room for them again. */
  readonly promoted: number;
  /** Milliseconds until the next delayed job is due; undefined if there is none. */
  readonly nextInMs: number | undefined;
}

export interface PromoteOptions {
  /** Also lets waiting jobs in that there is room for. */
  readonly waiting: boolean;
  readonly onUnreadable?: OnUnreadable;
}

/**
 * Makes delayed jobs ready that are due. Anyone may run it at any time: each job's key decides. One
 * short read when nothing is delayed, and another one for what waits.
 */
export async function promoteDue(
  store: KvStore,
  { waiting, onUnreadable }: PromoteOptions,
): Promise<Promotion> {
  let promoted = waiting ? await admitWaiting(store) : 0;
  for (;;) {
    const due = await firstDelayed(store);
    if (due === undefined) return { promoted, nextInMs: undefined };
    const now = await store.now();
    if (due > now) return { promoted, nextInMs: due - now };
    const count = await store.transact((tx) => promoteSome(tx, onUnreadable));
    // What is due and stays is damaged, or left to a newer version.
    if (count === 0) return { promoted, nextInMs: undefined };
    promoted += count;
  }
}

/** Whether any job is delayed or any batch due; one short read, as the two ranges are neighbours. */
export async function hasUpcoming(reader: KvReader): Promise<boolean> {
  const { start } = prefixRange(JobKeys.delayedAll());
  const { end } = prefixRange(BatchKeys.dueAll());
  for await (const _ of reader.scan({ start, end, limit: 1, latest: true })) return true;
  return false;
}

async function promoteSome(tx: KvTransaction, onUnreadable?: OnUnreadable): Promise<number> {
  const ids: string[] = [];
  const { start } = prefixRange(JobKeys.delayedAll());
  const end = JobKeys.delayedFrom(tx.now + 1);
  for await (const { key } of tx.scan({ start, end, limit: JOBS_PER_TRANSACTION })) {
    ids.push(keyId(key));
  }
  const jobs = await findReadableJobs(tx, ids, onUnreadable);
  const admission = new Admission(tx);
  for (const job of jobs) {
    if (job.status === "Pending") await admission.change(job, readyAgain(job, tx.now));
  }
  return jobs.length;
}

async function firstDelayed(reader: KvReader): Promise<number | undefined> {
  for await (const { key } of reader.scan({
    ...prefixRange(JobKeys.delayedAll()),
    limit: 1,
    latest: true,
  })) {
    return Number(keySegments(key)[1]);
  }
  return undefined;
}
