import { buildKey, buildPrefix, fixedWidth, fixedWidthDescending } from "./codec.js";

/** Digits of a priority, 0 to 99. */
const PRIORITY_DIGITS = 2;
/** Digits of a shard, 0 to 999. */
const SHARD_DIGITS = 3;

/** Hashes are 64 hex digits; either case gives the same key. */
export const ConfigKeys = {
  /** ConfigRecord: immutable, written once. */
  config: (hash: string) => buildKey("configs", hash.toLowerCase()),
  configs: () => buildPrefix("configs"),
  /** ConfigRecord of an annotation file; apart, so that a list of configs shows only configs. */
  annotation: (hash: string) => buildKey("annotations", hash.toLowerCase()),
  annotations: () => buildPrefix("annotations"),
  /** Marker: this batch needs the config or annotation file. */
  configRef: (hash: string, batchId: string) => buildKey("configrefs", hash.toLowerCase(), batchId),
  configRefs: (hash: string) => buildPrefix("configrefs", hash.toLowerCase()),
  allConfigRefs: () => buildPrefix("configrefs"),
  /** Milliseconds since the epoch when it was last stored or a batch let go of it. */
  lastUse: (hash: string) => buildKey("configuse", hash.toLowerCase()),
  lastUses: () => buildPrefix("configuse"),
} as const;

export const JobKeys = {
  /** JobRecord. */
  job: (jobId: string) => buildKey("jobs", jobId),
  jobs: () => buildPrefix("jobs"),
  /** Marker of a claimable job. Higher priorities sort first. */
  ready: (priority: number, shard: number, jobId: string) =>
    buildKey("ready", ...readySegments(priority, shard), jobId),
  readyShard: (priority: number, shard: number) =>
    buildPrefix("ready", ...readySegments(priority, shard)),
  readyAll: () => buildPrefix("ready"),
  /** Marker of a job that becomes claimable at `notBefore`, milliseconds since the epoch. */
  delayed: (notBefore: number, jobId: string) => buildKey("delayed", fixedWidth(notBefore), jobId),
  delayedAll: () => buildPrefix("delayed"),
  /** Sorts after every job due before `time`: the exclusive end of what is due. */
  delayedFrom: (time: number) => buildPrefix("delayed", fixedWidth(time)),
  /**
   * Marker of a job that would be ready if its batch were not paused or at its limit. Higher
   * priorities sort first.
   */
  waiting: (batchId: string, priority: number, jobId: string) =>
    buildKey("waiting", batchId, fixedWidthDescending(priority, PRIORITY_DIGITS), jobId),
  waitingOf: (batchId: string) => buildPrefix("waiting", batchId),
  waitingAll: () => buildPrefix("waiting"),
  /** Marker of a ready or running job that counts against its batch's limit. */
  admitted: (batchId: string, jobId: string) => buildKey("admitted", batchId, jobId),
  admittedOf: (batchId: string) => buildPrefix("admitted", batchId),
  admittedAll: () => buildPrefix("admitted"),
  /** Marker. */
  status: (status: string, jobId: string) => buildKey("status", status, jobId),
  statuses: (status: string) => buildPrefix("status", status),
  allStatuses: () => buildPrefix("status"),
  /** jobId; `hash` is over source identity, config, output, task and options. */
  idem: (hash: string) => buildKey("idem", hash),
  idems: () => buildPrefix("idem"),
} as const;

export const WorkerKeys = {
  /** WorkerRecord. */
  worker: (workerId: string) => buildKey("workers", workerId),
  workers: () => buildPrefix("workers"),
  /** Lease epoch of a job that the worker holds. */
  owned: (workerId: string, jobId: string) => buildKey("owned", workerId, jobId),
  ownedBy: (workerId: string) => buildPrefix("owned", workerId),
  ownedAll: () => buildPrefix("owned"),
} as const;

export const BatchKeys = {
  /** BatchRecord. */
  batch: (batchId: string) => buildKey("batches", batchId),
  /** Also holds the keys below each batch: go on from the end of `below(batchId)`. */
  batches: () => buildPrefix("batches"),
  below: (batchId: string) => buildPrefix("batches", batchId),
  /** Marker of a job that has not ended. */
  open: (batchId: string, jobId: string) => buildKey("batches", batchId, "open", jobId),
  opens: (batchId: string) => buildPrefix("batches", batchId, "open"),
  /** Marker of every job of the batch, in the order of the dataset's episodes. */
  member: (batchId: string, ordinal: number, jobId: string) =>
    buildKey("batches", batchId, "jobs", fixedWidth(ordinal), jobId),
  members: (batchId: string) => buildPrefix("batches", batchId, "jobs"),
  /** Marker of a batch that the finalizer must look at, so that it never reads finished ones. */
  due: (batchId: string) => buildKey("due", batchId),
  dueAll: () => buildPrefix("due"),
} as const;

export const LimitKeys = {
  /** LimitRecord of a batch that is paused or may only run so many jobs at once. */
  limit: (batchId: string) => buildKey("limits", batchId),
  limits: () => buildPrefix("limits"),
  /** ControlRecord: whether the whole fleet is paused. */
  control: () => buildKey("control", "fleet"),
} as const;

export const OutputKeys = {
  /** Id of the one batch that may publish there; `hash` is the SHA-256 of the output's URL. */
  output: (hash: string) => buildKey("outputs", hash),
  outputs: () => buildPrefix("outputs"),
} as const;

export const LockKeys = {
  /** LockRecord. */
  lock: (name: string) => buildKey("locks", name),
  locks: () => buildPrefix("locks"),
} as const;

export const StoreKeys = {
  /** StoreRecord: which store this is. */
  id: () => buildKey("store", "id"),
  /** GarbageRecord: how far old versions have been dropped, on stores that keep them. */
  garbage: () => buildKey("store", "garbage"),
} as const;

export const AuditKeys = {
  /** AuditRecord; `time` in milliseconds since the epoch. */
  audit: (time: number, id: string) => buildKey("audit", fixedWidth(time), id),
  audits: () => buildPrefix("audit"),
} as const;

function readySegments(priority: number, shard: number): [string, string] {
  return [fixedWidthDescending(priority, PRIORITY_DIGITS), fixedWidth(shard, SHARD_DIGITS)];
}
