import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { TransactionClient, type Transaction } from "../../src/index.js";
import { describeOnServers, needing } from "../servers/describe-on-servers.js";
import { text } from "../support/text.js";

describeOnServers("pessimistic transactions", { stores: 3, needs: ["split"] }, (server) => {
  let client: TransactionClient;
  let count = 0;
  let prefix = "";
  const at = (name: string): string => `${prefix}/${name}`;

  beforeAll(async () => {
    client = await TransactionClient.connect({ endpoints: server.endpoints });
  });
  beforeEach(() => {
    prefix = `${server.prefix}${++count}`;
  });
  afterAll(() => client.close());
  const begin = (): Promise<Transaction> => client.begin({ mode: "pessimistic" });
  const put = (name: string, value: string): Promise<void> =>
    client.transaction(async (tx) => tx.put(at(name), value));
  const stored = async (name: string): Promise<string | undefined> =>
    text(await (await client.snapshot()).get(at(name)));

  test("a locked key is waited for, and then read as the holder left it", async () => {
    await put("k", "0");
    const holder = await begin();
    const waiter = await begin();
    await holder.lockKeys([at("k")]);
    let waited = false;
    const locking = waiter.lockAndGet([at("k")]).then(([value]) => {
      waited = true;
      return text(value);
    });
    holder.put(at("k"), "1");
    expect(waited).toBe(false);
    await holder.commit();
    expect(await locking).toBe("1");
    expect(text(await waiter.get(at("k")))).toBe("1");
    expect((await waiter.batchGet([at("k"), at("none")])).map(text)).toEqual(["1", undefined]);
    waiter.put(at("k"), "2");
    await waiter.commit();
    expect(await stored("k")).toBe("2");
  });

  test("without a wait, or when it ends, the error names the key", async () => {
    const holder = await begin();
    await holder.lockKeys([at("k")]);
    const waiter = await begin();
    const locked = { code: "ERR_ROBOFLOW_TIKV_LOCKED", key: Uint8Array.from(Buffer.from(at("k"))) };
    await expect(waiter.lockKeys([at("k")], { waitMs: 0 })).rejects.toMatchObject(locked);
    await expect(waiter.lockKeys([at("k")], { waitMs: 100 })).rejects.toMatchObject(locked);
    // All or none: what it got beside the locked one it has given back.
    await expect(waiter.lockKeys([at("a"), at("k"), at("z")], { waitMs: 0 })).rejects.toMatchObject(
      locked,
    );
    const third = await begin();
    await third.lockKeys([at("a"), at("z")], { waitMs: 0 });
    await third.rollback();
    await holder.rollback();
    await waiter.lockKeys([at("k")], { waitMs: 0 });
    await waiter.rollback();
  });

  test("a cycle is a deadlock for one, and the other goes on", async () => {
    const first = await begin();
    const second = await begin();
    await first.lockKeys([at("a")]);
    await second.lockKeys([at("b")]);
    const outcomes = await Promise.allSettled([
      first.lockKeys([at("b")]).catch(async (error: unknown) => {
        await first.rollback();
        throw error;
      }),
      second.lockKeys([at("a")]).catch(async (error: unknown) => {
        await second.rollback();
        throw error;
      }),
    ]);
    const failures = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(failures.map(({ reason }) => (reason as { code: string }).code)).toEqual([
      "ERR_ROBOFLOW_TIKV_DEADLOCK",
    ]);
    await first.rollback();
    await second.rollback();
  });

  test("transaction() runs again after a deadlock until both have won", async () => {
    await put("a", "0");
    await put("b", "0");
    const move = (from: string, to: string): Promise<void> =>
      client.transaction(
        async (tx) => {
          const [a] = await tx.lockAndGet([at(from)]);
          const [b] = await tx.lockAndGet([at(to)]);
          tx.put(at(from), String(Number(text(a)) + 1));
          tx.put(at(to), String(Number(text(b)) + 1));
        },
        { mode: "pessimistic" },
      );
    await Promise.all([move("a", "b"), move("b", "a"), move("a", "b"), move("b", "a")]);
    expect([await stored("a"), await stored("b")]).toEqual(["4", "4"]);
  });

  test(
    "locks over several regions hold, and conflicts are none under them",
    needing("lock-records"),
    async () => {
      await server.split(at("m"));
      const names = ["a", "b", "m", "z"];
      const tx = await begin();
      await put("a", "before the lock");
      await tx.lockKeys(names.map(at));
      await tx.lockKeys(names.map(at));
      expect(text(await tx.get(at("a")))).toBe("before the lock");
      const rival = await client.begin();
      rival.put(at("a"), "rival");
      const commit = rival.commit();
      const second = await begin();
      // Keys that it locks without writing are not free either.
      await expect(second.lockKeys([at("m")], { waitMs: 0 })).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_TIKV_LOCKED",
      });
      tx.put(at("a"), "1");
      tx.put(at("z"), "1");
      await tx.commit();
      await expect(commit).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT" });
      await second.lockKeys([at("m")]);
      await second.rollback();
      expect([await stored("a"), await stored("b"), await stored("z")]).toEqual([
        "1",
        undefined,
        "1",
      ]);
    },
  );

  test("a key that was written without a lock conflicts as an optimistic one", async () => {
    const tx = await begin();
    await tx.get(at("k"));
    tx.put(at("k"), "mine");
    await put("k", "theirs");
    await expect(tx.commit()).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT" });
    expect(await stored("k")).toBe("theirs");
    await client.transaction(async (next) => next.put(at("k"), "free"));
  });

  test("an insert is refused as soon as the lock tells that the key exists", async () => {
    await put("k", "1");
    const exists = { code: "ERR_ROBOFLOW_TIKV_KEY_EXISTS" };
    const tx = await begin();
    await tx.lockKeys([at("k"), at("new")]);
    expect(() => tx.insert(at("k"), "2")).toThrow(expect.objectContaining(exists));
    tx.insert(at("new"), "2");
    tx.delete(at("k"));
    tx.insert(at("k"), "3");
    await tx.commit();
    expect([await stored("k"), await stored("new")]).toEqual(["3", "2"]);
    const late = await begin();
    late.insert(at("new"), "4");
    await expect(late.lockKeys([at("new")])).rejects.toMatchObject(exists);
    await late.rollback();
    const gone = await begin();
    gone.insert(at("fresh"), "1");
    gone.delete(at("fresh"));
    await gone.commit();
    expect(await stored("fresh")).toBeUndefined();
  });

  test("a rollback frees the keys at once", async () => {
    const tx = await begin();
    tx.put(at("k"), "1");
    await tx.lockKeys([at("k"), at("l")]);
    await tx.rollback();
    const next = await begin();
    await next.lockKeys([at("k"), at("l")], { waitMs: 0 });
    next.put(at("k"), "2");
    await next.commit();
    expect(await stored("k")).toBe("2");
  });

  test("disposal rolls back", async () => {
    {
      await using tx = await begin();
      await tx.lockKeys([at("k")]);
    }
    await using next = await begin();
    await next.lockKeys([at("k")], { waitMs: 0 });
  });
});
