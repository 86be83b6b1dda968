import * as kv from "../gen/kvrpcpb_pb.js";
import { batchGet } from "../hot/batch-get.js";
import { commit } from "../hot/commit.js";
import { get } from "../hot/get.js";
import { prewrite } from "../hot/prewrite.js";
import { rawBatchGet } from "../hot/raw-batch-get.js";
import { rawGet } from "../hot/raw-get.js";
import { rawPut } from "../hot/raw-put.js";
import { rawScan } from "../hot/raw-scan.js";
import { scan } from "../hot/scan.js";
import { generated } from "./generated.js";

/** Every command of `tikvpb.Tikv` that a client needs. */
export const commands = {
  get,
  scan,
  prewrite,
  commit,
  cleanup: generated("KvCleanup", 6, kv.CleanupRequestSchema, kv.CleanupResponseSchema),
  batchGet,
  batchRollback: generated(
    "KvBatchRollback",
    8,
    kv.BatchRollbackRequestSchema,
    kv.BatchRollbackResponseSchema,
  ),
  scanLock: generated("KvScanLock", 9, kv.ScanLockRequestSchema, kv.ScanLockResponseSchema),
  resolveLock: generated(
    "KvResolveLock",
    10,
    kv.ResolveLockRequestSchema,
    kv.ResolveLockResponseSchema,
  ),
  gc: generated("KvGC", 11, kv.GCRequestSchema, kv.GCResponseSchema),
  deleteRange: generated(
    "KvDeleteRange",
    12,
    kv.DeleteRangeRequestSchema,
    kv.DeleteRangeResponseSchema,
  ),
  rawGet,
  rawBatchGet,
  rawPut,
  rawBatchPut: generated(
    "RawBatchPut",
    16,
    kv.RawBatchPutRequestSchema,
    kv.RawBatchPutResponseSchema,
  ),
  rawDelete: generated("RawDelete", 17, kv.RawDeleteRequestSchema, kv.RawDeleteResponseSchema),
  rawBatchDelete: generated(
    "RawBatchDelete",
    18,
    kv.RawBatchDeleteRequestSchema,
    kv.RawBatchDeleteResponseSchema,
  ),
  rawScan,
  rawDeleteRange: generated(
    "RawDeleteRange",
    20,
    kv.RawDeleteRangeRequestSchema,
    kv.RawDeleteRangeResponseSchema,
  ),
  pessimisticLock: generated(
    "KvPessimisticLock",
    23,
    kv.PessimisticLockRequestSchema,
    kv.PessimisticLockResponseSchema,
  ),
  pessimisticRollback: generated(
    "KVPessimisticRollback",
    24,
    kv.PessimisticRollbackRequestSchema,
    kv.PessimisticRollbackResponseSchema,
  ),
  checkTxnStatus: generated(
    "KvCheckTxnStatus",
    25,
    kv.CheckTxnStatusRequestSchema,
    kv.CheckTxnStatusResponseSchema,
  ),
  txnHeartBeat: generated(
    "KvTxnHeartBeat",
    26,
    kv.TxnHeartBeatRequestSchema,
    kv.TxnHeartBeatResponseSchema,
  ),
  checkSecondaryLocks: generated(
    "KvCheckSecondaryLocks",
    33,
    kv.CheckSecondaryLocksRequestSchema,
    kv.CheckSecondaryLocksResponseSchema,
  ),
  rawGetKeyTtl: generated(
    "RawGetKeyTTL",
    undefined,
    kv.RawGetKeyTTLRequestSchema,
    kv.RawGetKeyTTLResponseSchema,
  ),
  rawCompareAndSwap: generated(
    "RawCompareAndSwap",
    undefined,
    kv.RawCASRequestSchema,
    kv.RawCASResponseSchema,
  ),
  unsafeDestroyRange: generated(
    "UnsafeDestroyRange",
    undefined,
    kv.UnsafeDestroyRangeRequestSchema,
    kv.UnsafeDestroyRangeResponseSchema,
  ),
  splitRegion: generated(
    "SplitRegion",
    undefined,
    kv.SplitRegionRequestSchema,
    kv.SplitRegionResponseSchema,
  ),
  mvccGetByKey: generated(
    "MvccGetByKey",
    undefined,
    kv.MvccGetByKeyRequestSchema,
    kv.MvccGetByKeyResponseSchema,
  ),
} as const;
