import { JobKeys, BatchKeys } from "../keys/keys.js";
import { forgetJob } from "../queue/job-control.js";
import { indexEntries } from "../queue/job-index.js";
import { jobCodec, type JobRecord } from "../records/job-record.js";
import { describeKey, keyText } from "../store/bytes.js";
import type { KvPair, KvReader } from "../store/kv-store.js";
import type { Examination } from "./examination.js";
import { sweep, type Judgement } from "./sweep.js";

interface Job {
  readonly at: KvPair;
  readonly job: JobRecord;
}

/** From the jobs to their index entries and batches: whether each is there. */
export async function checkJobRecords(examination: Examination): Promise<void> {
  const count = await sweep(examination, JobKeys.jobs(), async (reader, pairs) => {
    const judgements: Judgement[] = [];
    const jobs = pairs.flatMap((at): Job[] => {
      const key = describeKey(at.key);
      try {
        return [{ at, job: jobCodec.decode(at.value, key) }];
      } catch (error) {
        const defect = examination.unreadable(key, error);
        if (defect) judgements.push({ at, defect });
        return [];
      }
    });
    const batches = await presentBatches(reader, jobs);
    for (const each of jobs) {
      if (!batches.has(each.job.batchId)) judgements.push(orphanJob(each));
    }
    const rest = jobs.filter(({ job }) => batches.has(job.batchId));
    judgements.push(...rest.flatMap(wrongAttempts));
    judgements.push(...(await missingEntries(examination, reader, rest)));
    return judgements;
  });
  examination.checked.jobs += count;
}

async function presentBatches(reader: KvReader, jobs: readonly Job[]): Promise<Set<string>> {
  const ids = [...new Set(jobs.map(({ job }) => job.batchId))];
  const records = await reader.batchGet(ids.map((id) => BatchKeys.batch(id)));
  return new Set(ids.filter((_, index) => records[index] !== undefined));
}

/** Nothing will ever finalize it, and it would keep its recording from being submitted again. */
function orphanJob({ at, job }: Job): Judgement {
  return {
    at,
    defect: {
      kind: "orphanJob",
      key: describeKey(at.key),
      jobId: job.id,
      batchId: job.batchId,
      problem: `job ${job.id} (${job.status}) belongs to batch ${job.batchId}, which is not in the store`,
      repair: "removes the job, so that its recording can be submitted again",
    },
    async repair(tx) {
      tx.lock(BatchKeys.batch(job.batchId));
      await forgetJob(tx, job);
    },
  };
}

function wrongAttempts({ at, job }: Job): Judgement[] {
  const running = job.attempts.filter(({ outcome }) => outcome === "running").length;
  if (running === (job.status === "Processing" ? 1 : 0)) return [];
  const problem = `job ${job.id} is ${job.status} with ${running} running attempts`;
  const key = describeKey(at.key);
  return [{ at, defect: { kind: "jobState", key, jobId: job.id, problem, repair: null } }];
}

async function missingEntries(
  examination: Examination,
  reader: KvReader,
  jobs: readonly Job[],
): Promise<Judgement[]> {
  const expected = jobs.flatMap(({ at, job }) =>
    indexEntries(job).map((entry) => ({ at, job, entry })),
  );
  const values = await reader.batchGet(expected.map(({ entry }) => entry.key));
  return expected.flatMap(({ at, job, entry }, index): Judgement[] => {
    const value = values[index];
    if (value !== undefined && keyText(value) === keyText(entry.value)) return [];
    if (!examination.fix) examination.doubtful.add(job.batchId);
    const key = describeKey(entry.key);
    return [
      {
        at,
        defect: {
          kind: "missingEntry",
          key,
          jobId: job.id,
          problem: `job ${job.id} (${job.status}) ${value === undefined ? "has no" : "has another"} index entry ${key}`,
          repair: "writes the entry",
        },
        repair(tx) {
          tx.lock(JobKeys.job(job.id));
          tx.put(entry.key, entry.value);
        },
      },
    ];
  });
}
