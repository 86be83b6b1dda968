import { setTimeout as pause } from "node:timers/promises";
import { aborted } from "../backoff/call-backoff.js";
import { TikvError, type TikvErrorCode } from "../error.js";
import type { TransactionOptions } from "./transaction-options.js";
import type { Transaction } from "./transaction.js";

export interface RunOptions extends TransactionOptions {
  /** How often it may run again after a conflict. Default 20. */
  readonly retries?: number;
}

const RETRIES = 20;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 500;

/** Nothing was written, and the same function may succeed on a newer snapshot. */
const AGAIN: ReadonlySet<TikvErrorCode> = new Set([
  "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT",
  "ERR_ROBOFLOW_TIKV_ROLLED_BACK",
  "ERR_ROBOFLOW_TIKV_DEADLOCK",
]);

/** Runs `fn` and commits, again with a new transaction after each conflict. */
export async function runTransaction<T>(
  begin: () => Promise<Transaction>,
  fn: (transaction: Transaction) => Promise<T>,
  { retries = RETRIES, signal }: RunOptions,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const transaction = await begin();
    try {
      const result = await fn(transaction);
      if (transaction.isActive) await transaction.commit();
      return result;
    } catch (error) {
      await transaction.rollback();
      if (!(error instanceof TikvError) || !AGAIN.has(error.code) || attempt >= retries) {
        throw error;
      }
    }
    await wait(attempt, signal);
  }
}

/** Twice as long each time; half of it random, so that those who collided come back apart. */
async function wait(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  try {
    await pause(full / 2 + (full / 2) * Math.random(), undefined, signal && { signal });
  } catch (error) {
    throw signal?.aborted === true ? aborted(signal) : error;
  }
}
