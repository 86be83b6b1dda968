import type { RoboflowError } from "@roboflow/core";
import { DistributedError } from "../error.js";
import { JobKeys } from "../keys/keys.js";
import { isUnreadable } from "../records/codec.js";
import { jobCodec, type JobRecord } from "../records/job-record.js";
import { describeKey } from "../store/bytes.js";
import type { KvReader } from "../store/kv-store.js";

/** Told of a job whose record is of a newer version or damaged; it stays as it is. */
export type OnUnreadable = (jobId: string, error: RoboflowError) => void;

/** @throws DistributedError `ERR_ROBOFLOW_RECORD_NEWER`, `ERR_ROBOFLOW_RECORD_INVALID` */
export async function findJob(reader: KvReader, jobId: string): Promise<JobRecord | undefined> {
  const key = JobKeys.job(jobId);
  const value = await reader.get(key);
  return value === undefined ? undefined : jobCodec.decode(value, describeKey(key));
}

/**
 * @param storeUrl for the message: it may be the wrong store that is asked
 * @throws DistributedError `ERR_ROBOFLOW_JOB_NOT_FOUND`, or as `findJob`
 */
export async function readJob(
  reader: KvReader,
  jobId: string,
  storeUrl?: string,
): Promise<JobRecord> {
  const job = await findJob(reader, jobId);
  if (job) return job;
  const where = storeUrl === undefined ? "" : ` in the store ${storeUrl}`;
  throw new DistributedError("ERR_ROBOFLOW_JOB_NOT_FOUND", `There is no job ${jobId}${where}`, {
    hint: "List them with `roboflow jobs list`; check --store.",
  });
}

/** Jobs in the order of `jobIds`; undefined where there is none. */
export async function findJobs(
  reader: KvReader,
  jobIds: readonly string[],
): Promise<(JobRecord | undefined)[]> {
  const keys = jobIds.map((id) => JobKeys.job(id));
  const values = await reader.batchGet(keys);
  return values.map((value, index) => {
    const key = keys[index];
    return value === undefined || key === undefined
      ? undefined
      : jobCodec.decode(value, describeKey(key));
  });
}

/**
 * The jobs among `jobIds` that exist and that this version can read.
 * @param onUnreadable told of each that it can't
 */
export async function findReadableJobs(
  reader: KvReader,
  jobIds: readonly string[],
  onUnreadable?: OnUnreadable,
): Promise<JobRecord[]> {
  const keys = jobIds.map((id) => JobKeys.job(id));
  const values = await reader.batchGet(keys);
  return values.flatMap((value, index) => {
    const key = keys[index];
    if (value === undefined || key === undefined) return [];
    try {
      return jobCodec.decode(value, describeKey(key));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const jobId = jobIds[index];
      if (jobId !== undefined) onUnreadable?.(jobId, error);
      return [];
    }
  });
}
