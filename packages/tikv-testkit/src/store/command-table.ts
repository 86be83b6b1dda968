import type { RequestOf, StoreRpc } from "../rpc/methods.js";
import type { Command } from "./command.js";
import * as commit from "./commit-commands.js";
import * as raw from "./raw-commands.js";
import * as read from "./read-commands.js";
import * as region from "./region-commands.js";
import * as resolve from "./resolve-commands.js";

export const COMMANDS: { readonly [Name in StoreRpc]: Command<Name> } = {
  KvGet: read.kvGet,
  KvBatchGet: read.kvBatchGet,
  KvScan: read.kvScan,
  MvccGetByKey: read.mvccGetByKey,
  KvPrewrite: commit.kvPrewrite,
  KvCommit: commit.kvCommit,
  KvBatchRollback: commit.kvBatchRollback,
  KvCleanup: commit.kvCleanup,
  KvPessimisticLock: commit.kvPessimisticLock,
  KVPessimisticRollback: commit.kVPessimisticRollback,
  KvCheckTxnStatus: resolve.kvCheckTxnStatus,
  KvCheckSecondaryLocks: resolve.kvCheckSecondaryLocks,
  KvResolveLock: resolve.kvResolveLock,
  KvScanLock: resolve.kvScanLock,
  KvTxnHeartBeat: resolve.kvTxnHeartBeat,
  KvGC: region.kvGC,
  KvDeleteRange: region.kvDeleteRange,
  UnsafeDestroyRange: region.unsafeDestroyRange,
  SplitRegion: region.splitRegion,
  RawGet: raw.rawGet,
  RawBatchGet: raw.rawBatchGet,
  RawPut: raw.rawPut,
  RawBatchPut: raw.rawBatchPut,
  RawDelete: raw.rawDelete,
  RawBatchDelete: raw.rawBatchDelete,
  RawScan: raw.rawScan,
  RawDeleteRange: raw.rawDeleteRange,
  RawGetKeyTTL: raw.rawGetKeyTTL,
  RawCompareAndSwap: raw.rawCompareAndSwap,
};

/** A request with its name: what `execute` takes. */
export type AnyRequest = { [Name in StoreRpc]: RequestOf<Name> }[StoreRpc];

export function isStoreRpc(name: string): name is StoreRpc {
  return Object.hasOwn(COMMANDS, name);
}
