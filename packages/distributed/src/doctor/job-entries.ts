import { keyId } from "../keys/codec.js";
import { JobKeys, WorkerKeys } from "../keys/keys.js";
import { indexEntries } from "../queue/job-index.js";
import { isUnreadable } from "../records/codec.js";
import { jobCodec, type JobRecord } from "../records/job-record.js";
import { describeKey, keyText } from "../store/bytes.js";
import type { KvPair, KvReader } from "../store/kv-store.js";
import type { Examination } from "./examination.js";
import { sweep, type Judgement } from "./sweep.js";

/** From the index entries to the jobs: whether each has a job that it belongs to. */
export async function checkJobEntries(examination: Examination): Promise<void> {
  for (const prefix of [
    JobKeys.readyAll(),
    JobKeys.delayedAll(),
    JobKeys.waitingAll(),
    JobKeys.admittedAll(),
    JobKeys.allStatuses(),
    WorkerKeys.ownedAll(),
  ]) {
    await sweep(examination, prefix, judgeJobEntries);
  }
  await sweep(examination, JobKeys.idems(), judgeIdempotency);
}

/** Also for the entries below a batch: the last segment is the job's id. */
export async function judgeJobEntries(
  reader: KvReader,
  pairs: readonly KvPair[],
): Promise<Judgement[]> {
  const found = await jobsOf(
    reader,
    pairs.map(({ key }) => keyId(key)),
  );
  return pairs.flatMap((at): Judgement[] => {
    const jobId = keyId(at.key);
    const job = found.get(jobId);
    if (job === "unreadable") return [];
    const key = keyText(at.key);
    if (job && indexEntries(job).some((entry) => keyText(entry.key) === key)) return [];
    const state = job ? `is ${job.status} and has its place elsewhere` : "is not in the store";
    return [orphan(at, jobId, `names job ${jobId}, which ${state}`)];
  });
}

async function judgeIdempotency(reader: KvReader, pairs: readonly KvPair[]): Promise<Judgement[]> {
  const ids = pairs.map(({ value }) => new TextDecoder().decode(value));
  const found = await jobsOf(reader, ids);
  return pairs.flatMap((at, index): Judgement[] => {
    const jobId = ids[index] ?? "";
    const job = found.get(jobId);
    if (job === "unreadable" || job?.idempotencyKey === keyId(at.key)) return [];
    const state = job ? "does other work" : "is not in the store";
    return [orphan(at, jobId, `names job ${jobId}, which ${state}`)];
  });
}

function orphan(at: KvPair, jobId: string, problem: string): Judgement {
  const key = describeKey(at.key);
  return {
    at,
    defect: { kind: "orphanEntry", key, problem: `${key} ${problem}`, repair: "removes the entry" },
    repair(tx) {
      if (jobId !== "") tx.lock(JobKeys.job(jobId));
      tx.delete(at.key);
    },
  };
}

async function jobsOf(
  reader: KvReader,
  ids: readonly string[],
): Promise<Map<string, JobRecord | "unreadable">> {
  const unique = [...new Set(ids)].filter((id) => id !== "");
  const values = await reader.batchGet(unique.map((id) => JobKeys.job(id)));
  const jobs = new Map<string, JobRecord | "unreadable">();
  for (const [index, id] of unique.entries()) {
    const value = values[index];
    if (value === undefined) continue;
    try {
      jobs.set(id, jobCodec.decode(value, id));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      jobs.set(id, "unreadable");
    }
  }
  return jobs;
}
