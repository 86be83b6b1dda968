import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { kvrpcpb, timestampOf } from "@roboflow/tikv-proto";
import { Changes } from "../src/mvcc/changes.js";
import { commitKey } from "../src/mvcc/commit.js";
import { checkTxnStatus, type TxnStatusResult } from "../src/mvcc/check-txn-status.js";
import { Engine } from "../src/mvcc/engine.js";
import type { Fault } from "../src/mvcc/fault.js";
import { pessimisticLock, type PessimisticLockResult } from "../src/mvcc/pessimistic-lock.js";
import { prewrite, type PrewriteResult } from "../src/mvcc/prewrite.js";
import { readKey, readView } from "../src/mvcc/read.js";
import { rollBackKey } from "../src/mvcc/rollback.js";
import { bytes, text } from "./client.js";

type PrewriteInit = Exclude<
  MessageInitShape<typeof kvrpcpb.PrewriteRequestSchema>,
  kvrpcpb.PrewriteRequest
>;
type LockInit = Exclude<
  MessageInitShape<typeof kvrpcpb.PessimisticLockRequestSchema>,
  kvrpcpb.PessimisticLockRequest
>;
type StatusInit = Exclude<
  MessageInitShape<typeof kvrpcpb.CheckTxnStatusRequestSchema>,
  kvrpcpb.CheckTxnStatusRequest
>;

type ContextInit = MessageInitShape<typeof kvrpcpb.ContextSchema>;

const OPS: Readonly<Record<string, kvrpcpb.Op>> = {
  put: kvrpcpb.Op.Put,
  delete: kvrpcpb.Op.Del,
  lock: kvrpcpb.Op.Lock,
  insert: kvrpcpb.Op.Insert,
  check: kvrpcpb.Op.CheckNotExists,
};

/** A timestamp `ms` after the epoch. */
export const at = (ms: number, logical = 0): bigint => timestampOf(BigInt(ms), BigInt(logical));

/** Runs transactions on an engine, in the words of tests. */
export class Mvcc {
  readonly engine = new Engine();

  /** @param mutations such as `put a 1`, `delete a`; the first key is the primary */
  prewrite(startTs: bigint, mutations: readonly string[], more: PrewriteInit = {}): PrewriteResult {
    const parsed = mutations.map((mutation) => {
      const [op = "", key = "", value = ""] = mutation.split(" ");
      const code = OPS[op];
      if (code === undefined) {
        throw new Error(`no mutation ${mutation}`);
      }
      return { op: code, key: bytes(key), value: bytes(value) };
    });
    return prewrite(
      this.engine,
      create(kvrpcpb.PrewriteRequestSchema, {
        mutations: parsed,
        primaryLock: parsed[0]?.key ?? bytes(""),
        startVersion: startTs,
        lockTtl: 1_000n,
        ...more,
      }),
    );
  }

  commit(startTs: bigint, commitTs: bigint, ...keys: readonly string[]): Fault | undefined {
    return this.#change(keys, (changes, key) =>
      commitKey(this.engine.store, changes, key, startTs, commitTs),
    );
  }

  rollBack(
    startTs: bigint,
    keys: readonly string[],
    options: { readonly currentTs?: bigint; readonly isProtected?: boolean } = {},
  ): Fault | undefined {
    const { currentTs = 0n, isProtected = false } = options;
    return this.#change(keys, (changes, key) =>
      rollBackKey(this.engine.store, changes, key, startTs, currentTs, isProtected),
    );
  }

  /** A whole transaction. */
  write(startTs: bigint, commitTs: bigint, ...mutations: readonly string[]): void {
    const { faults } = this.prewrite(startTs, mutations);
    const keys = mutations.map((mutation) => mutation.split(" ")[1] ?? "");
    const fault = faults[0] ?? this.commit(startTs, commitTs, ...keys);
    if (fault !== undefined) {
      throw new Error(`could not write: ${fault.kind}`);
    }
  }

  /** @param keys the first is the primary */
  lock(
    startTs: bigint,
    forUpdateTs: bigint,
    keys: readonly string[],
    more: LockInit = {},
  ): Promise<PessimisticLockResult> {
    return pessimisticLock(
      this.engine,
      create(kvrpcpb.PessimisticLockRequestSchema, {
        mutations: keys.map((key) => ({ op: kvrpcpb.Op.PessimisticLock, key: bytes(key) })),
        primaryLock: bytes(keys[0] ?? ""),
        startVersion: startTs,
        forUpdateTs,
        lockTtl: 1_000n,
        waitTimeout: -1n,
        ...more,
      }),
      1n,
    );
  }

  status(primary: string, lockTs: bigint, more: StatusInit = {}): TxnStatusResult {
    const primaryKey = bytes(primary);
    return checkTxnStatus(
      this.engine,
      create(kvrpcpb.CheckTxnStatusRequestSchema, { primaryKey, lockTs, ...more }),
    );
  }

  /** The value, `nothing`, or the kind of fault. Does not count as a read for others. */
  get(key: string, ts: bigint, context: ContextInit = {}): string {
    const view = readView(ts, create(kvrpcpb.ContextSchema, context));
    const result = readKey(this.engine, bytes(key), view);
    switch (result.kind) {
      case "found":
        return text(result.value);
      case "absent":
        return "nothing";
      case "fault":
        return result.fault.kind;
    }
  }

  /** Kinds of the records of a key, newest first. */
  records(key: string): string[] {
    return this.engine.store.writes(bytes(key)).map(({ kind }) => kind);
  }

  /** Kinds of the locks by key. */
  get locks(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.engine.store.locks.entries()].map(([key, { kind }]) => [text(key), kind]),
    );
  }

  #change(
    keys: readonly string[],
    change: (changes: Changes, key: Uint8Array) => Fault | undefined,
  ): Fault | undefined {
    const changes = new Changes();
    for (const key of keys) {
      const fault = change(changes, bytes(key));
      if (fault !== undefined) {
        return fault;
      }
    }
    this.engine.apply(changes);
    return undefined;
  }
}

/** Kinds of faults. */
export const kinds = (faults: readonly Fault[]): string[] => faults.map(({ kind }) => kind);
