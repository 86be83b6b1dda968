import { kvrpcpb } from "@roboflow/tikv-proto";
import { keyError, type Fault } from "../mvcc/fault.js";
import { forces, type LockedKey } from "../mvcc/pessimistic-lock-key.js";
import type { ReplyOf } from "../rpc/methods.js";

const { PessimisticLockKeyResultType: ResultType } = kvrpcpb;
const NOTHING = new Uint8Array(0);

/** Wake-up mode "force lock" has results by key; the other has lists, of what was asked for. */
export function lockedReply(
  request: kvrpcpb.PessimisticLockRequest,
  keys: readonly LockedKey[],
): ReplyOf<"KvPessimisticLock"> {
  if (forces(request)) {
    return {
      results: keys.map(({ value, exists, conflictTs }) => {
        const isConflict = conflictTs !== 0n;
        return {
          type: isConflict ? ResultType.LockResultLockedWithConflict : ResultType.LockResultNormal,
          value: (request.returnValues || isConflict ? value : undefined) ?? NOTHING,
          existence: (request.returnValues || request.checkExistence || isConflict) && exists,
          lockedWithConflictTs: conflictTs,
        };
      }),
    };
  }
  return {
    values: request.returnValues ? keys.map(({ value }) => value ?? NOTHING) : [],
    notFounds:
      request.returnValues || request.checkExistence ? keys.map(({ exists }) => !exists) : [],
  };
}

export function lockFailedReply(
  request: kvrpcpb.PessimisticLockRequest,
  fault: Fault,
): ReplyOf<"KvPessimisticLock"> {
  return {
    errors: [keyError(fault)],
    results: forces(request) ? [{ type: ResultType.LockResultFailed }] : [],
  };
}
