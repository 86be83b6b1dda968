import { compareBytes, type kvrpcpb } from "@roboflow/tikv-proto";
import { LRUCache } from "lru-cache";
import type { Backoff } from "../../backoff/backoff.js";
import type { Cluster } from "../../cluster.js";
import type { Background } from "../background.js";
import { MAX_TIMESTAMP, msUntilExpired } from "../timestamps.js";
import { settleAsyncCommit } from "./async-commit.js";
import { checkStatus } from "./check-status.js";
import { Cleanup } from "./cleanup.js";
import { isFinal, type FinalStatus, type TransactionStatus } from "./transaction-status.js";

/** As many as client-go keeps. */
const STATUSES = 2048;
/** client-go's budget for resolving that no caller waits for, ms. */
const BACKGROUND_BUDGET_MS = 40_000;

export interface ResolveOptions {
  /** The reader's timestamp; 0 for writers. */
  readonly callerStartTs: bigint;
  /** `read`: passes locks whose fate is known, without waiting until they are gone. */
  readonly purpose: "read" | "write";
  /** A reader's second try: waits until they are gone after all. */
  readonly thorough?: boolean;
}

/** What a caller may do about the locks it met. */
export interface LocksResolved {
  /** Until the first living one expires, ms; 0: go on at once. */
  readonly waitMs: number;
  /** Transactions that a reader may ignore: rolled back, or committed after it. */
  readonly ignored: readonly bigint[];
  /** Those committed before it, whose locks it may read as values. */
  readonly accessible: readonly bigint[];
}

/**
 * Finds out what became of the transactions whose locks are in the way, finishes those that are
 * over, and says how long to wait for the living.
 */
export class LockResolver {
  readonly #cluster: Cluster;
  readonly #background: Background;
  readonly #final = new LRUCache<bigint, FinalStatus>({ max: STATUSES });

  constructor(cluster: Cluster, background: Background) {
    this.#cluster = cluster;
    this.#background = background;
  }

  async resolve(
    backoff: Backoff,
    locks: readonly kvrpcpb.LockInfo[],
    options: ResolveOptions,
  ): Promise<LocksResolved> {
    const { callerStartTs, purpose } = options;
    const cleanup = new Cleanup(purpose === "read");
    const ignored: bigint[] = [];
    const accessible: bigint[] = [];
    const alive = new Set<bigint>();
    let waitMs: number | undefined;
    for (const lock of locks) {
      if (alive.has(lock.lockVersion)) continue;
      const status = await this.#settle(backoff, lock, callerStartTs, cleanup, false);
      if (status.kind === "committed" && purpose === "read" && status.commitTs <= callerStartTs) {
        accessible.push(lock.lockVersion);
      } else if (status.kind === "alive" && !(purpose === "read" && status.pushed)) {
        const now = await this.#cluster.pd.timestamp(backoff);
        const left = Math.max(0, msUntilExpired(lock.lockVersion, status.ttlMs, now));
        waitMs = Math.min(waitMs ?? left, left);
        alive.add(lock.lockVersion);
      } else {
        ignored.push(lock.lockVersion);
      }
    }
    await this.#clean(backoff, cleanup, purpose === "read" && options.thorough !== true);
    return { waitMs: waitMs ?? 0, ignored, accessible };
  }

  /** Decides a transaction now, whatever its time to live: rolled back unless it has committed. */
  async decide(backoff: Backoff, primary: kvrpcpb.LockInfo): Promise<FinalStatus | undefined> {
    const cleanup = new Cleanup(true);
    const unconditional = { ...primary, lockTtl: 0n };
    const status = await this.#settle(backoff, unconditional, 0n, cleanup, false);
    await this.#clean(backoff, cleanup, false);
    return isFinal(status) ? status : undefined;
  }

  /** As `decide`, for every lock given: none of them is left. */
  async finish(backoff: Backoff, locks: readonly kvrpcpb.LockInfo[]): Promise<void> {
    const cleanup = new Cleanup(true);
    for (const lock of locks) {
      await this.#settle(backoff, { ...lock, lockTtl: 0n }, 0n, cleanup, false);
    }
    await this.#clean(backoff, cleanup, false);
  }

  /** What the locks become, left to `cleanup`; `forceSync`: it is no async commit after all. */
  async #settle(
    backoff: Backoff,
    lock: kvrpcpb.LockInfo,
    callerStartTs: bigint,
    cleanup: Cleanup,
    forceSync: boolean,
  ): Promise<TransactionStatus> {
    const known = this.#final.get(lock.lockVersion);
    this.#cluster.options.hooks.cache?.({ cache: "transaction-status", hit: known !== undefined });
    if (known !== undefined) {
      cleanup.add(lock, known, false);
      return known;
    }
    const status = await checkStatus(this.#cluster, backoff, lock, callerStartTs, forceSync);
    if (status.kind === "alive") {
      if (status.primary?.useAsyncCommit !== true || forceSync) return status;
      const now = lock.lockTtl === 0n ? MAX_TIMESTAMP : await this.#cluster.pd.timestamp(backoff);
      if (msUntilExpired(lock.lockVersion, status.ttlMs, now) > 0) return status;
      const verdict = await settleAsyncCommit(this.#cluster, backoff, status.primary);
      if (verdict.kind === "not-async") {
        return this.#settle(backoff, lock, callerStartTs, cleanup, true);
      }
      this.#final.set(lock.lockVersion, verdict.status);
      cleanup.add(lock, verdict.status, false, verdict.locked);
      return verdict.status;
    }
    if (isFinal(status)) this.#final.set(lock.lockVersion, status);
    // The check itself has removed the primary's lock.
    cleanup.add(lock, status, compareBytes(lock.key, lock.primaryLock) === 0);
    return status;
  }

  async #clean(backoff: Backoff, cleanup: Cleanup, later: boolean): Promise<void> {
    if (cleanup.isEmpty) return;
    if (!later) {
      await cleanup.run(this.#cluster, backoff);
      return;
    }
    await this.#background.run("Resolving locks that a read met", () =>
      cleanup.run(this.#cluster, this.#cluster.backoff(BACKGROUND_BUDGET_MS)),
    );
  }
}
