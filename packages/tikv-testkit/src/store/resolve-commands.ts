import { kvrpcpb } from "@roboflow/tikv-proto";
import { Changes } from "../mvcc/changes.js";
import { checkSecondaryLocks } from "../mvcc/check-secondary-locks.js";
import { checkTxnStatus } from "../mvcc/check-txn-status.js";
import { keyError } from "../mvcc/fault.js";
import { lockInfo } from "../mvcc/lock.js";
import { resolveLocks, scanLocks } from "../mvcc/resolve-lock.js";
import { clip } from "../key-span.js";
import type { Command } from "./command.js";

const { Action } = kvrpcpb;

export const kvCheckTxnStatus: Command<"KvCheckTxnStatus"> = {
  data: "txn",
  keys: ({ primaryKey }) => [primaryKey],
  run({ state }, request) {
    const result = checkTxnStatus(state.engine, request);
    if (result.kind === "fault") {
      return { error: keyError(result.fault) };
    }
    const { status } = result;
    switch (status.kind) {
      case "committed":
        return { commitVersion: status.commitTs };
      case "rolled-back":
        return {};
      case "expired":
        return { action: Action.TTLExpireRollback };
      case "pessimistic-expired":
        return { action: Action.TTLExpirePessimisticRollback };
      case "never-locked":
        return { action: Action.LockNotExistRollback };
      case "unknown":
        return { action: Action.LockNotExistDoNothing };
      case "alive":
        return {
          action: status.pushed ? Action.MinCommitTSPushed : Action.NoAction,
          lockTtl: status.lock.ttlMs,
          lockInfo: lockInfo(request.primaryKey, status.lock),
        };
    }
  },
};

export const kvCheckSecondaryLocks: Command<"KvCheckSecondaryLocks"> = {
  data: "txn",
  keys: ({ keys }) => keys,
  run({ state }, request) {
    const status = checkSecondaryLocks(state.engine, request.keys, request.startVersion);
    switch (status.kind) {
      case "locked":
        return { locks: [...status.locks].map(([key, lock]) => lockInfo(key, lock)) };
      case "committed":
        return { commitTs: status.commitTs };
      case "rolled-back":
        return {};
    }
  },
};

export const kvResolveLock: Command<"KvResolveLock"> = {
  data: "txn",
  keys: ({ keys }) => keys,
  run({ state, span }, request) {
    const fault = resolveLocks(state.engine, request, span);
    return fault === undefined ? {} : { error: keyError(fault) };
  },
};

export const kvScanLock: Command<"KvScanLock"> = {
  data: "txn",
  keys: ({ startKey }) => (startKey.length === 0 ? [] : [startKey]),
  run({ state, span }, request) {
    const part = clip(span, request.startKey, request.endKey);
    const locks = scanLocks(state.engine, part, request.maxVersion, request.limit);
    return { locks: [...locks].map(([key, lock]) => lockInfo(key, lock)) };
  },
};

export const kvTxnHeartBeat: Command<"KvTxnHeartBeat"> = {
  data: "txn",
  keys: ({ primaryLock }) => [primaryLock],
  run({ state }, request) {
    const { primaryLock: key, startVersion: startTs, adviseLockTtl } = request;
    const lock = state.engine.store.locks.get(key);
    if (lock?.startTs !== startTs) {
      return { error: keyError({ kind: "txn-not-found", primary: key, startTs }) };
    }
    if (lock.ttlMs >= adviseLockTtl) {
      return { lockTtl: lock.ttlMs };
    }
    const changes = new Changes();
    changes.lock(key.slice(), { ...lock, ttlMs: adviseLockTtl });
    state.engine.apply(changes);
    return { lockTtl: adviseLockTtl };
  },
};
