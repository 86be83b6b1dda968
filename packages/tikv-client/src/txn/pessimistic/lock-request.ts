import { commands, kvrpcpb } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import { TikvError } from "../../error.js";
import type { Region } from "../../region/region.js";
import type { TransactionEnvironment } from "../environment.js";
import { KEPT_LOCK_MS } from "../heartbeat.js";
import { keyFailure } from "../key-error.js";

/** A store waits for this long at most before it answers that the key is still locked, ms. */
const STORE_WAIT_MS = 3000;
/** An answer that came sooner than this shows that the store did not wait itself, ms. */
const WAITED_MS = 20;
/** A lock that was touched this long ago has a living owner (client-go's), ms. */
const JUST_TOUCHED_MS = 300n;

const { Assertion, Op } = kvrpcpb;

/** One attempt to lock keys for a transaction. */
export interface LockAttempt {
  readonly startTs: bigint;
  readonly primary: Uint8Array;
  readonly forUpdateTs: bigint;
  /** Whether the key must not exist. */
  readonly absent: (key: Uint8Array) => boolean;
  readonly isFirstLock: boolean;
  /** When the wait began, by `performance.now()`, and how long it may be. */
  readonly waitFrom: number;
  readonly waitMs: number;
  readonly returnValues: boolean;
  readonly begunAt: number;
  readonly onLocked: (key: Uint8Array, found: FoundValue) => void;
  /** @throws TikvError when the locks are not wanted any more */
  readonly check: () => void;
}

/** What the key held when it was locked; `value` only when values were asked for. */
export interface FoundValue {
  readonly existed: boolean;
  readonly value: Uint8Array | undefined;
}

/**
 * Locks keys of one region, waiting for those of others.
 * @throws TikvError `ERR_ROBOFLOW_TIKV_WRITE_CONFLICT` when a version newer than `forUpdateTs` is
 * there, `_LOCKED`, `_DEADLOCK`, `_KEY_EXISTS`
 */
export async function lockInRegion(
  environment: TransactionEnvironment,
  backoff: Backoff,
  region: Region,
  keys: readonly Uint8Array[],
  attempt: LockAttempt,
): Promise<"done" | "stale"> {
  const { cluster, resolver } = environment;
  for (;;) {
    const sentAt = performance.now();
    const request = requestOf(keys, attempt, sentAt);
    const sent = await cluster.send(backoff, region, commands.pessimisticLock, request);
    if (sent.kind === "stale") return "stale";
    const { reply } = sent;
    if (reply.errors.length === 0) {
      report(keys, attempt, reply);
      return "done";
    }
    const locks = reply.errors.map((error) => {
      if (error.locked !== undefined) return error.locked;
      throw keyFailure(cluster.codec, error);
    });
    const stuck = locks.filter((lock) => !isJustTouched(lock));
    const { waitMs } = await resolver.resolve(backoff, stuck, {
      callerStartTs: 0n,
      purpose: "write",
    });
    const living = waitMs > 0 || stuck.length < locks.length;
    attempt.check();
    if (living) {
      const left = attempt.waitMs - (performance.now() - attempt.waitFrom);
      if (left <= 0) throw locked(environment, locks[0], attempt);
      if (performance.now() - sentAt < WAITED_MS) {
        await backoff.wait("txn-lock-fast", "a key is locked", Math.max(1, left));
      }
    }
  }
}

function requestOf(keys: readonly Uint8Array[], attempt: LockAttempt, now: number) {
  const { startTs, primary, forUpdateTs, isFirstLock, returnValues } = attempt;
  const left = attempt.waitMs - (now - attempt.waitFrom);
  return {
    mutations: keys.map((key) => ({
      op: Op.PessimisticLock,
      key,
      assertion: attempt.absent(key) ? Assertion.NotExist : Assertion.None,
    })),
    primaryLock: primary,
    startVersion: startTs,
    lockTtl: BigInt(Math.round(now - attempt.begunAt) + KEPT_LOCK_MS),
    forUpdateTs,
    minCommitTs: forUpdateTs + 1n,
    isFirstLock,
    // -1: the store does not wait.
    waitTimeout: left <= 0 ? -1n : BigInt(Math.ceil(Math.min(left, STORE_WAIT_MS))),
    returnValues,
    checkExistence: true,
  };
}

function report(
  keys: readonly Uint8Array[],
  attempt: LockAttempt,
  reply: kvrpcpb.PessimisticLockResponse,
): void {
  for (const [index, key] of keys.entries()) {
    const notFound = reply.notFounds[index];
    if (notFound === undefined) {
      throw new TikvError(
        "ERR_ROBOFLOW_TIKV_UNSUPPORTED",
        "The store does not say whether a locked key exists",
        { hint: "Pessimistic transactions need TiKV 5.4 or newer" },
      );
    }
    const value = notFound ? undefined : reply.values[index];
    attempt.onLocked(key, { existed: !notFound, value });
  }
}

function isJustTouched({ durationToLastUpdateMs: age }: kvrpcpb.LockInfo): boolean {
  return age > 0n && age < JUST_TOUCHED_MS;
}

function locked(
  { cluster }: TransactionEnvironment,
  lock: kvrpcpb.LockInfo | undefined,
  { waitMs }: LockAttempt,
): TikvError {
  return new TikvError(
    "ERR_ROBOFLOW_TIKV_LOCKED",
    `A key is locked by transaction ${lock?.lockVersion}, and was so for the ${waitMs} ms of the wait`,
    {
      permanence: "transient",
      ...(lock === undefined ? {} : { key: cluster.codec.decode(lock.key) }),
      hint: "Try again later, or wait longer with waitMs",
    },
  );
}
