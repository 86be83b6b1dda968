export type { Cluster, RegionGroup, SendOptions, Sent } from "./cluster.js";
export { openCluster, type OpenCluster } from "./cluster/open-cluster.js";
export {
  TikvError,
  UndeterminedError,
  type TikvErrorCode,
  type TikvErrorOptions,
} from "./error.js";
export type { ClientHooks, ClientOptions, TlsOptions } from "./options.js";
export {
  RawClient,
  type CompareAndSwap,
  type RawCallOptions,
  type RawClientOptions,
  type RawPutOptions,
  type Swapped,
} from "./raw/raw-client.js";
export type { RawPair, RawScanOptions } from "./raw/scan.js";
export { openTelemetryHooks, type OpenTelemetryOptions } from "./telemetry/open-telemetry.js";
export type { GcOptions } from "./txn/gc.js";
export { MAX_ENTRY_BYTES, MAX_KEY_BYTES, MAX_TRANSACTION_BYTES, type KeyLike } from "./limits.js";
export type { Page } from "./txn/read/page.js";
export type { KeyValue, Scan, ScanOptions } from "./txn/read/scan.js";
export type { RunOptions } from "./txn/run-transaction.js";
export type { ReadOptions, Snapshot } from "./txn/snapshot.js";
export { TransactionClient, type TransactionClientOptions } from "./txn/transaction-client.js";
export type { TransactionOptions } from "./txn/transaction-options.js";
export type { CommitOptions, LockOptions, Transaction } from "./txn/transaction.js";
