export { ConfigCache, type ConfigCacheOptions } from "./config/config-cache.js";
export { computeHash, ConfigRecord, isConfigHash } from "./config/config-record.js";
export { type ContentEntry, type ListOptions } from "./config/config-store.js";
export {
  createLerobotConfig,
  type CreateLerobotConfigOptions,
} from "./config/create-lerobot-config.js";
export {
  loadConfig,
  loadOrStoreConfig,
  type ConfigInput,
  type LoadedConfig,
  type StoredConfig,
} from "./config/load-config.js";
export { checkStore } from "./doctor/check-store.js";
export type { DoctorOptions, DoctorReport } from "./doctor/examination.js";
export type { Defect, Finding, FindingKind } from "./doctor/finding.js";
export { DistributedError, type DistributedErrorCode } from "./error.js";
export {
  buildKey,
  buildPrefix,
  fixedWidth,
  keyAfter,
  keyId,
  keySegments,
  prefixRange,
  type KeyRange,
} from "./keys/codec.js";
export {
  AuditKeys,
  BatchKeys,
  ConfigKeys,
  JobKeys,
  LimitKeys,
  LockKeys,
  OutputKeys,
  StoreKeys,
  WorkerKeys,
} from "./keys/keys.js";
export type { Backlog } from "./queue/backlog.js";
export { ClaimCursor } from "./queue/claim-cursor.js";
export type { ClaimOptions } from "./queue/claim.js";
export type { CompleteAndClaim, CompletedAndClaimed } from "./queue/complete-and-claim.js";
export { runGarbageCollection, type GarbageOptions } from "./queue/garbage-collection.js";
export { JobQueue, type JobQueueOptions } from "./queue/job-queue.js";
export type { AuditOptions, AuditPage } from "./queue/audit.js";
export { authorize, type GuardedAction, type Permission } from "./queue/authorize.js";
export type { Backoff } from "./queue/backoff.js";
export type { Lease, LossReason } from "./queue/lease.js";
export type { BatchPage } from "./queue/list-batches.js";
export type { JobCounts, JobPage, ListJobsOptions } from "./queue/list-jobs.js";
export type { Redrive } from "./queue/retry-dead.js";
export type { PageOptions } from "./queue/page.js";
export type { Heartbeat, NewWorker } from "./queue/presence.js";
export type {
  BatchSpec,
  NewJob,
  SubmitRequest,
  SubmitResult,
  SubmittedJob,
} from "./queue/submit-request.js";
export { pruneAudit, type PruneAuditOptions } from "./retention/prune-audit.js";
export {
  pruneConfigs,
  type PruneConfigsOptions,
  type PrunedContent,
} from "./retention/prune-configs.js";
export {
  PRUNABLE_STATUSES,
  pruneJobs,
  type PrunableStatus,
  type PruneJobsOptions,
  type PruneJobsResult,
} from "./retention/prune-jobs.js";
export type { PruneOptions } from "./retention/prune-options.js";
export type { OutputReservation, ReleaseOutput } from "./finalizer/release-output.js";
export type { Attempt } from "./records/attempt.js";
export { AUDIT_ACTIONS, type AuditAction, type AuditRecord } from "./records/audit-record.js";
export type {
  BatchIn,
  BatchRecord,
  BatchStatus,
  DatasetSummary,
  Excluded,
} from "./records/batch-record.js";
export { errorRecord, type ErrorRecord } from "./records/error-record.js";
export {
  JOB_STATUSES,
  type JobIn,
  type JobOptions,
  type JobRecord,
  type JobResult,
  type JobStatus,
  type SourceRef,
} from "./records/job-record.js";
export type { ControlRecord, LimitRecord } from "./records/limit-record.js";
export type { LockRecord } from "./records/lock-record.js";
export type { WorkerRecord } from "./records/worker-record.js";
export type {
  KvPair,
  KvReader,
  KvStore,
  KvTransaction,
  ScanOptions,
  TransactOptions,
  Collection,
  CollectOptions,
} from "./store/kv-store.js";
export {
  describeStoreChoice,
  findStore,
  type FindStoreOptions,
  type StoreChoice,
  type StoreOrigin,
} from "./store/find-store.js";
export { LmdbStore, type LmdbStoreOptions } from "./store/lmdb-store.js";
export { MemoryStore, type MemoryStoreOptions } from "./store/memory-store.js";
export { openStore, type StoreOptions } from "./store/open-store.js";
export { storeId } from "./store/store-id.js";
export { TikvStore, type TikvConnection, type TikvStoreOptions } from "./store/tikv-store.js";
export type {
  Assemble,
  AssemblyContext,
  AssemblyRequest,
  AssemblyResult,
  ConversionContext,
  ConversionRequest,
  ConversionResult,
  Convert,
  Progress,
  Publish,
  RetryInfo,
} from "./worker/conversion.js";
export {
  startHealthServer,
  type HealthServer,
  type HealthServerOptions,
} from "./telemetry/health-server.js";
export { createMetrics, type Metrics } from "./telemetry/metrics.js";
export { observeStore, type StoreCall, type StoreObserver } from "./telemetry/observe-store.js";
export type { MeasuredQueue } from "./telemetry/queue-gauges.js";
export { TikvClient } from "./tikv-client.js";
export { ChildRunner, type ChildRunnerOptions } from "./worker/child-runner.js";
export type { ConfigSource, HashedContent } from "./worker/config-source.js";
export { serveChild, type ChildHandlers } from "./worker/serve-child.js";
export { storeConfigs, type StoreConfigsOptions } from "./worker/store-configs.js";
export { eventFields, type WorkerEvent } from "./worker/worker-event.js";
export type { JobHealth, Verdict, WorkerHealth, WorkerMode } from "./worker/worker-health.js";
export type { WorkerOptions, WorkerServices, WorkerSettings } from "./worker/worker-options.js";
export { WORKER_ROLES, type WorkerRole } from "./worker/worker-role.js";
export type { StoreHealth } from "./worker/store-contact.js";
export { Worker } from "./worker/worker.js";
