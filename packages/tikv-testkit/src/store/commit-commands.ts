import type { kvrpcpb } from "@roboflow/tikv-proto";
import { Changes } from "../mvcc/changes.js";
import { commitKey } from "../mvcc/commit.js";
import type { Engine } from "../mvcc/engine.js";
import { keyError, type Fault } from "../mvcc/fault.js";
import { pessimisticLock, pessimisticRollback } from "../mvcc/pessimistic-lock.js";
import { prewrite } from "../mvcc/prewrite.js";
import { rollBackKey } from "../mvcc/rollback.js";
import type { Command } from "./command.js";
import { lockedReply, lockFailedReply } from "./pessimistic-lock-reply.js";

const keysOf = ({ mutations }: { readonly mutations: readonly kvrpcpb.Mutation[] }) =>
  mutations.map(({ key }) => key);

export const kvPrewrite: Command<"KvPrewrite"> = {
  data: "txn",
  keys: keysOf,
  run({ state }, request) {
    const { faults, minCommitTs, onePcCommitTs } = prewrite(state.engine, request);
    return { errors: faults.map(keyError), minCommitTs, onePcCommitTs };
  },
};

export const kvCommit: Command<"KvCommit"> = {
  data: "txn",
  keys: ({ keys }) => keys,
  run({ state }, request) {
    const { startVersion: startTs, commitVersion: commitTs } = request;
    if (commitTs <= startTs) {
      return { error: { abort: `InvalidTxnTso { ${startTs}, ${commitTs} }` } };
    }
    const fault = forEachKey(state.engine, request.keys, (changes, key) =>
      commitKey(state.engine.store, changes, key, startTs, commitTs),
    );
    return fault === undefined ? { commitVersion: commitTs } : { error: keyError(fault) };
  },
};

export const kvBatchRollback: Command<"KvBatchRollback"> = {
  data: "txn",
  keys: ({ keys }) => keys,
  run({ state }, request) {
    const fault = forEachKey(state.engine, request.keys, (changes, key) =>
      rollBackKey(state.engine.store, changes, key, request.startVersion, 0n, false),
    );
    return fault === undefined ? {} : { error: keyError(fault) };
  },
};

export const kvCleanup: Command<"KvCleanup"> = {
  data: "txn",
  keys: ({ key }) => [key],
  run({ state }, request) {
    const fault = forEachKey(state.engine, [request.key], (changes, key) =>
      rollBackKey(state.engine.store, changes, key, request.startVersion, request.currentTs, true),
    );
    if (fault?.kind === "committed") {
      return { commitVersion: fault.commitTs };
    }
    return fault === undefined ? {} : { error: keyError(fault) };
  },
};

export const kvPessimisticLock: Command<"KvPessimisticLock"> = {
  data: "txn",
  keys: keysOf,
  async run({ state, storeId }, request) {
    const result = await pessimisticLock(state.engine, request, storeId);
    return result.kind === "ok"
      ? lockedReply(request, result.keys)
      : lockFailedReply(request, result.fault);
  },
};

export const kVPessimisticRollback: Command<"KVPessimisticRollback"> = {
  data: "txn",
  keys: ({ keys }) => keys,
  run({ state }, request) {
    pessimisticRollback(state.engine, request);
    return {};
  },
};

/** All keys or none. */
function forEachKey(
  engine: Engine,
  keys: readonly Uint8Array[],
  change: (changes: Changes, key: Uint8Array) => Fault | undefined,
): Fault | undefined {
  const changes = new Changes();
  for (const key of keys) {
    const fault = change(changes, key);
    if (fault !== undefined) {
      return fault;
    }
  }
  engine.apply(changes);
  return undefined;
}
