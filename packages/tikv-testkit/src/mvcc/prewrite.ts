import { compareBytes, kvrpcpb } from "@roboflow/tikv-proto";
import { Changes } from "./changes.js";
import { committedWrite } from "./commit.js";
import type { Engine } from "./engine.js";
import type { Fault } from "./fault.js";
import type { Lock } from "./lock.js";
import { prewriteKey, type CommitKind, type PrewriteMutation } from "./prewrite-key.js";

const { PrewriteRequest_PessimisticAction: PessimisticAction } = kvrpcpb;

export interface PrewriteResult {
  readonly faults: readonly Fault[];
  /** Of an async commit; 0: not, or no longer. */
  readonly minCommitTs: bigint;
  /** Of a transaction that is committed with this; 0: not. */
  readonly onePcCommitTs: bigint;
}

interface PendingLock {
  readonly key: Uint8Array;
  readonly lock: Lock;
  readonly replacesPessimistic: boolean;
}

/** The first phase of a commit, or the only one: all keys of the request or none. */
export function prewrite(engine: Engine, request: kvrpcpb.PrewriteRequest): PrewriteResult {
  return new Prewrite(engine, request).run();
}

class Prewrite {
  readonly #pending: PendingLock[] = [];
  #commitKind: CommitKind;
  /** Whether the locks so far and to come are of an async commit, in one phase or two. */
  #isAsync: boolean;
  #minCommitTs = 0n;

  constructor(
    private readonly engine: Engine,
    private readonly request: kvrpcpb.PrewriteRequest,
  ) {
    this.#isAsync = request.useAsyncCommit;
    this.#commitKind = request.tryOnePc ? "one-phase" : this.#isAsync ? "async" : "two-phase";
  }

  run(): PrewriteResult {
    const locked: Fault[] = [];
    let assertionFailed: Fault | undefined;
    for (const [index, mutation] of this.request.mutations.entries()) {
      const result = prewriteKey(this.engine, this.#item(mutation, index));
      switch (result.kind) {
        case "locked-before":
        case "checked":
          this.#noteMinCommitTs(result.minCommitTs);
          break;
        case "lock":
          this.#pending.push({ key: mutation.key.slice(), ...result });
          this.#noteMinCommitTs(result.lock.minCommitTs);
          break;
        case "too-late": {
          const commitTs = this.#committedAt(mutation.key);
          if (commitTs !== undefined) {
            return this.#committedBefore(commitTs);
          }
          this.#pending.push({ key: mutation.key.slice(), ...result });
          this.#fallBack();
          break;
        }
        case "fault": {
          const { fault } = result;
          const commitTs = mayBeOwnCommit(fault) ? this.#committedAt(mutation.key) : undefined;
          if (commitTs !== undefined) {
            return this.#committedBefore(commitTs);
          }
          if (fault.kind === "locked") {
            locked.push(fault);
          } else if (fault.kind === "assertion-failed") {
            assertionFailed ??= fault;
          } else {
            return { faults: [fault], minCommitTs: 0n, onePcCommitTs: 0n };
          }
        }
      }
    }
    if (assertionFailed !== undefined) {
      return { faults: [assertionFailed], minCommitTs: 0n, onePcCommitTs: 0n };
    }
    if (locked.length > 0) {
      return { faults: locked, minCommitTs: 0n, onePcCommitTs: 0n };
    }
    this.#write();
    return this.#result(this.#minCommitTs);
  }

  #item(mutation: kvrpcpb.Mutation, index: number): PrewriteMutation {
    const { request } = this;
    const isPrimary = compareBytes(mutation.key, request.primaryLock) === 0;
    return {
      request,
      mutation,
      action: request.pessimisticActions[index] ?? PessimisticAction.SKIP_PESSIMISTIC_CHECK,
      expectedForUpdateTs: request.forUpdateTsConstraints.find((c) => c.index === index)
        ?.expectedForUpdateTs,
      isRetry: request.context?.isRetryRequest ?? false,
      commitKind: this.#commitKind,
      secondaries: this.#isAsync ? (isPrimary ? request.secondaries : []) : undefined,
    };
  }

  #noteMinCommitTs(ts: bigint): void {
    if (this.#commitKind === "two-phase") {
      return;
    }
    if (ts === 0n) {
      // An earlier attempt has fallen back on this key, so this one must too.
      this.#fallBack();
    } else if (ts > this.#minCommitTs) {
      this.#minCommitTs = ts;
    }
  }

  /** Commits in two phases after all. Locks that are made stay as they are. */
  #fallBack(): void {
    this.#commitKind = "two-phase";
    this.#isAsync = false;
    this.#minCommitTs = 0n;
  }

  #committedAt(key: Uint8Array): bigint | undefined {
    const record = this.engine.store.txnRecord(key, this.request.startVersion);
    return record.kind === "committed" ? record.write.commitTs : undefined;
  }

  /** A late copy of a request whose transaction is through. */
  #committedBefore(commitTs: bigint): PrewriteResult {
    return this.#result(commitTs);
  }

  #result(ts: bigint): PrewriteResult {
    return {
      faults: [],
      minCommitTs: this.#isAsync ? ts : 0n,
      onePcCommitTs: this.#commitKind === "one-phase" ? ts : 0n,
    };
  }

  #write(): void {
    const changes = new Changes();
    for (const { key, lock, replacesPessimistic } of this.#pending) {
      const write =
        this.#commitKind === "one-phase" ? committedWrite(lock, this.#minCommitTs) : undefined;
      if (write === undefined) {
        changes.lock(key, lock);
        continue;
      }
      changes.write(key, write);
      if (replacesPessimistic) {
        changes.unlock(key, write.commitTs);
      }
    }
    this.engine.apply(changes);
  }
}

/** Whether a fault may only be there because the same transaction has committed. */
function mayBeOwnCommit(fault: Fault): boolean {
  return (
    fault.kind === "locked" ||
    fault.kind === "pessimistic-lock-not-found" ||
    (fault.kind === "write-conflict" && fault.conflictCommitTs > fault.startTs)
  );
}
