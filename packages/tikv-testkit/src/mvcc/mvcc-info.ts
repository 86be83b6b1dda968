import type { MessageInitShape } from "@bufbuild/protobuf";
import { kvrpcpb } from "@roboflow/tikv-proto";
import type { Engine } from "./engine.js";
import { opOf } from "./lock.js";
import type { Write } from "./write.js";

/** Longer values are not kept in the lock or record itself. */
const SHORT_VALUE_BYTES = 255;

const WRITE_OPS = {
  put: kvrpcpb.Op.Put,
  delete: kvrpcpb.Op.Del,
  lock: kvrpcpb.Op.Lock,
  rollback: kvrpcpb.Op.Rollback,
} as const satisfies Record<Write["kind"], kvrpcpb.Op>;

/** All records of a key, newest first, as `MvccGetByKey` shows them. */
export function mvccInfo(
  engine: Engine,
  key: Uint8Array,
): MessageInitShape<typeof kvrpcpb.MvccInfoSchema> {
  const lock = engine.store.locks.get(key);
  const writes = engine.store.writes(key);
  const versions = lock === undefined ? writes : [lock, ...writes];
  return {
    ...(lock === undefined
      ? {}
      : {
          lock: {
            type: opOf(lock.kind),
            startTs: lock.startTs,
            primary: lock.primary,
            shortValue: short(lock.value),
            ttl: lock.ttlMs,
            forUpdateTs: lock.forUpdateTs,
            txnSize: lock.txnSize,
            useAsyncCommit: lock.asyncCommit,
            secondaries: [...lock.secondaries],
            rollbackTs: [...lock.rollbackTs],
          },
        }),
    writes: writes.map((write) => ({
      type: WRITE_OPS[write.kind],
      startTs: write.startTs,
      commitTs: write.commitTs,
      shortValue: short(write.value),
      hasOverlappedRollback: write.overlappedRollback,
    })),
    values: versions.flatMap(({ startTs, value }) =>
      value !== undefined && value.length > SHORT_VALUE_BYTES ? [{ startTs, value }] : [],
    ),
  };
}

function short(value: Uint8Array | undefined): Uint8Array {
  return value !== undefined && value.length <= SHORT_VALUE_BYTES ? value : new Uint8Array(0);
}
