import { z } from "zod";
import { Attempt } from "./attempt.js";
import { recordCodec } from "./codec.js";
import { ErrorRecord } from "./error-record.js";
import { ConfigReference, Count, Hash, Time } from "./fields.js";

/** The recording as it was when submitted; a job whose source differs later fails. */
export const SourceRef = z.object({
  url: z.string().min(1),
  /** Bytes. */
  size: Count,
  /** Differs once the content was replaced: mtime and inode, or etag. */
  identity: z.string(),
});
export type SourceRef = z.infer<typeof SourceRef>;

export const JobOptions = z.object({
  /** A truncated recording is an error. */
  strict: z.boolean(),
  /** The intact prefix of a damaged recording is enough. */
  salvage: z.boolean(),
});
export type JobOptions = z.infer<typeof JobOptions>;

export const JobResult = z.object({
  frames: z.int().positive(),
  episodes: z.int().positive(),
  /** Directory URL of the attempt's artifacts: what the finalizer assembles. */
  artifactUrl: z.string().min(1),
  /** Topic reports, as the conversion gave them. */
  report: z.unknown(),
  warnings: z.array(z.string()),
  /** Of `frames`, those taken over from an earlier attempt; absent in older records. */
  resumedFrames: Count.optional(),
  /** Bytes of recording read and of artifacts written; absent in older records. */
  bytes: z.object({ read: Count, written: Count }).optional(),
});
export type JobResult = z.infer<typeof JobResult>;

const JobBase = z.object({
  version: z.literal(1),
  id: z.string().min(1),
  batchId: z.string().min(1),
  /** Place of its episodes in the dataset; equal ordinals sort by id. */
  ordinal: Count,
  source: SourceRef,
  submittedBy: z.string(),
  /** Bumped whenever the job is claimed or taken away; writes of an older epoch change nothing. */
  leaseEpoch: Count,
  attempts: z.array(Attempt),
  /** Failed attempts since it was submitted or last retried by hand. */
  failures: Count,
  maxAttempts: z.int().positive(),
  /** The outage that has put it off last, until an attempt ends otherwise: from when, how often. */
  outage: z.object({ since: Time, times: Count }).optional(),
  /** 0 to 99, higher is claimed first. */
  priority: z.int().min(0).max(99),
  configHash: ConfigReference,
  annotationHash: Hash.nullable(),
  /** Language instruction that overrides the config's. */
  task: z.string().nullable(),
  /** Directory URL of the dataset. */
  output: z.string().min(1),
  options: JobOptions,
  /** Hash under which `idem/` points here. */
  idempotencyKey: Hash,
  createdAt: Time,
  updatedAt: Time,
  /**
   * `waiting`: pending, held back by its batch's limit or pause; `admitted`: ready or running, and
   * counted against the limit. Absent where there is none.
   */
  admission: z.enum(["waiting", "admitted"]).optional(),
  progress: z
    .object({ framesDone: Count, framesTotal: Count.nullable(), updatedAt: Time })
    .nullable(),
});

/** The truth about one job. Only the fields after `status` depend on it. */
export const JobRecord = z.discriminatedUnion("status", [
  JobBase.extend({
    status: z.literal("Pending"),
    /** Under `delayed/` until then; null under `ready/`. */
    notBefore: Time.nullable(),
  }),
  JobBase.extend({
    status: z.literal("Processing"),
    /** Worker id. */
    owner: z.string().min(1),
    /** When the reaper ends the attempt even if its worker lives. */
    deadline: Time,
  }),
  JobBase.extend({ status: z.literal("Completed"), finishedAt: Time, result: JobResult }),
  JobBase.extend({ status: z.literal("Failed"), finishedAt: Time, error: ErrorRecord }),
  JobBase.extend({ status: z.literal("Dead"), finishedAt: Time, error: ErrorRecord }),
  JobBase.extend({ status: z.literal("Cancelled"), finishedAt: Time }),
]);
export type JobRecord = z.infer<typeof JobRecord>;
export type JobStatus = JobRecord["status"];
export type JobIn<S extends JobStatus> = Extract<JobRecord, { status: S }>;

export const JOB_STATUSES = [
  "Pending",
  "Processing",
  "Completed",
  "Failed",
  "Dead",
  "Cancelled",
] as const satisfies readonly JobStatus[];

/** Not yet decided: they keep their batch open. */
export function isOpen(job: JobRecord): job is JobIn<"Pending" | "Processing"> {
  return job.status === "Pending" || job.status === "Processing";
}

export const jobCodec = recordCodec("job", 1, JobRecord);
