import { newId, RoboflowError } from "@roboflow/core";
import { DistributedError } from "../error.js";
import type { BatchRecord } from "../records/batch-record.js";
import type { JobRecord } from "../records/job-record.js";
import type { KvStore } from "../store/kv-store.js";
import { findLimit } from "./admission.js";
import { findBatch } from "./batch-writes.js";
import { cancelBatch } from "./cancel-batch.js";
import { canReadTwice, candidateChunks, SubmissionName, type Candidate } from "./candidates.js";
import { changeLimit } from "./limits.js";
import { findJob } from "./read-job.js";
import { jobsOfKeys, submitChunk, takesJobs, type SubmitProgress } from "./submit-chunk.js";
import type { SubmitRequest, SubmitResult, SubmittedJob } from "./submit-request.js";

/**
 * Stores jobs, `chunkSize` a transaction, and keeps no more than that in memory; the last one seals
 * the batch. A submission that broke off is completed by running it again: what is stored is found
 * by its idempotency key.
 * @throws DistributedError `ERR_ROBOFLOW_CONFIG_MISSING`, `ERR_ROBOFLOW_BATCH_STATE`; once all is
 *   stored, `ERR_ROBOFLOW_NOT_ALLOWED` for a limit on a batch that another submitted
 */
export async function submitJobs(
  store: KvStore,
  request: SubmitRequest,
  chunkSize: number,
  admins: readonly string[] = [],
): Promise<SubmitResult> {
  const { onSubmitted, keepJobs = Array.isArray(request.jobs), signal } = request;
  const kept: SubmittedJob[] = [];
  const newBatchId = newId();
  let plan = canReadTwice(request) ? await planSubmission(store, request, chunkSize) : undefined;
  let progress: SubmitProgress | undefined;
  let [created, total] = [0, 0];
  for await (const { candidates, last } of candidateChunks(request, chunkSize)) {
    plan ??= await planOf(store, request, candidates);
    const { submission } = plan;
    const step = { ...(progress ?? plan.start), candidates, last, submission, newBatchId };
    const { jobs, ...after } = await againIfUnanswered(() =>
      store.transact((tx) => submitChunk(tx, request, step), signal && { signal }),
    );
    const reserved = progress?.batchId !== undefined;
    progress = after;
    if (!reserved) await reserveFor(store, request, after.batchId, newBatchId);
    total += jobs.length;
    created += jobs.filter((job) => job.created).length;
    if (keepJobs) kept.push(...jobs);
    await onSubmitted?.(jobs);
  }
  const batchId = progress?.batchId ?? plan?.start.batchId;
  if (batchId !== undefined) await limitJoined(store, request, batchId, admins);
  return { batchId, created, existing: total - created, jobs: kept };
}

/** After the batch is stored: whatever dies in between, what is reserved can be freed by its batch. */
async function reserveFor(
  store: KvStore,
  { reserve, submittedBy }: SubmitRequest,
  batchId: string | undefined,
  newBatchId: string,
): Promise<void> {
  if (reserve === undefined || batchId === undefined) return;
  try {
    await reserve(batchId);
  } catch (error) {
    // What may get better is gone on with by the same submit again.
    const passing = error instanceof RoboflowError && error.permanence === "transient";
    if (batchId === newBatchId && !passing) {
      await cancelBatch(store, batchId, { actor: submittedBy, admins: [] });
    }
    throw error;
  }
}

/** The store may have done it all the same, and then `action` tells what it has done. */
async function againIfUnanswered<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const lost = error instanceof DistributedError && error.permanence === "transient";
    if (!lost || error.code !== "ERR_ROBOFLOW_STORE_UNAVAILABLE") throw error;
    return action();
  }
}

interface Plan {
  /** Its name: a second run takes the place of a dead first. */
  readonly submission: string;
  readonly start: SubmitProgress;
}

/** Reads the jobs once before they are stored: by all of them a submission is known again. */
async function planSubmission(
  store: KvStore,
  request: SubmitRequest,
  chunkSize: number,
): Promise<Plan> {
  const name = new SubmissionName();
  const known = new Map<string, BatchRecord>();
  for await (const { candidates } of candidateChunks(request, chunkSize)) {
    name.add(candidates);
    await addKnown(store, candidates, known);
  }
  return planFrom(request, name, known);
}

/** As good as it gets when the jobs can be read but once: by the first of them. */
async function planOf(
  store: KvStore,
  request: SubmitRequest,
  first: readonly Candidate[],
): Promise<Plan> {
  const name = new SubmissionName();
  const known = new Map<string, BatchRecord>();
  name.add(first.slice(0, 1));
  await addKnown(store, first, known);
  return planFrom(request, name, known);
}

function planFrom(
  request: SubmitRequest,
  name: SubmissionName,
  known: ReadonlyMap<string, BatchRecord>,
): Plan {
  const submission = name.end(request);
  // Ids sort by time.
  const batches = [...known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const interrupted = batches.find(
    (batch) =>
      batch.status === "Submitting" && batch.submissions.some(({ id }) => id === submission),
  );
  const related = batches.findLast(takesJobs) ?? batches.at(-1);
  const start: SubmitProgress = {
    batchId: request.batchId ?? interrupted?.id,
    relatedId: request.force === true ? undefined : related?.id,
    unaudited: 0,
    audited: false,
  };
  return { submission, start };
}

/** Adds the batches that the candidates' work is in. */
async function addKnown(
  store: KvStore,
  candidates: readonly Candidate[],
  known: Map<string, BatchRecord>,
): Promise<void> {
  for (const job of (await jobsOfKeys(store, candidates)).values()) {
    if (known.has(job.batchId)) continue;
    const batch = await findBatch(store, job.batchId);
    if (batch === undefined) {
      // Pruned since the job was read: both go in one transaction.
      if ((await findJob(store, job.id)) === undefined) continue;
      throw batchGone(job);
    }
    known.set(batch.id, batch);
  }
}

function batchGone({ id, batchId, source }: JobRecord): DistributedError {
  return new DistributedError(
    "ERR_ROBOFLOW_BATCH_NOT_FOUND",
    `${source.url} is converted by job ${id} already, whose batch ${batchId} is gone`,
    {
      hint: "Delete the job and submit the recording again; `roboflow doctor` finds all such jobs.",
    },
  );
}

/** A batch that was there before may have another limit, and jobs to be moved by it. */
async function limitJoined(
  store: KvStore,
  { maxRunning, submittedBy }: SubmitRequest,
  batchId: string,
  admins: readonly string[],
): Promise<void> {
  if (maxRunning === undefined) return;
  if ((await findLimit(store, batchId))?.maxRunning === maxRunning) return;
  const operator = { actor: submittedBy, admins };
  await changeLimit(store, batchId, { action: "limit", maxRunning }, operator);
}
