import type { Attempt } from "../records/attempt.js";
import type { ErrorRecord } from "../records/error-record.js";
import type { JobIn, JobRecord, JobResult } from "../records/job-record.js";
import { omit } from "../records/omit.js";
import { isOutage } from "../records/outage.js";
import { backoffMs, type Backoff } from "./backoff.js";

/** Failed attempts are all kept; of attempts that ended otherwise only the last so many. */
const MAX_OTHER_ATTEMPTS = 20;

/** For how long after the first one in a row an outage does not count as a failed attempt. */
export const OUTAGE_PATIENCE_MS = 24 * 3_600_000;

/** Fields that belong to one status and go when it changes. */
const STATUS_FIELDS = [
  "status",
  "notBefore",
  "owner",
  "deadline",
  "finishedAt",
  "result",
  "error",
] as const;

type Processing = JobIn<"Processing">;

const common = (job: JobRecord): Omit<JobRecord, (typeof STATUS_FIELDS)[number]> =>
  omit(job, STATUS_FIELDS);

export function claimed(
  job: JobIn<"Pending">,
  by: { readonly worker: string; readonly now: number; readonly attemptTimeoutMs: number },
): Processing {
  const epoch = job.leaseEpoch + 1;
  const attempt: Attempt = { outcome: "running", epoch, worker: by.worker, startedAt: by.now };
  return {
    ...common(job),
    status: "Processing",
    owner: by.worker,
    deadline: by.now + by.attemptTimeoutMs,
    leaseEpoch: epoch,
    attempts: [...trimmed(withoutVain(job)), attempt],
    progress: null,
    updatedAt: by.now,
  };
}

export function completed(job: Processing, result: JobResult, now: number): JobIn<"Completed"> {
  return {
    ...common(job),
    outage: undefined,
    status: "Completed",
    finishedAt: now,
    result,
    attempts: ended(job, (attempt) => ({ ...attempt, outcome: "completed", endedAt: now })),
    updatedAt: now,
  };
}

/**
 * Failed at once if the error is permanent; else delayed, or Dead when the attempts are used up. What
 * an outage ends is put off and does not count, for as long as a day.
 */
export function failed(
  job: Processing,
  error: ErrorRecord,
  now: number,
  backoff: Backoff,
): JobIn<"Failed" | "Dead" | "Pending"> {
  const outage = isOutage(error) ? (job.outage ?? { since: now, times: 0 }) : undefined;
  if (outage && now < outage.since + OUTAGE_PATIENCE_MS) {
    return putOff(job, { error, now, backoff, outage });
  }
  const failures = job.failures + 1;
  const base = {
    ...common(job),
    outage,
    failures,
    attempts: ended(job, (attempt) => ({ ...attempt, outcome: "failed", endedAt: now, error })),
    updatedAt: now,
  };
  if (error.permanence === "permanent") {
    return { ...base, status: "Failed", finishedAt: now, error };
  }
  if (failures >= job.maxAttempts) return { ...base, status: "Dead", finishedAt: now, error };
  return { ...base, status: "Pending", notBefore: now + backoffMs(backoff, failures) };
}

function putOff(
  job: Processing,
  {
    error,
    now,
    backoff,
    outage,
  }: {
    readonly error: ErrorRecord;
    readonly now: number;
    readonly backoff: Backoff;
    readonly outage: NonNullable<JobRecord["outage"]>;
  },
): JobIn<"Pending"> {
  const times = outage.times + 1;
  return {
    ...common(job),
    status: "Pending",
    notBefore: now + backoffMs(backoff, times),
    outage: { ...outage, times },
    attempts: ended(job, (attempt) => ({ ...attempt, outcome: "handedBack", endedAt: now, error })),
    updatedAt: now,
  };
}

/** Taken by the reaper: as a failed attempt, and the epoch shuts out whatever is still running. */
export function taken(
  job: Processing,
  error: ErrorRecord,
  now: number,
  backoff: Backoff,
): JobIn<"Failed" | "Dead" | "Pending"> {
  return { ...failed(job, error, now, backoff), leaseEpoch: job.leaseEpoch + 1 };
}

/** Given up by a worker that ends; does not count as a failure. */
export function handedBack(job: Processing, now: number): JobIn<"Pending"> {
  return {
    ...common(job),
    status: "Pending",
    notBefore: null,
    attempts: ended(job, (attempt) => ({ ...attempt, outcome: "handedBack", endedAt: now })),
    updatedAt: now,
  };
}

export function cancelled(job: JobIn<"Pending" | "Processing">, now: number): JobIn<"Cancelled"> {
  return {
    ...common(job),
    status: "Cancelled",
    finishedAt: now,
    leaseEpoch: job.leaseEpoch + 1,
    attempts:
      job.status === "Processing"
        ? ended(job, (attempt) => ({ ...attempt, outcome: "cancelled", endedAt: now }))
        : job.attempts,
    updatedAt: now,
  };
}

/** Ready again by hand: the attempts stay on record, but the count starts anew. */
export function retried(
  job: JobIn<"Failed" | "Dead" | "Cancelled">,
  now: number,
): JobIn<"Pending"> {
  return {
    ...common(job),
    status: "Pending",
    notBefore: null,
    failures: 0,
    outage: undefined,
    progress: null,
    updatedAt: now,
  };
}

/** Its artifacts were removed with its cancelled batch: it has to be done again or not at all. */
export function revoked(job: JobIn<"Completed">, now: number): JobIn<"Cancelled"> {
  return { ...common(job), status: "Cancelled", finishedAt: now, updatedAt: now };
}

export function promoted(job: JobIn<"Pending">, now: number): JobIn<"Pending"> {
  return { ...job, notBefore: null, updatedAt: now };
}

type Running = Extract<Attempt, { outcome: "running" }>;

function ended(job: Processing, end: (attempt: Running) => Attempt): Attempt[] {
  return job.attempts.map((attempt) =>
    attempt.outcome === "running" && attempt.epoch === job.leaseEpoch ? end(attempt) : attempt,
  );
}

/**
 * Without the last attempt if an outage ended it before its first frame: a long outage must not push
 * out those that left something to go on from.
 */
function withoutVain({ attempts, progress }: JobIn<"Pending">): readonly Attempt[] {
  const last = attempts.at(-1);
  const inVain = last?.outcome === "handedBack" && last.error !== undefined && progress === null;
  return inVain ? attempts.slice(0, -1) : attempts;
}

/** Keeps the record small however often a job is handed back. */
function trimmed(attempts: readonly Attempt[]): Attempt[] {
  let surplus =
    attempts.filter(({ outcome }) => outcome !== "failed").length - (MAX_OTHER_ATTEMPTS - 1);
  return attempts.filter(({ outcome }) => outcome === "failed" || (surplus -= 1) < 0);
}
