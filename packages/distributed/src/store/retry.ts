import { setTimeout as sleep } from "node:timers/promises";
import { DistributedError } from "../error.js";
import { describeKey, type KeyText } from "./bytes.js";
import type { KvTransaction, TransactOptions } from "./kv-store.js";
import { BufferedTransaction, throwIfAborted, type Snapshot, type Writes } from "./transaction.js";

/** How often and how fast a transaction runs again after a conflict. */
export interface RetryOptions {
  /** Runs of `fn` in all; 32 by default. */
  readonly maxAttempts?: number;
  /** A number in [0, 1) for the jitter; `Math.random` by default. */
  readonly random?: () => number;
}

export type CommitOutcome =
  | { readonly kind: "committed" }
  /** Another transaction committed a write or lock of `key` after the snapshot was taken. */
  | { readonly kind: "conflict"; readonly key: KeyText };

export interface TransactionEngine<S extends Snapshot> {
  begin(): S | Promise<S>;
  /** Validates and applies at once. Not called for a transaction without writes and locks. */
  commit(snapshot: S, writes: Writes): CommitOutcome | Promise<CommitOutcome>;
}

const FIRST_BACKOFF_MS = 1;
const MAX_BACKOFF_MS = 250;

/** Runs `fn` on snapshots until its writes commit: `KvStore.transact` of any engine. */
export async function runTransaction<S extends Snapshot, T>(
  engine: TransactionEngine<S>,
  fn: (tx: KvTransaction) => Promise<T>,
  { signal, onConflict, maxAttempts = 32, random = Math.random }: TransactOptions & RetryOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    throwIfAborted(signal);
    const outcome = await attemptTransaction(engine, fn, signal);
    if (outcome.kind === "committed") return outcome.result;
    onConflict?.(attempt);
    if (attempt >= maxAttempts) {
      throw new DistributedError(
        "ERR_ROBOFLOW_STORE_CONFLICT",
        `The transaction gave way to others ${attempt} times, at last over the key "${describeKey(outcome.key)}"`,
        { permanence: "transient", hint: "Try again when fewer processes write the same key." },
      );
    }
    await backOff(attempt, random, signal);
  }
}

type AttemptOutcome<T> =
  | { readonly kind: "committed"; readonly result: T }
  | { readonly kind: "conflict"; readonly key: KeyText };

async function attemptTransaction<S extends Snapshot, T>(
  engine: TransactionEngine<S>,
  fn: (tx: KvTransaction) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<AttemptOutcome<T>> {
  const snapshot = await engine.begin();
  const tx = new BufferedTransaction(snapshot, signal);
  try {
    const result = await fn(tx);
    throwIfAborted(signal);
    const writes = tx.end();
    if (writes.size === 0) return { kind: "committed", result };
    const outcome = await engine.commit(snapshot, writes);
    return outcome.kind === "committed" ? { kind: "committed", result } : outcome;
  } finally {
    tx.end();
    snapshot.release();
  }
}

/** Full jitter: two that collided once do not meet again at the same instant. */
async function backOff(
  attempt: number,
  random: () => number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
  try {
    await sleep(random() * ceiling, undefined, signal === undefined ? {} : { signal });
  } catch {
    throwIfAborted(signal);
  }
}
