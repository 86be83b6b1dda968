import { z } from "zod";
import { recordCodec } from "./codec.js";
import { ErrorRecord } from "./error-record.js";
import { ConfigReference, Count, Hash, Time } from "./fields.js";

/** Jobs that are not in the dataset, by why. */
export const Excluded = z.object({ failed: Count, dead: Count, cancelled: Count });
export type Excluded = z.infer<typeof Excluded>;

export const DatasetSummary = z.object({
  episodes: Count,
  frames: Count,
  features: z.record(z.string(), z.object({ dtype: z.string(), shape: z.array(Count) })),
});
export type DatasetSummary = z.infer<typeof DatasetSummary>;

const BatchBase = z.object({
  version: z.literal(1),
  id: z.string().min(1),
  /** Bumped by every write, so that a decision made outside a transaction can be checked in one. */
  revision: Count,
  /** Grows when a batch that was published is opened again. */
  generation: z.int().positive(),
  submittedBy: z.string(),
  /** Directory URL of the dataset. */
  output: z.string().min(1),
  configHash: ConfigReference,
  annotationHash: Hash.nullable(),
  jobCount: Count,
  /** First ordinal of a submitter that gives none. */
  nextOrdinal: Count,
  /** Jobs that failed, died or were cancelled may be left out. */
  allowPartial: z.boolean(),
  /** Fencing tokens whose `final/<token>/` may exist. */
  stagings: z.array(Count),
  /** Failed finalizations since the last decision by hand, and the last one's error. */
  finalizeFailures: Count,
  lastError: ErrorRecord.nullable(),
  /** A dataset was begun to be moved to its place and that did not end; absent in older records. */
  publishingBegan: z.boolean().optional(),
  /** Its jobs are being forgotten, so it can't be taken up again; absent in older records. */
  pruning: z.boolean().optional(),
  createdAt: Time,
  updatedAt: Time,
});

const published = BatchBase.extend({
  finishedAt: Time,
  dataset: DatasetSummary,
  /** The finalizer still has artifacts or staging to remove. */
  cleanup: z.boolean(),
});

/** One dataset in the making. Only the fields after `status` depend on it. */
export const BatchRecord = z.discriminatedUnion("status", [
  BatchBase.extend({
    status: z.literal("Submitting"),
    /** Submitters still adding; the same submission run again has the same name. */
    submissions: z.array(z.object({ id: z.string(), firstOrdinal: Count })),
    /** Seal it when the last of them is done. */
    sealRequested: z.boolean(),
  }),
  BatchBase.extend({
    status: z.literal("Sealed"),
    /** Waiting for retry or `allowPartial`; null while the finalizer may pick it. */
    hold: Excluded.nullable(),
    /** After a transient failure: not before then. */
    notBefore: Time.nullable(),
  }),
  BatchBase.extend({
    status: z.literal("Finalizing"),
    /** Of `locks/finalizer`; every later write of this finalizer checks it. */
    token: Count,
    worker: z.string(),
    startedAt: Time,
    /** `publishing`: others can see parts, so it can't be cancelled any more. */
    phase: z.enum(["assembling", "publishing"]),
  }),
  published.extend({ status: z.literal("Published") }),
  published.extend({ status: z.literal("Partial"), excluded: Excluded }),
  BatchBase.extend({ status: z.literal("Failed"), finishedAt: Time, error: ErrorRecord }),
  BatchBase.extend({
    status: z.literal("Cancelled"),
    finishedAt: Time,
    /** Some of its jobs are still open. */
    cleanup: z.boolean(),
    /** It was never sealed, so it can't be taken up again. */
    incomplete: z.boolean(),
    /** What its jobs converted: the finalizer removes it. Absent in older records: kept. */
    artifacts: z.enum(["unwanted", "removing", "removed"]).optional(),
  }),
]);
export type BatchRecord = z.infer<typeof BatchRecord>;
export type BatchStatus = BatchRecord["status"];
export type BatchIn<S extends BatchStatus> = Extract<BatchRecord, { status: S }>;

/** Whether the finalizer has something to do or to wait for: then it is listed under `due/`. */
export function isDue(batch: BatchRecord): boolean {
  switch (batch.status) {
    case "Sealed":
      return batch.hold === null;
    case "Finalizing":
      return true;
    case "Published":
    case "Partial":
      return batch.cleanup;
    case "Cancelled":
      return batch.cleanup || batch.artifacts === "unwanted" || batch.artifacts === "removing";
    case "Submitting":
    case "Failed":
      return false;
  }
}

export const batchCodec = recordCodec("batch", 1, BatchRecord);
