import { compareBytes, type kvrpcpb } from "@roboflow/tikv-proto";
import type { KeySpan } from "../key-span.js";
import { Changes } from "./changes.js";
import { commitKey } from "./commit.js";
import type { Engine } from "./engine.js";
import type { Fault } from "./fault.js";
import type { Lock } from "./lock.js";
import { rollBackKey } from "./rollback.js";

/** Commits (`commitVersion` not 0) or rolls back the locks of decided transactions. */
export function resolveLocks(
  engine: Engine,
  request: kvrpcpb.ResolveLockRequest,
  region: KeySpan,
): Fault | undefined {
  const changes = new Changes();
  for (const { key, startTs, commitTs } of lockedBy(engine, request, region)) {
    const fault = resolve(engine, changes, key, startTs, commitTs);
    if (fault !== undefined) {
      return fault;
    }
  }
  engine.apply(changes);
  return undefined;
}

/** Locks at or before `maxTs`, in order of key. `limit` 0: all. */
export function scanLocks(
  engine: Engine,
  span: KeySpan,
  maxTs: bigint,
  limit: number,
): Map<Uint8Array, Lock> {
  engine.raiseMaxTs(maxTs);
  const found = new Map<Uint8Array, Lock>();
  for (const [key, lock] of locksIn(engine, span)) {
    if (limit !== 0 && found.size >= limit) {
      break;
    }
    if (lock.startTs <= maxTs) {
      found.set(key, lock);
    }
  }
  return found;
}

function* locksIn(engine: Engine, span: KeySpan): Iterable<readonly [Uint8Array, Lock]> {
  for (const [key, lock] of engine.store.locks.entries(span.start)) {
    if (span.end !== undefined && compareBytes(key, span.end) >= 0) {
      return;
    }
    yield [key, lock];
  }
}

function* lockedBy(
  engine: Engine,
  request: kvrpcpb.ResolveLockRequest,
  region: KeySpan,
): Iterable<{ key: Uint8Array; startTs: bigint; commitTs: bigint }> {
  const { startVersion: startTs, commitVersion: commitTs } = request;
  if (request.keys.length > 0) {
    yield* request.keys.map((key) => ({ key, startTs, commitTs }));
    return;
  }
  const decided = new Map(request.txnInfos.map(({ txn, status }) => [txn, status]));
  if (decided.size === 0) {
    decided.set(startTs, commitTs);
  }
  for (const [key, lock] of locksIn(engine, region)) {
    const status = decided.get(lock.startTs);
    if (status !== undefined) {
      yield { key, startTs: lock.startTs, commitTs: status };
    }
  }
}

function resolve(
  engine: Engine,
  changes: Changes,
  key: Uint8Array,
  startTs: bigint,
  commitTs: bigint,
): Fault | undefined {
  if (commitTs === 0n) {
    return rollBackKey(engine.store, changes, key, startTs, 0n, false);
  }
  if (commitTs <= startTs) {
    return { kind: "aborted", message: `InvalidTxnTso { ${startTs}, ${commitTs} }` };
  }
  return commitKey(engine.store, changes, key, startTs, commitTs);
}
