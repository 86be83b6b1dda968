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
export { AuditKeys, BatchKeys, ConfigKeys, JobKeys, LockKeys, WorkerKeys } from "./keys/keys.js";
export type {
  KvPair,
  KvReader,
  KvStore,
  KvTransaction,
  ScanOptions,
  TransactOptions,
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
export { openStore } from "./store/open-store.js";
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
} from "./worker/conversion.js";
