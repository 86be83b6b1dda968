import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TransactionClient, type TransactionOptions } from "../../src/index.js";
import { describeOnServers } from "../servers/describe-on-servers.js";
import { text, textEntries } from "../support/text.js";

const MODES: readonly [name: string, options: TransactionOptions][] = [
  ["two phases", {}],
  ["one phase", { onePc: true }],
  ["async commit", { asyncCommit: true }],
  ["one phase or async commit", { onePc: true, asyncCommit: true }],
  ["pessimistic", { mode: "pessimistic" }],
  [
    "pessimistic, one phase or async commit",
    { mode: "pessimistic", onePc: true, asyncCommit: true },
  ],
];

describeOnServers("transactions", { stores: 3, needs: ["split"] }, (server) => {
  let client: TransactionClient;
  let other: TransactionClient;
  let area = 0;
  /** Keys of one test: all that begin with `at("")`. */
  const fresh = (): { at: (key: string) => string; start: string; end: string } => {
    const start = `${server.prefix}${++area}/`;
    return { at: (key) => start + key, start, end: `${server.prefix}${area}0` };
  };

  beforeAll(async () => {
    client = await TransactionClient.connect({ endpoints: server.endpoints });
    other = await TransactionClient.connect({ endpoints: server.endpoints });
  });
  afterAll(async () => {
    await client.close();
    await other.close();
  });

  describe.each(MODES)("%s", (_, options) => {
    test("writes are seen by the transaction at once, by others after the commit", async () => {
      const { at } = fresh();
      const before = await other.begin();
      const writer = await client.begin(options);
      writer.put(at("a"), "1");
      writer.insert(at("b"), "2");
      expect(text(await writer.get(at("a")))).toBe("1");
      expect((await writer.batchGet([at("b"), at("c"), at("a")])).map(text)).toEqual([
        "2",
        undefined,
        "1",
      ]);
      expect(await before.get(at("a"))).toBeUndefined();
      const commitTs = await writer.commit();
      expect(commitTs).toBeGreaterThan(writer.startTs);
      expect(writer.commitTs).toBe(commitTs);
      expect(await before.get(at("a"))).toBeUndefined();
      const after = await other.snapshot();
      expect((await after.batchGet([at("a"), at("b")])).map(text)).toEqual(["1", "2"]);

      const deleter = await client.begin(options);
      deleter.delete(at("a"));
      expect(await deleter.get(at("a"))).toBeUndefined();
      await deleter.commit();
      expect(text(await after.get(at("a")))).toBe("1");
      expect(await (await other.snapshot()).get(at("a"))).toBeUndefined();
    });

    test("a commit over several regions and batches is one", async () => {
      const { at, start, end } = fresh();
      await server.split(at("3"));
      await server.split(at("6"));
      const keys = Array.from({ length: 300 }, (_, i) => at(String(i % 10) + String(i)));
      const writer = await client.begin(options);
      for (const key of keys) writer.put(key, "x".repeat(300));
      const commitTs = await writer.commit();
      const seen = await other.snapshot();
      expect((await seen.scan({ start, end }).toArray()).length).toBe(300);
      const before = await other.snapshot(commitTs - 1n);
      expect(await before.scan({ start, end }).toArray()).toEqual([]);
      const last = await other.snapshot(commitTs);
      expect((await last.batchGet(keys)).every((value) => value?.length === 300)).toBe(true);
    });

    test("the first to commit wins", async () => {
      const { at } = fresh();
      const first = await client.begin(options);
      const second = await other.begin(options);
      first.put(at("k"), "first");
      second.put(at("k"), "second");
      await first.commit();
      await expect(second.commit()).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT",
        permanence: "transient",
      });
      expect(text(await (await client.snapshot()).get(at("k")))).toBe("first");
    });

    test("an insert of a key that exists fails", async () => {
      const { at } = fresh();
      await client.transaction(async (tx) => tx.put(at("k"), "1"));
      const inserter = await client.begin(options);
      inserter.insert(at("k"), "2");
      inserter.put(at("z"), "2");
      await expect(inserter.commit()).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_TIKV_KEY_EXISTS",
        permanence: "permanent",
      });
      const after = await client.snapshot();
      expect(text(await after.get(at("k")))).toBe("1");
      expect(await after.get(at("z"))).toBeUndefined();
    });

    test("transaction() runs again until it wins", async () => {
      const { at } = fresh();
      await client.transaction(async (tx) => tx.put(at("n"), "0"));
      const add = async (): Promise<void> => {
        await client.transaction(async (tx) => {
          if (options.mode === "pessimistic") await tx.lockKeys([at("n")]);
          tx.put(at("n"), String(Number(text(await tx.get(at("n")))) + 1));
        }, options);
      };
      await Promise.all(Array.from({ length: 8 }, add));
      expect(text(await (await client.snapshot()).get(at("n")))).toBe("8");
    });
  });

  test("a locked key conflicts like a written one, an unlocked one does not", async () => {
    const { at } = fresh();
    const locker = await client.begin();
    await locker.lockKeys([at("guard")]);
    locker.put(at("a"), "1");
    const skewed = await client.begin();
    await skewed.get(at("guard"));
    skewed.put(at("b"), "1");
    await other.transaction(async (tx) => tx.put(at("guard"), "changed"));
    await expect(locker.commit()).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT",
    });
    await skewed.commit();
  });

  test("inserting and deleting again checks that the key did not exist, and writes nothing", async () => {
    const { at } = fresh();
    const first = await client.begin();
    first.insert(at("k"), "1");
    first.delete(at("k"));
    expect(await first.get(at("k"))).toBeUndefined();
    await first.commit();
    await client.transaction(async (tx) => tx.put(at("k"), "there"));
    const second = await client.begin();
    second.insert(at("k"), "1");
    second.delete(at("k"));
    second.put(at("l"), "1");
    await expect(second.commit()).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_KEY_EXISTS" });
    const third = await client.begin();
    third.delete(at("k"));
    third.insert(at("k"), "again");
    await third.commit();
    expect(text(await (await client.snapshot()).get(at("k")))).toBe("again");
  });

  test("scans page through regions both ways, with own writes merged in", async () => {
    const { at, start, end } = fresh();
    const names = Array.from({ length: 40 }, (_, i) => String(i).padStart(2, "0"));
    await client.transaction(async (tx) => {
      for (const name of names) tx.put(at(name), `value ${name}`);
    });
    for (const name of ["07", "20", "21", "33"]) await server.split(at(name));
    const tx = await client.begin();
    tx.put(at("05"), "own");
    tx.put(at("205"), "between");
    tx.put(at("99"), "last");
    tx.delete(at("20"));
    tx.delete(at("39"));
    await tx.lockKeys([at("11")]);
    const expected = [...names, "205", "99"]
      .filter((name) => name !== "20" && name !== "39")
      .sort()
      .map((name) => {
        const own = { "05": "own", "205": "between", "99": "last" }[name];
        return [at(name), own ?? `value ${name}`];
      });
    for (const pageSize of [1, 2, 7, 256]) {
      expect(await textEntries(tx.scan({ start, end, pageSize }))).toEqual(expected);
      expect(await textEntries(tx.scan({ start, end, pageSize, reverse: true }))).toEqual(
        expected.toReversed(),
      );
    }
    for (const limit of [0, 1, 5, 20]) {
      expect(await textEntries(tx.scan({ start, end, limit }))).toEqual(expected.slice(0, limit));
      expect(await textEntries(tx.scan({ start, end, limit, reverse: true }))).toEqual(
        expected.toReversed().slice(0, limit),
      );
    }
    const keys = await textEntries(tx.scan({ start: at("1"), end: at("2"), keyOnly: true }));
    expect(keys).toEqual(names.slice(10, 20).map((name) => [at(name), ""]));
    // What is written after an iteration began is not in it.
    const seen: string[] = [];
    for await (const { key } of tx.scan({ start, end: at("03"), pageSize: 1 })) {
      tx.put(at(`02${seen.length}`), "late");
      seen.push(text(key) ?? "");
    }
    expect(seen).toEqual([at("00"), at("01"), at("02")]);
    await tx.rollback();
  });

  test("bytes of any kind, and values over a mebibyte", async () => {
    const { at } = fresh();
    const key = Uint8Array.from([...Buffer.from(at("")), 0, 0xff, 0xfe, 0]);
    const value = Buffer.alloc(2 * 1024 * 1024, "abcdefg");
    await client.transaction(async (tx) => {
      tx.put(key, Uint8Array.of(0, 255, 0));
      tx.put(at("large"), value);
    });
    const seen = await client.snapshot();
    expect(Array.from((await seen.get(key)) ?? [])).toEqual([0, 255, 0]);
    expect(Buffer.compare((await seen.get(at("large"))) ?? Buffer.alloc(0), value)).toBe(0);
    expect((await seen.batchGet([at("large"), key]))[0]?.length).toBe(value.length);
  });

  test("what the caller does to its buffers later changes nothing", async () => {
    const { at } = fresh();
    const key = Buffer.from(at("k"));
    const value = Buffer.from("value");
    const tx = await client.begin();
    tx.put(key, value);
    key.fill(0);
    value.fill(0);
    await tx.commit();
    expect(text(await (await client.snapshot()).get(at("k")))).toBe("value");
  });

  test("keys of a batch in any order, twice, and missing", async () => {
    const { at } = fresh();
    await client.transaction(async (tx) => {
      for (const name of ["a", "b", "c"]) tx.put(at(name), name);
    });
    await server.split(at("b"));
    const seen = await client.snapshot();
    const asked = ["c", "a", "x", "b", "a", "c"].map(at);
    expect((await seen.batchGet(asked)).map(text)).toEqual(["c", "a", undefined, "b", "a", "c"]);
    expect(await seen.batchGet([])).toEqual([]);
  });

  test("a transaction that wrote nothing commits at its start", async () => {
    const tx = await client.begin();
    expect(await tx.commit()).toBe(tx.startTs);
    const pessimistic = await client.begin({ mode: "pessimistic" });
    expect(await pessimistic.commit()).toBe(pessimistic.startTs);
  });

  test("what has ended says so, by each of its methods", async () => {
    const { at } = fresh();
    const tx = await client.begin();
    tx.put(at("k"), "1");
    await tx.commit();
    const finished = { code: "ERR_ROBOFLOW_TIKV_FINISHED" };
    expect(tx.isActive).toBe(false);
    expect(() => tx.put(at("k"), "2")).toThrow(expect.objectContaining(finished));
    expect(() => tx.insert(at("k"), "2")).toThrow(expect.objectContaining(finished));
    expect(() => tx.delete(at("k"))).toThrow(expect.objectContaining(finished));
    expect(() => tx.scan()).toThrow(expect.objectContaining(finished));
    await expect(tx.get(at("k"))).rejects.toMatchObject(finished);
    await expect(tx.batchGet([at("k")])).rejects.toMatchObject(finished);
    await expect(tx.lockKeys([at("k")])).rejects.toMatchObject(finished);
    await expect(tx.commit()).rejects.toMatchObject(finished);
    await tx.rollback();
    const dropped = await client.begin();
    dropped.put(at("k"), "3");
    await dropped.rollback();
    await expect(dropped.commit()).rejects.toMatchObject(finished);
    expect(text(await (await client.snapshot()).get(at("k")))).toBe("1");
  });

  test("transaction() gives what its function gives, and its error after a rollback", async () => {
    const { at } = fresh();
    expect(await client.transaction(async () => 42)).toBe(42);
    const failure = new Error("no");
    await expect(
      client.transaction(async (tx) => {
        tx.put(at("k"), "1");
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await (await client.snapshot()).get(at("k"))).toBeUndefined();
    await client.transaction(async (tx) => {
      tx.put(at("k"), "1");
      await tx.rollback();
    });
    expect(await (await client.snapshot()).get(at("k"))).toBeUndefined();
  });

  test("timestamps grow, and snapshots of the past stay what they were", async () => {
    const { at } = fresh();
    const versions: bigint[] = [];
    for (const value of ["1", "2", "3"]) {
      const tx = await client.begin();
      tx.put(at("k"), value);
      versions.push(await tx.commit());
    }
    expect(await client.currentTimestamp()).toBeGreaterThan(versions[2] ?? 0n);
    for (const [index, version] of versions.entries()) {
      const seen = await client.snapshot(version);
      expect(seen.ts).toBe(version);
      expect(text(await seen.get(at("k")))).toBe(String(index + 1));
    }
    const now = await client.currentTimestamp();
    await expect(client.snapshot(now + (60_000n << 18n))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_TIKV_ARGUMENT",
    });
  });
});
