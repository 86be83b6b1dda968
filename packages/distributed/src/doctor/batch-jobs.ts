import { keyId, prefixRange } from "../keys/codec.js";
import { BatchKeys } from "../keys/keys.js";
import { readableBatch } from "../finalizer/due-batches.js";
import { batchIds } from "../queue/list-batches.js";
import { writeAudit } from "../queue/audit.js";
import { findBatch, writeBatch } from "../queue/batch-writes.js";
import type { JobCounts } from "../queue/list-jobs.js";
import { findReadableJobs } from "../queue/read-job.js";
import type { BatchRecord } from "../records/batch-record.js";
import { describeKey } from "../store/bytes.js";
import type { KvReader } from "../store/kv-store.js";
import { throwIfAborted } from "../store/transaction.js";
import type { Examination } from "./examination.js";
import type { Defect } from "./finding.js";

interface Verdict {
  readonly defect: Defect;
  /** The batch put right; absent where that can't be told. */
  right?(batch: BatchRecord): BatchRecord;
}

/** Whether the batches' counts and statuses agree with their jobs. */
export async function checkBatchJobs(examination: Examination): Promise<void> {
  const { store } = examination;
  for await (const id of batchIds(store)) {
    throwIfAborted(examination.signal);
    examination.checked.batches += 1;
    if (examination.doubtful.has(id)) continue;
    const before = await readableBatch(store, id);
    if (before === undefined) continue;
    const counts = await countJobs(examination, id);
    const after = await readableBatch(store, id);
    // Whatever adds, opens or removes a job writes the batch, so the counts stand if it was not.
    if (counts === undefined || after?.revision !== before.revision) continue;
    const verdicts = judge(before, counts);
    if (verdicts.length > 0) await settle(examination, before, verdicts);
  }
}

/** Undefined if one of them can't be read, so that nothing can be said of all. */
async function countJobs({ store }: Examination, batchId: string): Promise<JobCounts | undefined> {
  const counts = { Pending: 0, Processing: 0, Completed: 0, Failed: 0, Dead: 0, Cancelled: 0 };
  let unreadable = false;
  for await (const ids of memberIds(store, batchId)) {
    const jobs = await findReadableJobs(store, ids, () => {
      unreadable = true;
    });
    for (const job of jobs) if (job.batchId === batchId) counts[job.status] += 1;
  }
  return unreadable ? undefined : counts;
}

async function* memberIds(reader: KvReader, batchId: string): AsyncGenerator<string[]> {
  let ids: string[] = [];
  for await (const { key } of reader.scan(prefixRange(BatchKeys.members(batchId)))) {
    ids.push(keyId(key));
    if (ids.length < 256) continue;
    yield ids;
    ids = [];
  }
  if (ids.length > 0) yield ids;
}

function judge(batch: BatchRecord, counts: JobCounts): Verdict[] {
  const verdicts: Verdict[] = [];
  const { id, status } = batch;
  const key = describeKey(BatchKeys.batch(id));
  const found = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (found !== batch.jobCount) {
    const problem = `batch ${id} counts ${batch.jobCount} jobs, and ${found} are in the store`;
    const more = found > batch.jobCount;
    const lost = "; those that are missing can't be made up: submit their recordings again";
    verdicts.push({
      defect: {
        kind: "batchCount",
        key,
        batchId: id,
        found,
        problem: more ? problem : problem + lost,
        // A lower count would let the finalizer publish a dataset that lacks episodes.
        repair: more ? "corrects the count" : null,
      },
      ...(more ? { right: (now: BatchRecord) => ({ ...now, jobCount: found }) } : {}),
    });
  }
  const contradiction = contradictionOf(batch, counts);
  if (contradiction) {
    const { repair = null, right } = contradiction;
    const problem = `batch ${id} is ${status} ${contradiction.problem}`;
    const defect: Defect = { kind: "batchState", key, batchId: id, problem, repair };
    verdicts.push({ defect, ...(right ? { right } : {}) });
  }
  return verdicts;
}

interface Contradiction {
  readonly problem: string;
  readonly repair?: string;
  right?(batch: BatchRecord): BatchRecord;
}

function contradictionOf(batch: BatchRecord, counts: JobCounts): Contradiction | undefined {
  const open = counts.Pending + counts.Processing;
  const ended = counts.Failed + counts.Dead + counts.Cancelled;
  switch (batch.status) {
    case "Submitting":
      return undefined;
    case "Sealed": {
      const { hold } = batch;
      if (hold === null) return undefined;
      const { failed, dead, cancelled } = hold;
      const same =
        failed === counts.Failed && dead === counts.Dead && cancelled === counts.Cancelled;
      if (open === 0 && same) return undefined;
      return {
        problem: "and held for other jobs than did not complete",
        repair: "ends the hold, so that the finalizer decides again",
        right: (now) => (now.status === "Sealed" ? { ...now, hold: null } : now),
      };
    }
    case "Cancelled":
      if (batch.cleanup || open === 0) return undefined;
      return {
        problem: `with ${open} open jobs`,
        repair: "has the finalizer cancel them",
        right: (now) => (now.status === "Cancelled" ? { ...now, cleanup: true } : now),
      };
    case "Published":
      if (open + ended === 0) return undefined;
      return { problem: `with ${open + ended} jobs that did not complete` };
    case "Finalizing":
    case "Partial":
    case "Failed":
      return open === 0 ? undefined : { problem: `with ${open} open jobs` };
  }
}

/** Told even if nothing is to be repaired; left to the next run if the batch was written meanwhile. */
async function settle(
  examination: Examination,
  { id, revision }: BatchRecord,
  verdicts: readonly Verdict[],
): Promise<void> {
  const { store, fix, actor } = examination;
  const changes = verdicts.flatMap(({ right }) => (right ? [right] : []));
  if (fix && changes.length > 0) {
    const same = await store.transact(async (tx) => {
      const batch = await findBatch(tx, id);
      if (batch?.revision !== revision) return false;
      writeBatch(
        tx,
        changes.reduce((now, right) => right(now), batch),
      );
      const subject = { kind: "batch", id } as const;
      writeAudit(tx, { actor, action: "repair", subject, jobs: 0 });
      return true;
    });
    if (!same) return;
  }
  for (const { defect } of verdicts) examination.add(defect);
}
