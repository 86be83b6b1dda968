import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KvReader, KvStore, ScanOptions } from "../store/kv-store.js";
import { collect } from "./collect.js";
import { openTransaction, type OpenTransaction } from "./open-transaction.js";
import { SnapshotModel, type ModelTransaction } from "./snapshot-model.js";
import { bytes, text, type CurrentStore } from "./test-store.js";

const ACCOUNTS = Array.from({ length: 6 }, (_, index) => `account${index}`);
const OPENING = 100;

async function balances(reader: KvReader): Promise<number[]> {
  return (await reader.batchGet(ACCOUNTS.map(bytes))).map((value) => Number(text(value)));
}

const total = (amounts: readonly number[]): number => amounts.reduce((sum, each) => sum + each, 0);

/** Many transactions at once, checked against what snapshot isolation allows. */
export function concurrencyContract(current: CurrentStore): void {
  describe("concurrency", () => {
    it("keeps the sum of bank transfers, at every moment", async () => {
      const { store, openAgain } = current();
      const handles = [store, await openAgain()] as const;
      await store.transact(async (tx) => {
        for (const account of ACCOUNTS) tx.put(bytes(account), bytes(String(OPENING)));
      });
      const transfer = async (handle: KvStore, step: number): Promise<void> => {
        const [from, to] = [step % ACCOUNTS.length, (step * 5 + 1) % ACCOUNTS.length];
        await handle.transact(async (tx) => {
          const amounts = await balances(tx);
          expect(total(amounts)).toBe(OPENING * ACCOUNTS.length);
          const amount = Math.min(step, amounts[from] ?? 0);
          if (from === to) return;
          tx.put(bytes(`account${from}`), bytes(String((amounts[from] ?? 0) - amount)));
          tx.put(bytes(`account${to}`), bytes(String((amounts[to] ?? 0) + amount)));
        });
      };
      const worker = async (index: number): Promise<void> => {
        for (let step = 0; step < 15; step += 1) {
          await transfer(handles[index % 2 === 0 ? 0 : 1], index * 7 + step);
        }
      };
      await Promise.all(Array.from({ length: 6 }, (_, index) => worker(index)));
      const amounts = await balances(store);
      expect(total(amounts)).toBe(OPENING * ACCOUNTS.length);
      expect(amounts.every((amount) => amount >= 0)).toBe(true);
    });

    it("lets exactly those transactions commit, reading just that, which the model says", async () => {
      const { store, openAgain } = current();
      const handles = [store, await openAgain()] as const;
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 40 }), async (steps) => {
          round += 1;
          const { stored, expected } = await replay(steps, handles, `${round}/`);
          expect(stored).toEqual(expected);
        }),
        { numRuns: 60 },
      );
    });
  });
}

const SLOTS = 3;
const KEYS = ["a", "b", "c", "d"] as const;

/** What one of several transactions does next; it begins when first named. */
type Step = { readonly slot: number } & (
  | { readonly kind: "put" | "delete" | "lock" | "get"; readonly key: string }
  | { readonly kind: "scan"; readonly limit: number; readonly reverse: boolean }
  | { readonly kind: "commit" | "abandon" }
);

const slot = fc.nat(SLOTS - 1);
const key = fc.constantFrom(...KEYS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ slot, kind: fc.constantFrom("put", "delete", "lock", "get"), key }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      slot,
      kind: fc.constant("scan"),
      limit: fc.integer({ min: 1, max: 5 }),
      reverse: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ slot, kind: fc.constant("commit") }) },
  { weight: 1, arbitrary: fc.record({ slot, kind: fc.constant("abandon") }) },
);

interface Running {
  readonly real: OpenTransaction;
  readonly model: ModelTransaction;
}

/** Runs the steps against the store and the model at once. `prefix` keeps the runs apart. */
async function replay(
  steps: readonly Step[],
  handles: readonly [KvStore, KvStore],
  prefix: string,
): Promise<{ stored: Pairs; expected: Pairs }> {
  const model = new SnapshotModel();
  const running = new Map<number, Running>();
  for (const [index, each] of steps.entries()) {
    let slotNow = running.get(each.slot);
    if (slotNow === undefined) {
      const handle = handles[each.slot % 2 === 0 ? 0 : 1];
      slotNow = { real: await openTransaction(handle), model: model.begin() };
      running.set(each.slot, slotNow);
    }
    const ended = await take(each, slotNow, prefix, String(index));
    if (ended) running.delete(each.slot);
  }
  for (const { real, model: modelled } of running.values()) {
    expect(await real.commit()).toBe(modelled.commit());
  }
  const range = { start: bytes(prefix), end: bytes(`${prefix}~`) };
  return { stored: await pairsIn(handles[0], range, prefix), expected: model.pairs() };
}

type Pairs = readonly (readonly [string | undefined, string | undefined])[];

async function pairsIn(reader: KvReader, range: ScanOptions, prefix: string): Promise<Pairs> {
  return (await collect(reader.scan(range))).map(({ key: found, value }) => [
    text(found)?.slice(prefix.length),
    text(value),
  ]);
}

/** Whether the transaction is over after this step. */
async function take(
  each: Step,
  { real, model }: Running,
  prefix: string,
  value: string,
): Promise<boolean> {
  switch (each.kind) {
    case "put":
      real.tx.put(bytes(prefix + each.key), bytes(value));
      model.put(each.key, value);
      return false;
    case "delete":
    case "lock":
      real.tx[each.kind](bytes(prefix + each.key));
      model[each.kind](each.key);
      return false;
    case "get":
      expect(text(await real.tx.get(bytes(prefix + each.key)))).toBe(model.get(each.key));
      return false;
    case "scan": {
      const { limit, reverse } = each;
      const range = { start: bytes(prefix), end: bytes(`${prefix}~`), limit, reverse };
      const found = await pairsIn(real.tx, range, prefix);
      const expected = reverse ? model.pairs().toReversed() : model.pairs();
      expect(found).toEqual(expected.slice(0, limit));
      return false;
    }
    case "commit":
      expect(await real.commit()).toBe(model.commit());
      return true;
    case "abandon":
      await real.abandon();
      return true;
  }
}
