import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTransaction } from "../testing/open-transaction.js";
import { bytes, text, write } from "../testing/test-store.js";
import { KEPT_COMMITS } from "./commit-log.js";
import { openLmdb } from "./lmdb-environment.js";
import { LmdbStore } from "./lmdb-store.js";

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "roboflow-lmdb-"));
});
afterEach(() => rm(path, { recursive: true, force: true }));

/** Many small transactions, each on a key of its own. */
async function commitMany(store: LmdbStore, count: number): Promise<void> {
  for (let done = 0; done < count; done += 128) {
    const commits = Array.from({ length: Math.min(128, count - done) }, (_, index) =>
      write(store, { [`other${index}`]: "1" }),
    );
    await Promise.all(commits);
  }
}

describe("LmdbStore", () => {
  it("keeps what was committed when it is opened again", async () => {
    const first = await LmdbStore.open(path);
    await write(first, { a: "1" });
    await first.close();
    await using again = await LmdbStore.open(path);
    expect(text(await again.get(bytes("a")))).toBe("1");
    expect(again.url).toBe(`lmdb:${path}`);
  });

  it("never goes back behind a time that was committed, whatever the clock does", async () => {
    let time = 2_000;
    const first = await LmdbStore.open(path, { clock: () => time });
    expect(await first.transact(async (tx) => tx.now)).toBe(2_000);
    await write(first, { a: "1" });
    time = 1_500;
    expect(await first.now()).toBe(2_000);
    await first.close();
    await using behind = await LmdbStore.open(path, { clock: () => 1_000 });
    expect(await behind.now()).toBe(2_000);
    expect(await behind.transact(async (tx) => tx.now)).toBe(2_000);
    await using ahead = await LmdbStore.open(path, { clock: () => 3_000 });
    expect(await behind.now()).toBe(2_000);
    await write(ahead, { a: "2" });
    expect(await behind.now()).toBe(3_000);
  });

  it("has a transaction run again that more commits overtook than are kept", async () => {
    await using store = await LmdbStore.open(path);
    const young = await openTransaction(store);
    young.tx.put(bytes("young"), bytes("1"));
    await commitMany(store, KEPT_COMMITS);
    const outcome = await young.commit();
    expect(outcome).toBe("committed");
    const old = await openTransaction(store);
    old.tx.put(bytes("old"), bytes("1"));
    await commitMany(store, KEPT_COMMITS + 1);
    expect(await old.commit()).toBe("conflict");
  });

  it("finds a conflict with a commit of more keys than it keeps in memory", async () => {
    await using store = await LmdbStore.open(path);
    const { tx, commit } = await openTransaction(store);
    tx.put(bytes("key7"), bytes("1"));
    for (const part of [0, 1]) {
      const keys = Array.from({ length: 35_000 }, (_, index) => `key${part * 35_000 + index}`);
      await write(store, Object.fromEntries(keys.map((key) => [key, "2"])));
    }
    expect(await commit()).toBe("conflict");
  });

  it("keeps a fixed number of commits to check against", async () => {
    await using store = await LmdbStore.open(path);
    await commitMany(store, KEPT_COMMITS + 200);
    const { commits, root } = await openLmdb(path);
    expect(commits.getCount()).toBe(KEPT_COMMITS);
    await root.close();
  });

  it("aborts a transaction that runs longer than it may", async () => {
    await using store = await LmdbStore.open(path, { maxTransactionMs: 1 });
    const aborted = {
      code: "ERR_ROBOFLOW_ABORTED",
      permanence: "transient",
      message: `A transaction on lmdb:${path} ran longer than 1 ms and was aborted`,
    };
    const { tx, commit } = await openTransaction(store);
    tx.put(bytes("a"), bytes("1"));
    await expect
      .poll(() => tx.get(bytes("b")).catch((error: unknown) => error))
      .toMatchObject(aborted);
    await expect(commit()).rejects.toMatchObject(aborted);
    expect(await store.get(bytes("a"))).toBeUndefined();
  });

  it("shares the wait for the disk among commits that are ready together", async () => {
    await using store = await LmdbStore.open(path);
    const { root } = await openLmdb(path);
    // The number of the next write transaction of the file.
    const transactions = (): number => root.transactionSync(() => root.getWriteTxnId());
    const before = transactions();
    await commitMany(store, 100);
    expect(transactions() - before).toBeLessThan(10);
    await root.close();
  });

  it("says what is wrong with a path that is a file", async () => {
    const file = join(path, "file");
    await writeFile(file, "");
    for (const wrong of [file, join(file, "below")]) {
      await expect(LmdbStore.open(wrong)).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_STORE_UNAVAILABLE",
        permanence: "permanent",
        message: `The store in ${wrong} can't be used: a file is in the way: the path must be a directory`,
      });
    }
  });

  it.each([100, 65_536])("says what is wrong with a data file of %d other bytes", async (size) => {
    await writeFile(join(path, "data.mdb"), Buffer.alloc(size, "x"));
    await expect(LmdbStore.open(path)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORE_UNAVAILABLE",
      permanence: "permanent",
      message: `The store in ${path} can't be used: its data file is damaged or was not written by this engine`,
    });
  });

  it("refuses a format that it does not know", async () => {
    const { meta, root } = await openLmdb(path);
    meta.putSync(Buffer.from("format"), Buffer.from("roboflow lmdb store 2"));
    await root.close();
    await expect(LmdbStore.open(path)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORE_UNAVAILABLE",
      permanence: "permanent",
      message: `The store in ${path} was written in a format that this version does not know`,
    });
  });
});
