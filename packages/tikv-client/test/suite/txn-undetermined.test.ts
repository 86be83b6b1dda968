import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  TransactionClient,
  UndeterminedError,
  type Transaction,
  type TransactionOptions,
} from "../../src/index.js";
import { describeOnServers } from "../servers/describe-on-servers.js";
import { text } from "../support/text.js";

/** What decides a transaction, and which request carries it. */
const MODES: readonly [name: string, rpc: string, options: TransactionOptions][] = [
  ["the commit of two phases", "KvCommit", {}],
  ["the commit of a pessimistic transaction", "KvCommit", { mode: "pessimistic" }],
  ["the prewrite of one phase", "KvPrewrite", { onePc: true }],
  ["the prewrite of an async commit", "KvPrewrite", { asyncCommit: true }],
  ["the prewrite of one phase after locks", "KvPrewrite", { mode: "pessimistic", onePc: true }],
];
/** More than any call tries. */
const ALWAYS = 100_000;

describeOnServers(
  "lost answers",
  { stores: 1, needs: ["fault", "lost-answer", "count-calls", "clock"] },
  (server) => {
    let client: TransactionClient;
    let other: TransactionClient;
    let count = 0;
    let key = "";

    // A client anew for each test: one whose connections broke often waits longer before each dial.
    beforeEach(async () => {
      key = `${server.prefix}${++count}`;
      client = await TransactionClient.connect({ endpoints: server.endpoints });
      other = await TransactionClient.connect({ endpoints: server.endpoints });
    });
    afterEach(async () => {
      await server.clearFaults();
      await client.close();
      await other.close();
    });
    /** Commits, and gives up as soon as a store has seen the request. */
    const abortAt = async (rpc: string, tx: Transaction): Promise<unknown> => {
      const before = await server.calls(rpc);
      const controller = new AbortController();
      const outcome = tx.commit({ signal: controller.signal }).catch((error: unknown) => error);
      const seen = async (): Promise<void> => {
        expect(await server.calls(rpc)).toBeGreaterThan(before);
      };
      await vi.waitFor(seen, { timeout: 30_000, interval: 5 });
      controller.abort();
      return outcome;
    };
    const stored = async (): Promise<string | undefined> =>
      text(await (await other.snapshot()).get(key));

    describe.each(MODES)("%s", (_, rpc, options) => {
      test("lost once: a later answer tells, and it is right", async () => {
        const tx = await client.begin(options);
        tx.put(key, "1");
        tx.put(`${key}/2`, "2");
        await server.fault({ kind: "lost-answer", rpc });
        const commitTs = await tx.commit();
        expect(await stored()).toBe("1");
        expect(await (await other.snapshot(commitTs - 1n)).get(key)).toBeUndefined();
        expect(text(await (await other.snapshot(commitTs)).get(key))).toBe("1");
      });

      test("lost, and no other comes: undetermined, though it has committed", async () => {
        const tx = await client.begin(options);
        tx.put(key, "1");
        await server.fault({ kind: "lost-answer", rpc, times: ALWAYS });
        const error = await abortAt(rpc, tx);
        expect(error).toBeInstanceOf(UndeterminedError);
        expect(error).toMatchObject({
          code: "ERR_ROBOFLOW_TIKV_UNDETERMINED",
          permanence: "transient",
        });
        await server.clearFaults();
        expect(await stored()).toBe("1");
      });

      test("never executed, but nobody can know: undetermined as well", async () => {
        const tx = await client.begin(options);
        tx.put(key, "1");
        await server.fault({ kind: "unavailable", rpc, times: ALWAYS });
        expect(await abortAt(rpc, tx)).toBeInstanceOf(UndeterminedError);
        await server.clearFaults();
        // Its locks are left: for all that it knows they are decided already.
        await server.advanceClock(60_000);
        await other.transaction(async (next) => next.put(key, "other"));
        expect(await stored()).toBe("other");
      });

      test("aborted while under way: undetermined", async () => {
        const tx = await client.begin(options);
        tx.put(key, "1");
        await server.fault({ kind: "delay", rpc, ms: 500 });
        expect(await abortAt(rpc, tx)).toMatchObject({
          code: "ERR_ROBOFLOW_TIKV_UNDETERMINED",
          cause: { code: "ERR_ROBOFLOW_TIKV_ABORTED" },
        });
      });

      test("transaction() never tries it again", async () => {
        const before = await server.calls(rpc);
        await server.fault({ kind: "lost-answer", rpc, times: ALWAYS });
        const controller = new AbortController();
        let runs = 0;
        const outcome = client
          .transaction(
            async (tx) => {
              runs += 1;
              tx.put(key, "1");
            },
            { ...options, signal: controller.signal },
          )
          .catch((error: unknown) => error);
        const seen = async (): Promise<void> => {
          expect(await server.calls(rpc)).toBeGreaterThan(before);
        };
        await vi.waitFor(seen, { timeout: 30_000, interval: 5 });
        controller.abort();
        expect(await outcome).toBeInstanceOf(UndeterminedError);
        expect(runs).toBe(1);
      });
    });

    test("an answer to a prewrite of two phases decides nothing: it is tried again, or undone", async () => {
      await server.fault({ kind: "lost-answer", rpc: "KvPrewrite" });
      await client.transaction(async (tx) => tx.put(key, "1"));
      expect(await stored()).toBe("1");
      await server.fault({ kind: "lost-answer", rpc: "KvPrewrite", times: ALWAYS });
      const tx = await client.begin();
      tx.put(key, "2");
      expect(await abortAt("KvPrewrite", tx)).toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ABORTED" });
      await server.clearFaults();
      expect(await stored()).toBe("1");
    });

    test("what can't be lost is never undetermined: reads, secondaries, rollbacks, locks", async () => {
      for (const rpc of [
        "KvGet",
        "KvBatchRollback",
        "KvPessimisticLock",
        "KvPessimisticRollback",
      ]) {
        await server.fault({ kind: "lost-answer", rpc });
      }
      const tx = await client.begin({ mode: "pessimistic" });
      await tx.lockKeys([key, `${key}/2`]);
      expect(await tx.get(key)).toBeUndefined();
      await tx.rollback();
      await client.transaction(async (again) => again.put(key, "1"));
      expect(await stored()).toBe("1");
    });

    test("a client that closes while its commit is under way tells that it does not know", async () => {
      const closing = await TransactionClient.connect({ endpoints: server.endpoints });
      const tx = await closing.begin();
      tx.put(key, "1");
      const before = await server.calls("KvCommit");
      await server.fault({ kind: "delay", rpc: "KvCommit", ms: 500 });
      const outcome = tx.commit().catch((error: unknown) => error);
      await vi.waitFor(async () => expect(await server.calls("KvCommit")).toBeGreaterThan(before));
      await closing.close();
      expect(await outcome).toBeInstanceOf(UndeterminedError);
    });
  },
);
