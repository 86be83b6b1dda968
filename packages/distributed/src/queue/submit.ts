import { newId, sha256Hex } from "@roboflow/core";
import { DistributedError } from "../error.js";
import { JobKeys } from "../keys/keys.js";
import type { BatchIn, BatchRecord } from "../records/batch-record.js";
import type { JobOptions, JobRecord } from "../records/job-record.js";
import type { KvReader, KvStore, KvTransaction } from "../store/kv-store.js";
import { Admission } from "./admission.js";
import { writeAudit } from "./audit.js";
import { readBatch, writeBatch } from "./batch-writes.js";
import { idempotencyKey } from "./idempotency.js";
import { startLimit } from "./limits.js";
import { endSubmission, joinBatch, startBatch } from "./open-batch.js";
import { findOutputHolder } from "./output-index.js";
import { findJobs } from "./read-job.js";
import type { NewJob, SubmitRequest, SubmitResult, SubmittedJob } from "./submit-request.js";

const DEFAULT_PRIORITY = 50;
const DEFAULT_MAX_ATTEMPTS = 3;

interface Candidate {
  readonly id: string;
  readonly job: NewJob;
  readonly key: string;
  /** Place in the request. */
  readonly index: number;
  readonly options: JobOptions;
}

/**
 * Stores jobs, `chunkSize` a transaction; the last one seals the batch. A submission that broke off
 * is completed by running it again: what is stored is found by its idempotency key.
 * @throws DistributedError `ERR_ROBOFLOW_CONFIG_MISSING`, `ERR_ROBOFLOW_BATCH_STATE`
 */
export async function submitJobs(
  store: KvStore,
  request: SubmitRequest,
  chunkSize: number,
): Promise<SubmitResult> {
  const unique = new Map<string, Candidate>();
  const keys = request.jobs.map((job, index) => {
    const wish = candidate(request, job, index);
    if (!unique.has(wish.key)) unique.set(wish.key, wish);
    return wish.key;
  });
  const candidates = [...unique.values()];
  // The same submission has the same name, so that a second run takes the place of a dead first.
  const submission = sha256Hex(
    JSON.stringify(candidates.map(({ key, job }) => [key, job.ordinal])),
  );
  const known = request.force === true ? [] : await knownBatches(store, candidates, chunkSize);
  const interrupted = known.find((batch) => isSubmission(batch, submission));
  const progress: SubmitProgress = {
    batchId: request.batchId ?? interrupted?.id,
    relatedId: known.findLast(takesJobs)?.id ?? known.at(-1)?.id,
  };
  const newBatchId = newId();
  const jobs = new Map<string, SubmittedJob>();
  for (let from = 0; from < candidates.length; from += chunkSize) {
    const chunk = candidates.slice(from, from + chunkSize);
    const last = from + chunkSize >= candidates.length;
    const done = await store.transact(
      (tx) => submitChunk(tx, request, { ...progress, chunk, last, submission, newBatchId }),
      request.signal === undefined ? {} : { signal: request.signal },
    );
    progress.batchId = done.batchId;
    progress.relatedId ??= done.relatedId;
    for (const [key, job] of done.jobs) jobs.set(key, job);
  }
  return { batchId: progress.batchId, jobs: keys.flatMap((key) => jobs.get(key) ?? []) };
}

interface SubmitProgress {
  /** The batch that takes new jobs; undefined until one is needed. */
  batchId: string | undefined;
  /** A batch that holds some of this work already: new jobs belong there. */
  relatedId: string | undefined;
}

function candidate(request: SubmitRequest, job: NewJob, index: number): Candidate {
  const options = { strict: false, salvage: false, ...job.options };
  const key = idempotencyKey({
    source: job.source,
    configHash: request.configHash,
    annotationHash: request.annotationHash ?? null,
    output: request.output,
    task: job.task ?? null,
    options,
  });
  return { id: newId(), job, key, index, options };
}

/** The batches that this work is in, oldest first. */
async function knownBatches(
  store: KvStore,
  candidates: readonly Candidate[],
  chunkSize: number,
): Promise<BatchRecord[]> {
  const ids = new Set<string>();
  for (let from = 0; from < candidates.length; from += chunkSize) {
    const jobs = await jobsOfKeys(store, candidates.slice(from, from + chunkSize));
    for (const job of jobs.values()) ids.add(job.batchId);
  }
  return Promise.all([...ids].sort().map((id) => readBatch(store, id)));
}

const takesJobs = (batch: BatchRecord): boolean =>
  batch.status === "Submitting" || batch.status === "Sealed";

const isSubmission = (batch: BatchRecord, submission: string): boolean =>
  batch.status === "Submitting" && batch.submissions.some(({ id }) => id === submission);

async function jobsOfKeys(
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

interface Chunk extends Readonly<SubmitProgress> {
  readonly chunk: readonly Candidate[];
  readonly last: boolean;
  readonly submission: string;
  /** Id of the batch if this chunk starts it. */
  readonly newBatchId: string;
}

async function submitChunk(
  tx: KvTransaction,
  request: SubmitRequest,
  { chunk, last, submission, batchId, relatedId, newBatchId }: Chunk,
): Promise<SubmitProgress & { jobs: Map<string, SubmittedJob> }> {
  const jobs = new Map<string, SubmittedJob>();
  const existing =
    request.force === true ? new Map<string, JobRecord>() : await jobsOfKeys(tx, chunk);
  for (const [key, { id, batchId, status }] of existing) {
    jobs.set(key, { jobId: id, batchId, status, created: false });
    relatedId ??= batchId;
  }
  const wishes = chunk.filter(({ key }) => !existing.has(key));
  const related = wishes.length > 0 ? (relatedId ?? (await openAt(tx, request))) : undefined;
  const target = batchId ?? related;
  if (wishes.length > 0) refuseOccupied(request, target ?? newBatchId);
  let batch: BatchIn<"Submitting">;
  if (target !== undefined) batch = await joinBatch(tx, request, target, submission);
  else if (wishes.length > 0) batch = await startBatch(tx, request, newBatchId, submission);
  else return { batchId: undefined, relatedId, jobs };

  if (request.maxRunning !== undefined && batch.jobCount === 0) {
    startLimit(tx, batch.id, request.maxRunning);
  }
  const admission = new Admission(tx);
  for (const wish of wishes) {
    const job = await admission.change(
      undefined,
      newJob(tx.now, request, batch, wish, submission),
    );
    tx.put(JobKeys.idem(wish.key), new TextEncoder().encode(job.id));
    batch = {
      ...batch,
      jobCount: batch.jobCount + 1,
      nextOrdinal: Math.max(batch.nextOrdinal, job.ordinal + 1),
    };
    jobs.set(wish.key, { jobId: job.id, batchId: batch.id, status: job.status, created: true });
  }
  writeBatch(tx, last ? endSubmission(batch, submission, request.seal ?? true) : batch);
  if (wishes.length > 0) {
    const subject = { kind: "batch", id: batch.id } as const;
    writeAudit(tx, { actor: request.submittedBy, action: "submit", subject, jobs: wishes.length });
  }
  return { batchId: batch.id, relatedId, jobs };
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
