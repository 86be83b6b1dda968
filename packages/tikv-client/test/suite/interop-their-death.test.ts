import { afterAll, beforeAll, expect, it } from "vitest";
import { TransactionClient } from "../../src/index.js";
import { ClientGo, type BeginOptions, type ClientGoTransaction } from "../servers/client-go.js";
import { describeOnServers } from "../servers/describe-on-servers.js";
import { text } from "../support/text.js";

/** Longer than any lock lives: 20 s for pessimistic ones. */
const AFTER_ALL_LOCKS_MS = 60_000;

interface Death {
  readonly options?: BeginOptions;
  /** From `begin` to the point where it dies. `p` is the primary, `s` in its region, `t` in another. */
  readonly steps: (
    transaction: ClientGoTransaction,
    keys: { readonly p: string; readonly s: string; readonly t: string },
  ) => Promise<unknown>;
  /** The keys it leaves locked. */
  readonly locked: string;
  readonly outcome: "old" | "new" | "deleted";
}

const put = (
  transaction: ClientGoTransaction,
  keys: Readonly<Record<string, string>>,
): Promise<void> => transaction.put(Object.values(keys).map((key) => [key, "new"] as const));

/** Every state in which a transaction of client-go can be left. */
const DEATHS: Readonly<Record<string, Death>> = {
  "before it prewrote anything": {
    steps: (transaction, keys) => put(transaction, keys),
    locked: "",
    outcome: "old",
  },
  "when only the primary was prewritten": {
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite([keys.p]);
    },
    locked: "p",
    outcome: "old",
  },
  "when the secondaries were prewritten and the primary was not": {
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite([keys.s, keys.t]);
    },
    locked: "st",
    outcome: "old",
  },
  "when all was prewritten": {
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite();
    },
    locked: "pst",
    outcome: "old",
  },
  "when the primary was committed": {
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite();
      await transaction.commitKeys([keys.p]);
    },
    locked: "st",
    outcome: "new",
  },
  "when the primary and one secondary were committed": {
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite();
      await transaction.commitKeys([keys.p, keys.t]);
    },
    locked: "s",
    outcome: "new",
  },
  "when the primary of a delete was committed": {
    steps: async (transaction, keys) => {
      await transaction.put(Object.values(keys).map((key) => [key, undefined] as const));
      await transaction.prewrite();
      await transaction.commitKeys([keys.p]);
    },
    locked: "st",
    outcome: "deleted",
  },
  "when the primary was rolled back": {
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite();
      await transaction.rollbackKeys([keys.p]);
    },
    locked: "st",
    outcome: "old",
  },
  "when a secondary was rolled back": {
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite();
      await transaction.rollbackKeys([keys.t]);
    },
    locked: "ps",
    outcome: "old",
  },
  "when one phase was enough": {
    options: { onePc: true },
    steps: async (transaction, keys) => {
      await put(transaction, { p: keys.p, s: keys.s });
      await transaction.commit();
      // Not in the same region, so not in the same transaction.
    },
    locked: "",
    outcome: "new",
  },
  "when all was prewritten for async commit": {
    options: { asyncCommit: true },
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite();
    },
    locked: "pst",
    outcome: "new",
  },
  "when only the primary was prewritten for async commit": {
    options: { asyncCommit: true },
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite([keys.p]);
    },
    locked: "p",
    outcome: "old",
  },
  "when a secondary was not prewritten for async commit": {
    options: { asyncCommit: true },
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite([keys.p, keys.s]);
    },
    locked: "ps",
    outcome: "old",
  },
  "when the primary was not prewritten for async commit": {
    options: { asyncCommit: true },
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite([keys.s, keys.t]);
    },
    locked: "st",
    outcome: "old",
  },
  "when the primary was committed after async commit": {
    options: { asyncCommit: true },
    steps: async (transaction, keys) => {
      await put(transaction, keys);
      await transaction.prewrite();
      await transaction.commitKeys([keys.p]);
    },
    locked: "st",
    outcome: "new",
  },
  "with pessimistic locks": {
    options: { pessimistic: true },
    steps: async (transaction, keys) => {
      await transaction.lock([keys.p, keys.s, keys.t]);
      await put(transaction, keys);
    },
    locked: "pst",
    outcome: "old",
  },
  "with pessimistic locks and the primary prewritten": {
    options: { pessimistic: true },
    steps: async (transaction, keys) => {
      await transaction.lock([keys.p, keys.s, keys.t]);
      await put(transaction, keys);
      await transaction.prewrite([keys.p]);
    },
    locked: "pst",
    outcome: "old",
  },
  "with pessimistic locks, the primary committed": {
    options: { pessimistic: true },
    steps: async (transaction, keys) => {
      await transaction.lock([keys.p, keys.s, keys.t]);
      await put(transaction, keys);
      await transaction.prewrite();
      await transaction.commitKeys([keys.p]);
    },
    locked: "st",
    outcome: "new",
  },
};

describeOnServers(
  "what client-go leaves behind when it dies",
  { stores: 2, needs: ["client-go", "split", "move-leader", "list-locks", "clock"] },
  (server) => {
    let ours: TransactionClient;
    beforeAll(async () => {
      ours = await TransactionClient.connect({ endpoints: server.endpoints });
    });
    afterAll(async () => {
      await ours.close();
    });

    let count = 0;
    it.each(Object.entries(DEATHS))(
      "%s",
      async (_name, { options = {}, steps, locked, outcome }) => {
        const at = `${server.prefix}${(count += 1)}/`;
        const keys = { p: `${at}a`, s: `${at}b`, t: `${at}z` };
        const all = Object.values(keys);
        await server.split(`${at}m`);
        await server.moveLeader(`${at}m`);
        await ours.transaction(async (transaction) => {
          for (const key of all) transaction.put(key, "old");
        });

        const go = new ClientGo(server.endpoints);
        try {
          await steps(await go.begin(options), keys);
        } finally {
          await go.kill();
        }
        const left = new Set((await server.locks()).map(({ key }) => text(key)));
        const names = Object.entries(keys).filter(([, key]) => left.has(key));
        expect(names.map(([name]) => name).join("")).toBe(locked);
        await server.advanceClock(AFTER_ALL_LOCKS_MS);

        // The one-phase commit could not reach the third key.
        const expected = all.map((key) => {
          if (options.onePc === true && key === keys.t) return "old";
          return outcome === "deleted" ? undefined : outcome;
        });
        const snapshot = await ours.snapshot();
        expect((await snapshot.batchGet(all)).map(text)).toEqual(expected);
        const range = { start: at, end: `${at}~` };
        const scanned = (await snapshot.scan(range).toArray()).map(({ value }) => text(value));
        expect(scanned).toEqual(expected.filter((value) => value !== undefined));
        await ours.transaction(async (transaction) => {
          for (const key of all) transaction.put(key, "after");
        });
        expect((await (await ours.snapshot()).batchGet(all)).map(text)).toEqual([
          "after",
          "after",
          "after",
        ]);
        await expect.poll(() => server.locks(), { timeout: 30_000 }).toEqual([]);
      },
    );
  },
);
