import { DistributedError } from "../error.js";
import { JobKeys } from "../keys/keys.js";
import type { BatchIn, BatchRecord } from "../records/batch-record.js";
import type { JobRecord } from "../records/job-record.js";
import type { KvReader, KvTransaction } from "../store/kv-store.js";
import { Admission } from "./admission.js";
import { writeAudit } from "./audit.js";
import { readBatch, writeBatch } from "./batch-writes.js";
import type { Candidate, CandidateChunk } from "./candidates.js";
import { startLimit } from "./limits.js";
import { endSubmission, joinBatch, startBatch } from "./open-batch.js";
import { findOutputHolder } from "./output-index.js";
import { findJobs } from "./read-job.js";
import { DEFAULT_PRIORITY, type SubmitRequest, type SubmittedJob } from "./submit-request.js";

const DEFAULT_MAX_ATTEMPTS = 3;

export interface SubmitProgress {
  /** The batch that takes new jobs; undefined until one is needed. */
  readonly batchId: string | undefined;
  /** A batch that holds some of this work already: new jobs belong there. */
  readonly relatedId: string | undefined;
  /** Jobs stored that the audit log does not tell of yet. */
  readonly unaudited: number;
  /** Whether it tells of any. */
  readonly audited: boolean;
}

export interface SubmitStep extends SubmitProgress, CandidateChunk {
  readonly submission: string;
  /** Id of the batch if this chunk starts it. */
  readonly newBatchId: string;
}

/** Stores the candidates that are new, in one transaction; the last one ends the submission. */
export async function submitChunk(
  tx: KvTransaction,
  request: SubmitRequest,
  { candidates, last, submission, newBatchId, ...progress }: SubmitStep,
): Promise<SubmitProgress & { readonly jobs: readonly SubmittedJob[] }> {
  const { batchId } = progress;
  let { relatedId } = progress;
  const jobs = new Map<string, SubmittedJob>();
  const stored = await jobsOfKeys(tx, candidates);
  const own = candidates.filter(({ id, key }) => stored.get(key)?.id === id);
  if (own.length > 0) return answerAgain(candidates, stored, { ...progress, last });
  for (const [key, job] of stored) {
    // Forced work is only the same as what this submission has stored itself.
    if (request.force === true && job.batchId !== batchId) continue;
    jobs.set(key, submitted(job, false));
    relatedId ??= job.batchId;
  }
  const wishes = firstOfEach(candidates.filter(({ key }) => !jobs.has(key)));
  const related = wishes.length > 0 ? (relatedId ?? (await openAt(tx, request))) : undefined;
  const target = batchId ?? related;
  if (wishes.length > 0) refuseOccupied(request, target ?? newBatchId);
  const nothingNew = wishes.length === 0 && target !== undefined;
  if (nothingNew && (await readBatch(tx, target)).status !== "Submitting") {
    return { ...progress, relatedId, jobs: inOrder(candidates, jobs) };
  }
  let batch: BatchIn<"Submitting">;
  if (target !== undefined) batch = await joinBatch(tx, request, target, submission);
  else if (wishes.length > 0) batch = await startBatch(tx, request, newBatchId, submission);
  else return { ...progress, relatedId, jobs: inOrder(candidates, jobs) };

  const isOwn = batch.submittedBy === request.submittedBy;
  if (request.maxRunning !== undefined && batch.jobCount === 0 && isOwn) {
    await startLimit(tx, batch.id, request.maxRunning);
  }
  const admission = new Admission(tx);
  for (const wish of wishes) {
    const job = await admission.change(undefined, newJob(tx.now, request, batch, wish, submission));
    tx.put(JobKeys.idem(wish.key), new TextEncoder().encode(job.id));
    batch = {
      ...batch,
      jobCount: batch.jobCount + 1,
      nextOrdinal: Math.max(batch.nextOrdinal, job.ordinal + 1),
    };
    jobs.set(wish.key, submitted(job, true));
  }
  writeBatch(tx, last ? endSubmission(batch, submission, request.seal ?? true) : batch);
  const audit = auditSubmit(tx, request, batch, {
    ...progress,
    unaudited: progress.unaudited + wishes.length,
    last,
  });
  return { ...audit, batchId: batch.id, relatedId, jobs: inOrder(candidates, jobs) };
}

/** The transaction was stored before, and its answer lost: ids are new in every run. */
function answerAgain(
  candidates: readonly Candidate[],
  stored: ReadonlyMap<string, JobRecord>,
  { last, ...before }: SubmitProgress & Pick<SubmitStep, "last">,
): SubmitProgress & { readonly jobs: readonly SubmittedJob[] } {
  const ids = new Set(candidates.map(({ id }) => id));
  const jobs = new Map<string, SubmittedJob>();
  let [batchId, created] = [before.batchId, 0];
  for (const [key, job] of stored) {
    const own = ids.has(job.id);
    if (own) [batchId, created] = [job.batchId, created + 1];
    jobs.set(key, submitted(job, own));
  }
  const unaudited = before.unaudited + created;
  const audit = isAudited({ ...before, unaudited, last })
    ? { audited: true, unaudited: 0 }
    : { audited: before.audited, unaudited };
  return { ...before, ...audit, batchId, jobs: inOrder(candidates, jobs) };
}

/** One entry when it begins and one for all the rest, however many transactions there are. */
function auditSubmit(
  tx: KvTransaction,
  request: SubmitRequest,
  { id }: BatchRecord,
  step: Pick<SubmitStep, "audited" | "unaudited" | "last">,
): Pick<SubmitProgress, "audited" | "unaudited"> {
  const { audited, unaudited } = step;
  if (!isAudited(step)) return { audited, unaudited };
  const subject = { kind: "batch", id } as const;
  writeAudit(tx, { actor: request.submittedBy, action: "submit", subject, jobs: unaudited });
  return { audited: true, unaudited: 0 };
}

function isAudited({
  audited,
  unaudited,
  last,
}: Pick<SubmitStep, "audited" | "unaudited" | "last">): boolean {
  return unaudited > 0 && (!audited || last);
}

function submitted({ id, batchId, status }: JobRecord, created: boolean): SubmittedJob {
  return { jobId: id, batchId, status, created };
}

/** What became of each candidate; one that is named twice is created once. */
function inOrder(
  candidates: readonly Candidate[],
  jobs: ReadonlyMap<string, SubmittedJob>,
): SubmittedJob[] {
  const seen = new Set<string>();
  return candidates.flatMap(({ key }) => {
    const job = jobs.get(key);
    if (job === undefined) return [];
    const again = seen.has(key);
    seen.add(key);
    return again ? { ...job, created: false } : job;
  });
}

function firstOfEach(candidates: readonly Candidate[]): Candidate[] {
  const unique = new Map<string, Candidate>();
  for (const wish of candidates) if (!unique.has(wish.key)) unique.set(wish.key, wish);
  return [...unique.values()];
}

/** Whether recordings can be added to the batch. */
export const takesJobs = (batch: BatchRecord): boolean =>
  batch.status === "Submitting" || batch.status === "Sealed";

/** The jobs that do the candidates' work already, by the candidates' keys. */
export async function jobsOfKeys(
  reader: KvReader,
  candidates: readonly Candidate[],
): Promise<Map<string, JobRecord>> {
  const ids = await reader.batchGet(candidates.map(({ key }) => JobKeys.idem(key)));
  const found = candidates.flatMap(({ key }, index) => {
    const id = ids[index];
    return id === undefined ? [] : [{ key, id: new TextDecoder().decode(id) }];
  });
  const jobs = await findJobs(
    reader,
    found.map(({ id }) => id),
  );
  const entries = found.flatMap(({ key }, index): [string, JobRecord][] => {
    const job = jobs[index];
    return job === undefined ? [] : [[key, job]];
  });
  return new Map(entries);
}

/** The batch that is to publish to the same output and still takes recordings. */
async function openAt(tx: KvTransaction, request: SubmitRequest): Promise<string | undefined> {
  if (request.force === true) return undefined;
  const holder = await findOutputHolder(tx, request.output);
  return holder !== undefined && takesJobs(holder) ? holder.id : undefined;
}

/** Found only when publishing, it would cost all the work that the batch is. */
function refuseOccupied({ output, outputBatchId }: SubmitRequest, batchId: string): void {
  if (outputBatchId === undefined || outputBatchId === batchId) return;
  throw new DistributedError(
    "ERR_ROBOFLOW_BATCH_STATE",
    `${output} holds the dataset of batch ${outputBatchId}, and these recordings would be another batch`,
    { hint: "Choose another output, or remove what is there." },
  );
}

function newJob(
  now: number,
  request: SubmitRequest,
  batch: BatchIn<"Submitting">,
  { id, job, key, index, options }: Candidate,
  submission: string,
): JobRecord {
  const first = batch.submissions.find((entry) => entry.id === submission)?.firstOrdinal ?? 0;
  const notBefore = job.notBefore ?? request.notBefore ?? null;
  return {
    version: 1,
    id,
    batchId: batch.id,
    ordinal: job.ordinal ?? first + index,
    source: job.source,
    submittedBy: request.submittedBy,
    leaseEpoch: 0,
    attempts: [],
    failures: 0,
    maxAttempts: job.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    priority: job.priority ?? DEFAULT_PRIORITY,
    configHash: batch.configHash,
    annotationHash: batch.annotationHash,
    task: job.task ?? null,
    output: batch.output,
    options,
    idempotencyKey: key,
    createdAt: now,
    updatedAt: now,
    progress: null,
    status: "Pending",
    notBefore: notBefore !== null && notBefore > now ? notBefore : null,
  };
}
