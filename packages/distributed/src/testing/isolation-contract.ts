import { describe, expect, it } from "vitest";
import { collect } from "./collect.js";
import { openTransaction } from "./open-transaction.js";
import { bytes, EVERYTHING, text, write, type CurrentStore } from "./test-store.js";

/** What transactions see of each other, and which of them commit. */
export function isolationContract(current: CurrentStore): void {
  describe("isolation", () => {
    it("reads many keys at once under the transaction's own writes, in the order asked for", async () => {
      const { store } = current();
      await write(store, { a: "1", b: "1", c: "1", d: "1" });
      const { tx, abandon } = await openTransaction(store);
      tx.put(bytes("b"), bytes("own"));
      tx.delete(bytes("c"));
      tx.lock(bytes("d"));
      tx.put(bytes("new"), bytes("own"));
      const keys = ["new", "d", "absent", "b", "a", "c", "a", "b"];
      const expected = ["own", "1", undefined, "own", "1", undefined, "1", "own"];
      expect((await tx.batchGet(keys.map(bytes))).map(text)).toEqual(expected);
      expect((await tx.batchGet([bytes("b"), bytes("c")])).map(text)).toEqual(["own", undefined]);
      expect(await tx.batchGet([])).toEqual([]);
      await abandon();
    });

    it("reads one snapshot throughout a transaction", async () => {
      const { store } = current();
      await write(store, { a: "1", b: "1" });
      const { tx, commit } = await openTransaction(store);
      expect(text(await tx.get(bytes("a")))).toBe("1");
      await write(store, { a: "2", b: undefined, c: "2" });
      expect(text(await tx.get(bytes("a")))).toBe("1");
      expect((await tx.batchGet([bytes("c"), bytes("b")])).map(text)).toEqual([undefined, "1"]);
      const keys = (await collect(tx.scan(EVERYTHING))).map(({ key }) => text(key));
      expect(keys).toEqual(["a", "b"]);
      expect(await commit()).toBe("committed");
    });

    it("hides writes until they are committed", async () => {
      const { store, openAgain } = current();
      const other = await openAgain();
      const { tx, commit } = await openTransaction(store);
      tx.put(bytes("a"), bytes("1"));
      expect(await other.get(bytes("a"))).toBeUndefined();
      expect(await store.get(bytes("a"))).toBeUndefined();
      await commit();
      expect(text(await other.get(bytes("a")))).toBe("1");
    });

    it("shows a commit to whoever begins after it, on any handle", async () => {
      const { store, openAgain } = current();
      const other = await openAgain();
      for (let round = 1; round <= 20; round += 1) {
        const [writer, reader] = round % 2 === 0 ? [store, other] : [other, store];
        await write(writer, { a: String(round) });
        expect(text(await reader.get(bytes("a")))).toBe(String(round));
        expect(text(await reader.transact((tx) => tx.get(bytes("a"))))).toBe(String(round));
      }
    });

    it("stores nothing of a function that fails, and hands on its error", async () => {
      const { store } = current();
      const failure = new Error("no");
      const failing = store.transact(async (tx) => {
        tx.put(bytes("a"), bytes("1"));
        throw failure;
      });
      await expect(failing).rejects.toBe(failure);
      expect(await store.get(bytes("a"))).toBeUndefined();
    });
  });

  describe("conflicts", () => {
    const actions = ["put", "delete", "lock"] as const;
    const pairs = actions.flatMap((first) => actions.map((second) => [first, second] as const));

    it.each(pairs)("lets the first of a %s and a %s of one key commit", async (first, second) => {
      for (const before of [undefined, "1"]) {
        const { store, openAgain } = current();
        await write(store, { a: before });
        const one = await openTransaction(store);
        const two = await openTransaction(await openAgain());
        for (const [{ tx }, action] of [
          [one, first],
          [two, second],
        ] as const) {
          if (action === "put") tx.put(bytes("a"), bytes("2"));
          else tx[action](bytes("a"));
        }
        expect(await two.commit()).toBe("committed");
        expect(await one.commit()).toBe("conflict");
      }
    });

    it("sees that a key changed and changed back", async () => {
      const { store } = current();
      await write(store, { a: "1" });
      const late = await openTransaction(store);
      late.tx.put(bytes("a"), bytes("late"));
      await write(store, { a: "2" });
      await write(store, { a: "1" });
      expect(await late.commit()).toBe("conflict");

      const again = await openTransaction(store);
      again.tx.lock(bytes("b"));
      await write(store, { b: "1" });
      await write(store, { b: undefined });
      expect(await again.commit()).toBe("conflict");
    });

    it("does not take a commit from before the snapshot for a conflict", async () => {
      const { store, openAgain } = current();
      await write(await openAgain(), { a: "1" });
      const { tx, commit } = await openTransaction(store);
      tx.put(bytes("a"), bytes("2"));
      await write(store, { b: "1" });
      expect(await commit()).toBe("committed");
    });

    it("runs the function again on a new snapshot", async () => {
      const { store } = current();
      const seen: (string | undefined)[] = [];
      await store.transact(async (tx) => {
        seen.push(text(await tx.get(bytes("a"))));
        if (seen.length === 1) await write(store, { a: "other" });
        tx.put(bytes("a"), bytes("mine"));
      });
      expect(seen).toEqual([undefined, "other"]);
      expect(text(await store.get(bytes("a")))).toBe("mine");
    });

    it("loses no update", async () => {
      const { store, openAgain } = current();
      const other = await openAgain();
      const increment = (handle: typeof store): Promise<void> =>
        handle.transact(async (tx) => {
          const value = Number(text(await tx.get(bytes("n"))) ?? "0");
          tx.put(bytes("n"), bytes(String(value + 1)));
        });
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => increment(index % 2 === 0 ? store : other)),
      );
      expect(text(await store.get(bytes("n")))).toBe("20");
    });

    it("lets transactions that only read commit, whatever changed", async () => {
      const { store } = current();
      const reader = await openTransaction(store);
      await reader.tx.get(bytes("a"));
      await write(store, { a: "1" });
      expect(await reader.commit()).toBe("committed");
    });
  });

  describe("write skew", () => {
    /** Two doctors on call; each leaves if the other stays. */
    async function leave(lockOther: boolean): Promise<(string | undefined)[]> {
      const { store, openAgain } = current();
      await write(store, { alice: "on", bob: "on" });
      const one = await openTransaction(store);
      const two = await openTransaction(await openAgain());
      for (const [{ tx }, me, other] of [
        [one, "alice", "bob"],
        [two, "bob", "alice"],
      ] as const) {
        expect(text(await tx.get(bytes(other)))).toBe("on");
        if (lockOther) tx.lock(bytes(other));
        tx.put(bytes(me), bytes("off"));
      }
      return [await one.commit(), await two.commit()];
    }

    it("happens where each writes a key of its own: engines give no more than the contract", async () => {
      expect(await leave(false)).toEqual(["committed", "committed"]);
      const { store } = current();
      expect((await store.batchGet([bytes("alice"), bytes("bob")])).map(text)).toEqual([
        "off",
        "off",
      ]);
    });

    it("is prevented by lock", async () => {
      expect(await leave(true)).toEqual(["committed", "conflict"]);
      expect(text(await current().store.get(bytes("bob")))).toBe("on");
    });

    it("of an empty range is prevented by locking its parent", async () => {
      const { store } = current();
      await write(store, { parent: "1" });
      const adding = await openTransaction(store);
      const checking = await openTransaction(store);
      adding.tx.lock(bytes("parent"));
      adding.tx.put(bytes("parent/child"), bytes("1"));
      expect(
        await collect(checking.tx.scan({ start: bytes("parent/"), end: bytes("parent0") })),
      ).toEqual([]);
      checking.tx.delete(bytes("parent"));
      expect(await adding.commit()).toBe("committed");
      expect(await checking.commit()).toBe("conflict");
    });
  });

  describe("lock", () => {
    it("changes no value, and hides no write of its own transaction", async () => {
      const { store } = current();
      await write(store, { a: "1", d: "1" });
      await store.transact(async (tx) => {
        tx.lock(bytes("a"));
        tx.lock(bytes("absent"));
        tx.put(bytes("b"), bytes("2"));
        tx.lock(bytes("b"));
        tx.lock(bytes("c"));
        tx.put(bytes("c"), bytes("3"));
        tx.delete(bytes("d"));
        tx.lock(bytes("d"));
        expect(text(await tx.get(bytes("a")))).toBe("1");
      });
      const pairs = (await collect(store.scan(EVERYTHING))).map(({ key, value }) => [
        text(key),
        text(value),
      ]);
      expect(pairs).toEqual([
        ["a", "1"],
        ["b", "2"],
        ["c", "3"],
      ]);
    });
  });
}
