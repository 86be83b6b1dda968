import { TikvError } from "../../error.js";
import type { TransactionEnvironment } from "../environment.js";
import type { Heartbeat } from "../heartbeat.js";
import { newKeyTree } from "../../key-tree.js";
import { forEachRegion, neighbours } from "../region-batches.js";
import { later } from "../timestamps.js";
import { lockInRegion, type FoundValue, type LockAttempt } from "./lock-request.js";
import { rollBackPessimistic } from "./pessimistic-rollback.js";

/** client-go's budget of locking, ms; waiting for living owners is not part of it. */
const LOCK_BUDGET_MS = 20_000;
const ROLLBACK_BUDGET_MS = 20_000;
/** So often in turn may a newer version appear between two attempts. */
const MOST_CONFLICTS = 64;

export interface LockTarget {
  readonly key: Uint8Array;
  /** It is an error for the key to exist. */
  readonly absent: boolean;
}

export interface AcquireOptions {
  /** `start`: a version newer than the transaction's start is a conflict; `now`: it is locked as it is. */
  readonly at: "start" | "now";
  /** 0: not at all. */
  readonly waitMs: number;
  readonly returnValues: boolean;
  readonly signal: AbortSignal | undefined;
}

/** A lock that is held, and as of when: nothing newer can be written while it is. */
export interface HeldLock extends FoundValue {
  readonly forUpdateTs: bigint;
}

/** The locks that a pessimistic transaction holds, kept alive until `stop`. */
export class PessimisticLocks {
  readonly #environment: TransactionEnvironment;
  readonly #startTs: bigint;
  readonly #begunAt: number;
  readonly #held = newKeyTree<HeldLock>();
  #primary: Uint8Array | undefined;
  #forUpdateTs: bigint;
  #heartbeat: Heartbeat | undefined;
  #undoing: Promise<void> | undefined;
  /** Calls that overlap take their turns: all locks point to the primary of the first. */
  #turn: Promise<void> = Promise.resolve();
  #over = false;

  constructor(environment: TransactionEnvironment, startTs: bigint, begunAt: number) {
    this.#environment = environment;
    this.#startTs = startTs;
    this.#begunAt = begunAt;
    this.#forUpdateTs = startTs;
  }

  get primary(): Uint8Array | undefined {
    return this.#primary;
  }

  get forUpdateTs(): bigint {
    return this.#forUpdateTs;
  }

  get(key: Uint8Array): HeldLock | undefined {
    return this.#held.get(key);
  }

  keys(): Uint8Array[] {
    return this.#held.keysArray();
  }

  /** Locks those that are not held. All or none; none once the transaction is over. */
  acquire(targets: readonly LockTarget[], options: AcquireOptions): Promise<void> {
    const turn = this.#turn.then(() => this.#acquire(targets, options));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #acquire(targets: readonly LockTarget[], options: AcquireOptions): Promise<void> {
    await this.#undoing;
    this.#checkOver();
    const wanted = newKeyTree<boolean>();
    for (const { key, absent } of targets) if (!this.#held.has(key)) wanted.set(key, absent);
    const first = wanted.minKey();
    if (first === undefined) return;
    const keys = wanted.keysArray();
    const assigned = this.#primary === undefined;
    this.#primary ??= first;
    const found = newKeyTree<FoundValue>();
    const attempt: LockAttempt = {
      startTs: this.#startTs,
      primary: this.#primary,
      forUpdateTs: options.at === "start" ? this.#startTs : this.#forUpdateTs,
      absent: (key) => wanted.get(key) === true,
      isFirstLock: this.#held.isEmpty && keys.length === 1,
      waitFrom: performance.now(),
      waitMs: options.waitMs,
      returnValues: options.returnValues,
      begunAt: this.#begunAt,
      onLocked: (key, value) => found.set(key, value),
      check: () => this.#checkOver(),
    };
    let forUpdateTs = attempt.forUpdateTs;
    try {
      forUpdateTs = await this.#attempts(keys, attempt, options);
      // Whoever ended it meanwhile did not know of these.
      this.#checkOver();
    } catch (error) {
      await this.#fail(keys, later(forUpdateTs, this.#forUpdateTs), assigned, error);
      throw error;
    }
    this.#forUpdateTs = later(this.#forUpdateTs, forUpdateTs);
    found.forEachPair((key, value) => {
      this.#held.set(key, { ...value, forUpdateTs });
    });
  }

  /** Gives up every lock; the transaction is over. What is being locked is given up by its own call. */
  async release(): Promise<void> {
    this.stop();
    await this.#undoing;
    if (this.#held.isEmpty) return;
    const { cluster } = this.#environment;
    const backoff = cluster.backoff(ROLLBACK_BUDGET_MS);
    await rollBackPessimistic(cluster, backoff, this.#startTs, this.#forUpdateTs, this.keys());
  }

  /** Takes no more locks, and keeps those that are held alive no longer. */
  stop(): void {
    this.#over = true;
    this.#stopHeartbeat();
  }

  #stopHeartbeat(): void {
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
  }

  /** @returns as of when the keys are locked */
  async #attempts(
    keys: readonly Uint8Array[],
    first: LockAttempt,
    { at, signal }: AcquireOptions,
  ): Promise<bigint> {
    const { cluster } = this.#environment;
    let { forUpdateTs } = first;
    for (let conflicts = 0; ; conflicts += 1) {
      try {
        await this.#attempt(keys, { ...first, forUpdateTs }, signal);
        return forUpdateTs;
      } catch (error) {
        if (at === "start" || !isConflict(error) || conflicts >= MOST_CONFLICTS) throw error;
        forUpdateTs = await cluster.pd.timestamp(cluster.backoff(LOCK_BUDGET_MS, signal));
        // What is undone after a later failure includes locks of this attempt.
        this.#forUpdateTs = later(this.#forUpdateTs, forUpdateTs);
      }
    }
  }

  /** The primary and its neighbours first, if it is new: the others' locks point to it. */
  async #attempt(
    keys: readonly Uint8Array[],
    attempt: LockAttempt,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { cluster, heartbeats } = this.#environment;
    const backoff = cluster.backoff(LOCK_BUDGET_MS, signal);
    let rest = keys;
    if (this.#heartbeat === undefined) {
      const { primary } = attempt;
      for (;;) {
        const region = cluster.cachedRegion(primary) ?? (await cluster.locate(backoff, primary));
        const near = neighbours(region, primary, keys);
        const done = await lockInRegion(this.#environment, backoff, region, near.inside, attempt);
        if (done === "stale") continue;
        rest = near.rest;
        break;
      }
      this.#checkOver();
      this.#heartbeat = heartbeats.start(this.#startTs, primary);
    }
    await forEachRegion(cluster, backoff, rest, (part, region, own) =>
      lockInRegion(this.#environment, own, region, part, attempt),
    );
  }

  async #fail(
    keys: readonly Uint8Array[],
    forUpdateTs: bigint,
    assigned: boolean,
    error: unknown,
  ): Promise<void> {
    if (assigned) {
      this.#stopHeartbeat();
      this.#primary = undefined;
    }
    // A single key that its store refused is not locked.
    if (keys.length === 1 && (isConflict(error) || isExisting(error))) return;
    const { cluster, background } = this.#environment;
    const undoing = rollBackPessimistic(
      cluster,
      cluster.backoff(ROLLBACK_BUDGET_MS),
      this.#startTs,
      forUpdateTs,
      keys,
    ).catch(() => {});
    this.#undoing = undoing;
    await background.run("Rolling back pessimistic locks", () => undoing);
  }

  /** @throws TikvError `ERR_ROBOFLOW_TIKV_FINISHED` */
  #checkOver(): void {
    if (!this.#over) return;
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_FINISHED",
      `Transaction ${this.#startTs} ended while it was locking keys`,
      { hint: "Wait for lockKeys before the commit or rollback" },
    );
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof TikvError && error.code === "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT";
}

function isExisting(error: unknown): boolean {
  return error instanceof TikvError && error.code === "ERR_ROBOFLOW_TIKV_KEY_EXISTS";
}
