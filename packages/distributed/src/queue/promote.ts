import { keyId, keySegments, prefixRange } from "../keys/codec.js";
import { JobKeys } from "../keys/keys.js";
import type { KvReader, KvStore, KvTransaction } from "../store/kv-store.js";
import { writeJob } from "./job-index.js";
import { promoted } from "./job-transitions.js";
import { findReadableJobs } from "./read-job.js";

const JOBS_PER_TRANSACTION = 100;

/**
 * Makes delayed jobs ready that are due. Anyone may run it at any time: each job's key decides.
 * @returns when to look again, milliseconds since the epoch; undefined if nothing is delayed
 */
export async function promoteDue(store: KvStore): Promise<number | undefined> {
  for (;;) {
    const due = await firstDelayed(store);
    if (due === undefined || due > (await store.now())) return due;
    const count = await store.transact(promoteSome);
    // What is due and stays can't be read by this version; it is left to a newer one.
    if (count === 0) return undefined;
  }
}

async function promoteSome(tx: KvTransaction): Promise<number> {
  const ids: string[] = [];
  const { start } = prefixRange(JobKeys.delayedAll());
  const end = JobKeys.delayedFrom(tx.now + 1);
  for await (const { key } of tx.scan({ start, end, limit: JOBS_PER_TRANSACTION })) {
    ids.push(keyId(key));
  }
  const jobs = await findReadableJobs(tx, ids);
  for (const job of jobs) {
    if (job.status === "Pending") writeJob(tx, job, promoted(job, tx.now));
  }
  return jobs.length;
}

async function firstDelayed(reader: KvReader): Promise<number | undefined> {
  for await (const { key } of reader.scan({ ...prefixRange(JobKeys.delayedAll()), limit: 1 })) {
    return Number(keySegments(key)[1]);
  }
  return undefined;
}
