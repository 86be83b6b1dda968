import type { RoboflowError } from "@roboflow/core";
import { keyId, prefixRange } from "../keys/codec.js";
import { BatchKeys, JobKeys } from "../keys/keys.js";
import { isUnreadable } from "../records/codec.js";
import { JOB_STATUSES, type JobRecord, type JobStatus } from "../records/job-record.js";
import type { KvReader } from "../store/kv-store.js";
import { countKeys } from "./backlog.js";
import { cursorOf, DEFAULT_LIMIT, scanFrom, type PageOptions } from "./page.js";
import { findJob, findJobs } from "./read-job.js";

export interface ListJobsOptions extends PageOptions {
  readonly status?: JobStatus;
  /** In the order of the dataset instead of the time of creation. */
  readonly batchId?: string;
}

export interface JobPage {
  readonly jobs: readonly JobRecord[];
  /** Jobs whose records can't be read, such as those of a newer version. */
  readonly unreadable: readonly { readonly jobId: string; readonly error: RoboflowError }[];
  /** Where the next page starts; undefined on the last. */
  readonly cursor: string | undefined;
}

export type JobCounts = Readonly<Record<JobStatus, number>>;

export async function listJobs(reader: KvReader, options: ListJobsOptions): Promise<JobPage> {
  const { status, batchId, limit = DEFAULT_LIMIT } = options;
  const jobs: JobRecord[] = [];
  const unreadable: { jobId: string; error: RoboflowError }[] = [];
  let cursor: string | undefined;
  for await (const { key } of scanFrom(reader, indexOf(options), options)) {
    if (jobs.length + unreadable.length >= limit) return { jobs, unreadable, cursor };
    cursor = cursorOf(key);
    const jobId = keyId(key);
    try {
      const job = await findJob(reader, jobId);
      const wanted = job !== undefined && (status === undefined || job.status === status);
      if (wanted && (batchId === undefined || job.batchId === batchId)) jobs.push(job);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      unreadable.push({ jobId, error });
    }
  }
  return { jobs, unreadable, cursor: undefined };
}

function indexOf({ status, batchId }: ListJobsOptions): Uint8Array {
  if (batchId !== undefined) return BatchKeys.members(batchId);
  return status === undefined ? JobKeys.jobs() : JobKeys.statuses(status);
}

/** Counted by the index: no job record is read. */
export async function countJobs(reader: KvReader): Promise<JobCounts> {
  const counts = zeroCounts();
  for (const status of JOB_STATUSES) {
    counts[status] = await countKeys(reader, JobKeys.statuses(status));
  }
  return counts;
}

/** Jobs of one batch by status; reads each job's record. */
export async function countBatchJobs(reader: KvReader, batchId: string): Promise<JobCounts> {
  const counts = zeroCounts();
  for await (const jobs of batchJobs(reader, batchId)) {
    for (const { status } of jobs) counts[status] += 1;
  }
  return counts;
}

/** Jobs of a batch in the order of the dataset, some hundreds at once. */
export async function* batchJobs(
  reader: KvReader,
  batchId: string,
  pageSize = 256,
): AsyncGenerator<JobRecord[]> {
  let ids: string[] = [];
  const read = async (): Promise<JobRecord[]> =>
    (await findJobs(reader, ids)).filter((job) => job !== undefined);
  for await (const { key } of reader.scan(prefixRange(BatchKeys.members(batchId)))) {
    ids.push(keyId(key));
    if (ids.length < pageSize) continue;
    yield await read();
    ids = [];
  }
  if (ids.length > 0) yield await read();
}

function zeroCounts(): Record<JobStatus, number> {
  return { Pending: 0, Processing: 0, Completed: 0, Failed: 0, Dead: 0, Cancelled: 0 };
}
