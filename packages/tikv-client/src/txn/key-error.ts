import { kvrpcpb } from "@roboflow/tikv-proto";
import { TikvError } from "../error.js";
import type { KeyCodec } from "../key-codec.js";

/** What the store said of one key, when it is not just a lock, as the error the caller gets. */
export function keyFailure(codec: KeyCodec, error: kvrpcpb.KeyError): TikvError {
  const named = (key: Uint8Array): { key?: Uint8Array } =>
    key.length === 0 ? {} : { key: codec.decode(key) };
  if (error.alreadyExist !== undefined) {
    return new TikvError("ERR_ROBOFLOW_TIKV_KEY_EXISTS", "An inserted key exists already", {
      ...named(error.alreadyExist.key),
    });
  }
  if (error.conflict !== undefined) return conflictFailure(error.conflict, named);
  if (error.deadlock !== undefined) {
    return new TikvError(
      "ERR_ROBOFLOW_TIKV_DEADLOCK",
      `Waiting for the lock of transaction ${error.deadlock.lockTs} would close a cycle`,
      { permanence: "transient", ...named(error.deadlock.lockKey), hint: RUN_AGAIN },
    );
  }
  if (error.txnLockNotFound !== undefined) {
    return rolledBack("its lock is gone", named(error.txnLockNotFound.key));
  }
  // Some stores put it only into words, which may quote keys: they go no further than the cause.
  const words = error.retryable || error.abort;
  if (words !== "") return rolledBack("it said why in words", { cause: new Error(words) });
  return new TikvError(
    "ERR_ROBOFLOW_TIKV_PROTOCOL",
    `The store gave an error that can't happen here: ${fieldsOf(error).join(", ") || "an empty one"}`,
  );
}

const RUN_AGAIN = "Roll it back and run it again, e.g. with TransactionClient.transaction";

function conflictFailure(
  conflict: kvrpcpb.WriteConflict,
  named: (key: Uint8Array) => { key?: Uint8Array },
): TikvError {
  if (conflict.reason === kvrpcpb.WriteConflict_Reason.SelfRolledBack) {
    return rolledBack("a key of it was rolled back", named(conflict.key));
  }
  return new TikvError(
    "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT",
    `Transaction ${conflict.conflictTs} wrote a key after transaction ${conflict.startTs} had begun`,
    { permanence: "transient", ...named(conflict.key), hint: RUN_AGAIN },
  );
}

function rolledBack(why: string, at: { key?: Uint8Array; cause?: Error }): TikvError {
  return new TikvError(
    "ERR_ROBOFLOW_TIKV_ROLLED_BACK",
    `The transaction was rolled back by the store or another client: ${why}`,
    { permanence: "transient", ...at, hint: RUN_AGAIN },
  );
}

function fieldsOf(error: kvrpcpb.KeyError): string[] {
  return Object.entries(error)
    .filter(([name, value]) => !name.startsWith("$") && value !== undefined && value !== "")
    .map(([name]) => name);
}
