import { describe, expect, it } from "vitest";
import { collect } from "./collect.js";
import { openTransaction } from "./open-transaction.js";
import { bytes, EVERYTHING, text, write, type CurrentStore } from "./test-store.js";

const ABORTED = { code: "ERR_ROBOFLOW_ABORTED", permanence: "transient" };
const CLOSED = { code: "ERR_ROBOFLOW_STORE_CLOSED", permanence: "permanent" };

/** Time, aborting, closing, and transactions that are over. */
export function lifecycleContract(current: CurrentStore): void {
  describe("time", () => {
    it("is near this machine's and never steps back, on any handle", async () => {
      const { store, openAgain } = current();
      const other = await openAgain();
      const before = Date.now();
      let last = await store.now();
      expect(Math.abs(last - before)).toBeLessThan(60_000);
      for (let round = 0; round < 20; round += 1) {
        for (const handle of [store, other]) {
          const began = await handle.transact(async (tx) => {
            tx.put(bytes("t"), bytes(String(round)));
            return tx.now;
          });
          const now = await handle.now();
          expect(began).toBeGreaterThanOrEqual(last);
          expect(now).toBeGreaterThanOrEqual(began);
          expect(Number.isSafeInteger(now)).toBe(true);
          last = now;
        }
      }
    });

    it("stands still within a transaction", async () => {
      const { tx, commit } = await openTransaction(current().store);
      const began = tx.now;
      await current().store.now();
      expect(tx.now).toBe(began);
      await commit();
    });
  });

  describe("abort signal", () => {
    it("given aborted, runs nothing", async () => {
      let runs = 0;
      const reason = new Error("stop");
      const transacting = current().store.transact(
        async () => {
          runs += 1;
        },
        { signal: AbortSignal.abort(reason) },
      );
      await expect(transacting).rejects.toMatchObject({ ...ABORTED, cause: reason });
      expect(runs).toBe(0);
    });

    it("aborted while the function runs, ends its reads and stores nothing", async () => {
      const { store } = current();
      const controller = new AbortController();
      let read: unknown;
      const transacting = store.transact(
        async (tx) => {
          tx.put(bytes("a"), bytes("1"));
          controller.abort();
          read = await tx.get(bytes("b")).catch((error: unknown) => error);
        },
        { signal: controller.signal },
      );
      await expect(transacting).rejects.toMatchObject(ABORTED);
      expect(read).toMatchObject(ABORTED);
      expect(await store.get(bytes("a"))).toBeUndefined();
    });

    it("aborted between two runs, ends the retries", async () => {
      const { store } = current();
      const controller = new AbortController();
      let runs = 0;
      const transacting = store.transact(
        async (tx) => {
          runs += 1;
          tx.put(bytes("a"), bytes("mine"));
          await write(store, { a: "other" });
          if (runs === 2) controller.abort();
        },
        { signal: controller.signal },
      );
      await expect(transacting).rejects.toMatchObject(ABORTED);
      expect(runs).toBe(2);
      expect(text(await store.get(bytes("a")))).toBe("other");
    });
  });

  describe("a transaction that is over", () => {
    it("reads and writes no more", async () => {
      const { store } = current();
      const tx = await store.transact(async (kept) => kept);
      await expect(tx.get(bytes("a"))).rejects.toMatchObject(CLOSED);
      await expect(collect(tx.scan(EVERYTHING))).rejects.toMatchObject(CLOSED);
      expect(() => tx.put(bytes("a"), bytes("1"))).toThrow(expect.objectContaining(CLOSED));
      expect(() => tx.delete(bytes("a"))).toThrow(expect.objectContaining(CLOSED));
      expect(() => tx.lock(bytes("a"))).toThrow(expect.objectContaining(CLOSED));
      expect(await store.get(bytes("a"))).toBeUndefined();
    });
  });

  describe("close", () => {
    it("refuses everything after, and may be called again", async () => {
      const { openAgain } = current();
      const store = await openAgain();
      await store.close();
      await store.close();
      await store[Symbol.asyncDispose]();
      const refused = [
        store.get(bytes("a")),
        store.batchGet([bytes("a")]),
        collect(store.scan(EVERYTHING)),
        store.transact(async () => {}),
        store.now(),
      ];
      for (const each of refused) await expect(each).rejects.toMatchObject(CLOSED);
    });

    it("lets no open transaction commit, and leaves other handles alone", async () => {
      const { store, openAgain } = current();
      const closing = await openAgain();
      const { tx, commit } = await openTransaction(closing);
      tx.put(bytes("a"), bytes("1"));
      await closing.close();
      await expect(commit()).rejects.toMatchObject(CLOSED);
      expect(await store.get(bytes("a"))).toBeUndefined();
      await write(store, { b: "1" });
      expect(text(await store.get(bytes("b")))).toBe("1");
    });

    it("loses no commit that was acknowledged or is under way", async () => {
      const { store, openAgain } = current();
      const closing = await openAgain();
      const writing = Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => write(closing, { [`k${index}`]: "1" })),
      );
      await closing.close();
      for (const [index, { status }] of (await writing).entries()) {
        const stored = await store.get(bytes(`k${index}`));
        expect(stored === undefined ? "rejected" : "fulfilled").toBe(status);
      }
    });
  });
}
