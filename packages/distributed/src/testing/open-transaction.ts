import { deferred } from "./deferred.js";
import type { KvStore, KvTransaction } from "../store/kv-store.js";

/** A transaction that a test drives step by step, so that several interleave as it says. */
export interface OpenTransaction {
  readonly tx: KvTransaction;
  /** Ends the function. A conflict is told instead of running it again. */
  readonly commit: () => Promise<"committed" | "conflict">;
  /** Ends the function with an error: nothing is stored. */
  readonly abandon: () => Promise<void>;
}

class RanAgain extends Error {}
class Abandoned extends Error {}

/** Resolves when the snapshot has been taken. */
export async function openTransaction(store: KvStore): Promise<OpenTransaction> {
  const begun = deferred<KvTransaction>();
  const finish = deferred<void>();
  let runs = 0;
  const outcome = store
    .transact(async (tx) => {
      runs += 1;
      if (runs > 1) throw new RanAgain();
      begun.resolve(tx);
      await finish.promise;
    })
    .then(
      () => "committed" as const,
      (error: unknown) => {
        if (error instanceof RanAgain) return "conflict" as const;
        throw error;
      },
    );
  // Whoever ends the transaction gets its error; until then it only must not go unhandled.
  outcome.catch(begun.reject);
  return {
    tx: await begun.promise,
    commit: () => {
      finish.resolve();
      return outcome;
    },
    abandon: async () => {
      finish.reject(new Abandoned());
      await outcome.catch((error: unknown) => {
        if (!(error instanceof Abandoned)) throw error;
      });
    },
  };
}
