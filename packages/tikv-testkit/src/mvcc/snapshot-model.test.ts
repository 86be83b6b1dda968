import fc from "fast-check";
import { expect, it } from "vitest";
import { bytes, text } from "../../test/client.js";
import { at, Mvcc } from "../../test/mvcc.js";
import { readView, scan } from "./read.js";

/** What one transaction does after it has started, step by step between those of others. */
interface Step {
  readonly txn: number;
  readonly action: "write" | "read" | "check" | "roll-back";
  readonly key: string;
  readonly value: string | undefined;
  readonly mode: "two-phase" | "async" | "one-phase";
}

const KEYS = ["a", "b", "c", "d", "e"];

const step: fc.Arbitrary<Step> = fc.record({
  txn: fc.integer({ min: 0, max: 4 }),
  action: fc.constantFrom("write", "write", "write", "read", "check", "roll-back"),
  key: fc.constantFrom(...KEYS),
  value: fc.option(fc.stringMatching(/^[x-z]{0,3}$/u), { nil: undefined }),
  mode: fc.constantFrom("two-phase", "async", "one-phase"),
});

/** Committed states by commit time: the plain thing that all the records and locks stand for. */
class Model {
  readonly #commits: { readonly ts: bigint; readonly writes: ReadonlyMap<string, string> }[] = [];

  commit(ts: bigint, key: string, value: string | undefined): void {
    this.#commits.push({ ts, writes: new Map([[key, value ?? "deleted"]]) });
  }

  /** `key=value` of all keys that have one at a time. */
  at(ts: bigint): string[] {
    const state = new Map<string, string>();
    const seen = this.#commits.filter((commit) => commit.ts <= ts);
    for (const { writes } of seen.toSorted((a, b) => (a.ts < b.ts ? -1 : 1))) {
      for (const [key, value] of writes) {
        state.set(key, value);
      }
    }
    return [...state]
      .filter(([, value]) => value !== "deleted")
      .map(([key, value]) => `${key}=${value}`)
      .toSorted();
  }
}

function snapshot(mvcc: Mvcc, ts: bigint, reverse: boolean): string[] {
  const range = { start: bytes(""), end: undefined, reverse, limit: 1_000 };
  return scan(mvcc.engine, range, readView(ts, undefined)).map(({ key, result }) =>
    result.kind === "found" ? `${text(key)}=${text(result.value)}` : `${text(key)} is locked`,
  );
}

it("reads at any time what was committed by then, whatever else has happened", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const mvcc = new Mvcc();
      const model = new Model();
      let clock = 1;
      const now = (): bigint => at((clock += 1));
      const starts = new Map<number, bigint>();
      const times: bigint[] = [];
      for (const { txn, action, key, value, mode } of steps) {
        const startTs = starts.get(txn) ?? now();
        starts.set(txn, startTs);
        if (action === "read") {
          const ts = now();
          mvcc.engine.raiseMaxTs(ts);
          expect(snapshot(mvcc, ts, false)).toEqual(model.at(ts));
        } else if (action === "roll-back") {
          mvcc.rollBack(startTs, [key]);
          starts.delete(txn);
        } else if (action === "check") {
          mvcc.status(key, startTs, { rollbackIfNotExist: true, currentTs: now() });
          starts.delete(txn);
        } else {
          const mutation = value === undefined ? `delete ${key}` : `put ${key} ${value}`;
          const prewritten = mvcc.prewrite(startTs, [mutation], {
            useAsyncCommit: mode === "async",
            tryOnePc: mode === "one-phase",
          });
          starts.delete(txn);
          if (prewritten.faults.length > 0) {
            mvcc.rollBack(startTs, [key]);
            continue;
          }
          const commitTs = prewritten.onePcCommitTs || prewritten.minCommitTs || now();
          const fault = mode === "one-phase" ? undefined : mvcc.commit(startTs, commitTs, key);
          expect(fault).toBeUndefined();
          model.commit(commitTs, key, value);
          times.push(commitTs);
        }
      }
      for (const ts of times.flatMap((commitTs) => [commitTs - 1n, commitTs])) {
        expect(snapshot(mvcc, ts, false)).toEqual(model.at(ts));
        expect(snapshot(mvcc, ts, true)).toEqual(model.at(ts).toReversed());
      }
    }),
    { numRuns: 300 },
  );
});

/** Transactions of several keys whose phases interleave; a locked reader looks elsewhere. */
it("shows a transaction of several keys whole or not at all", () => {
  const plan = fc.array(
    fc.record({
      keys: fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 4 }),
      ends: fc.constantFrom("commit", "roll-back", "primary-only", "stays"),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(plan, (txns) => {
      const mvcc = new Mvcc();
      let clock = 1;
      const now = (): bigint => at((clock += 1));
      const committed = new Map<bigint, bigint>();
      const expected = new Map<string, string>();
      for (const { keys, ends } of txns) {
        const startTs = now();
        const mutations = keys.map((key) => `put ${key} ${startTs}`);
        if (mvcc.prewrite(startTs, mutations).faults.length > 0 || ends === "roll-back") {
          expect(mvcc.rollBack(startTs, keys)).toBeUndefined();
        } else if (ends !== "stays") {
          const commitTs = now();
          const some = ends === "commit" ? keys : keys.slice(0, 1);
          expect(mvcc.commit(startTs, commitTs, ...some)).toBeUndefined();
          committed.set(startTs, commitTs);
          for (const key of keys) {
            expected.set(key, String(startTs));
          }
        }
      }
      const readTs = now();
      // What a reader does who meets a lock: it asks the primary, then reads through or past it.
      const resolved: bigint[] = [];
      const seenCommitted: bigint[] = [];
      for (const { primary, startTs } of mvcc.engine.store.locks.values()) {
        const result = mvcc.status(text(primary), startTs, {
          callerStartTs: readTs,
          currentTs: readTs,
        });
        const status = result.kind === "status" ? result.status : undefined;
        expect(status?.kind === "committed" ? status.commitTs : undefined).toBe(
          committed.get(startTs),
        );
        (status?.kind === "committed" ? seenCommitted : resolved).push(startTs);
      }
      const context = { resolvedLocks: resolved, committedLocks: seenCommitted };
      for (const key of KEYS) {
        expect(mvcc.get(key, readTs, context)).toBe(expected.get(key) ?? "nothing");
      }
    }),
    { numRuns: 300 },
  );
});
