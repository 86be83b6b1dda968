import type { MessageShape } from "@bufbuild/protobuf";
import * as kv from "../gen/kvrpcpb_pb.js";
import type { Error as RegionError } from "../gen/errorpb_pb.js";
import type { Command } from "./command.js";
import { generated, type Body } from "./generated.js";
import type { PairList } from "./pair-list.js";

export interface PairsReply {
  readonly regionError?: RegionError | undefined;
  /** About the whole request. */
  readonly error?: kv.KeyError | undefined;
  readonly pairs: PairList;
}

function listOf(pairs: readonly kv.KvPair[]): PairList {
  const at = (index: number): kv.KvPair => {
    const pair = pairs[index];
    if (pair === undefined) throw new RangeError(`No pair ${index} of ${pairs.length}`);
    return pair;
  };
  return {
    length: pairs.length,
    key: (index) => at(index).key,
    value: (index) => at(index).value,
    error: (index) => at(index).error,
  };
}

function pairsOf<Request>(
  command: Command<
    Request,
    MessageShape<typeof kv.ScanResponseSchema> | MessageShape<typeof kv.BatchGetResponseSchema>
  >,
): Command<Request, PairsReply> {
  return {
    ...command,
    decode(bytes) {
      const { regionError, error, pairs } = command.decode(bytes);
      return { regionError, error, pairs: listOf(pairs) };
    },
  };
}

function rawScan(): Command<Body<typeof kv.RawScanRequestSchema>, PairsReply> {
  const command = generated("RawScan", 19, kv.RawScanRequestSchema, kv.RawScanResponseSchema);
  return {
    ...command,
    decode(bytes) {
      const { regionError, kvs } = command.decode(bytes);
      return { regionError, pairs: listOf(kvs) };
    },
  };
}

function rawBatchGet(): Command<Body<typeof kv.RawBatchGetRequestSchema>, PairsReply> {
  const command = generated(
    "RawBatchGet",
    14,
    kv.RawBatchGetRequestSchema,
    kv.RawBatchGetResponseSchema,
  );
  return {
    ...command,
    decode(bytes) {
      const { regionError, pairs } = command.decode(bytes);
      return { regionError, pairs: listOf(pairs) };
    },
  };
}

/** Every command of `tikvpb.Tikv` that a client needs. */
export const commands = {
  get: generated("KvGet", 1, kv.GetRequestSchema, kv.GetResponseSchema),
  scan: pairsOf(generated("KvScan", 2, kv.ScanRequestSchema, kv.ScanResponseSchema)),
  prewrite: generated("KvPrewrite", 3, kv.PrewriteRequestSchema, kv.PrewriteResponseSchema),
  commit: generated("KvCommit", 4, kv.CommitRequestSchema, kv.CommitResponseSchema),
  cleanup: generated("KvCleanup", 6, kv.CleanupRequestSchema, kv.CleanupResponseSchema),
  batchGet: pairsOf(
    generated("KvBatchGet", 7, kv.BatchGetRequestSchema, kv.BatchGetResponseSchema),
  ),
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
  rawGet: generated("RawGet", 13, kv.RawGetRequestSchema, kv.RawGetResponseSchema),
  rawBatchGet: rawBatchGet(),
  rawPut: generated("RawPut", 15, kv.RawPutRequestSchema, kv.RawPutResponseSchema),
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
  rawScan: rawScan(),
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
