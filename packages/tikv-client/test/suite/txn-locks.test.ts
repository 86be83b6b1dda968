import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openCluster, TransactionClient, type TransactionOptions } from "../../src/index.js";
import { describeOnServers } from "../servers/describe-on-servers.js";
import { dyingClient } from "../support/dying-client.js";
import type { Moment } from "../support/dying-cluster.js";
import { Gate } from "../support/gate.js";
import { text, textEntries } from "../support/text.js";

/** Longer than any lock lives that nobody keeps alive. */
const LONG_MS = 60_000;

const at =
  (rpc: string, turn: number): Moment =>
  (name, before) =>
    name === rpc && before === turn;

describeOnServers(
  "locks of others",
  { stores: 3, needs: ["split", "clock", "list-locks"] },
  (server) => {
    let client: TransactionClient;
    let area = 0;
    const fresh = () => {
      const start = `${server.prefix}${++area}/`;
      return { at: (key: string) => start + key, start, end: `${server.prefix}${area}0` };
    };
    const options = () => ({ endpoints: server.endpoints });
    const locksIn = async (start: string): Promise<string[]> => {
      const locks = await server.locks();
      return locks.map(({ key }) => text(key) ?? "").filter((key) => key.startsWith(start));
    };
    const noLocksIn = async (start: string): Promise<void> => {
      await vi.waitFor(async () => expect(await locksIn(start)).toEqual([]), { timeout: 10_000 });
    };

    beforeAll(async () => {
      client = await TransactionClient.connect(options());
    });
    afterAll(() => client.close());

    test("an async commit of a dead client is finished by the next reader", async () => {
      const keys = fresh();
      await server.split(keys.at("m"));
      const { client: dying, dead, bury } = await dyingClient(options(), at("KvCommit", 0));
      const tx = await dying.begin({ asyncCommit: true });
      tx.put(keys.at("a"), "1");
      tx.put(keys.at("z"), "2");
      const commitTs = await tx.commit();
      await dead;
      expect((await locksIn(keys.start)).length).toBe(2);
      await server.advanceClock(LONG_MS);
      const reader = await client.snapshot();
      expect((await reader.batchGet([keys.at("z"), keys.at("a")])).map(text)).toEqual(["2", "1"]);
      expect(await (await client.snapshot(commitTs - 1n)).get(keys.at("a"))).toBeUndefined();
      expect(text(await (await client.snapshot(commitTs)).get(keys.at("a")))).toBe("1");
      await noLocksIn(keys.start);
      await bury();
    });

    test("an async commit that a dead client had begun only is rolled back by the next reader", async () => {
      const keys = fresh();
      await server.split(keys.at("m"));
      const { client: dying, dead, bury } = await dyingClient(options(), at("KvPrewrite", 1));
      const tx = await dying.begin({ asyncCommit: true });
      tx.put(keys.at("a"), "1");
      tx.put(keys.at("z"), "2");
      void tx.commit();
      await dead;
      expect((await locksIn(keys.start)).length).toBe(1);
      await server.advanceClock(LONG_MS);
      const reader = await client.snapshot();
      expect(await reader.batchGet([keys.at("z"), keys.at("a")])).toEqual([undefined, undefined]);
      await noLocksIn(keys.start);
      await bury();
    });

    test("the lock of a living client is waited for: by writers always, by readers of an async commit", async () => {
      const keys = fresh();
      const gate = new Gate((rpc) => rpc === "KvCommit");
      const holder = TransactionClient.over(gate.before(await openCluster(options(), "txn")));
      const tx = await holder.begin({ asyncCommit: true });
      tx.put(keys.at("async"), "held");
      await tx.commit();
      await gate.reached;
      const reader = await client.snapshot();
      const order: string[] = [];
      const read = reader.get(keys.at("async")).then((value) => {
        order.push("read");
        return value;
      });
      const writer = await client.begin();
      writer.put(keys.at("async"), "second");
      const written = writer.commit().then(() => order.push("written"));
      // Meanwhile others are not in the way of anybody.
      await client.transaction(async (other) => other.put(keys.at("other"), "1"));
      expect(order).toEqual([]);
      gate.open();
      expect(text(await read)).toBe("held");
      await written;
      expect(text(await (await client.snapshot()).get(keys.at("async")))).toBe("second");
      await holder.close();
    });

    test("a reader passes a living two-phase commit, which then commits after it", async () => {
      const keys = fresh();
      const gate = new Gate((rpc, before) => rpc === "KvCommit" && before === 0);
      const holder = TransactionClient.over(gate.before(await openCluster(options(), "txn")));
      const tx = await holder.begin();
      tx.put(keys.at("k"), "new");
      const committed = tx.commit();
      await gate.reached;
      const reader = await client.snapshot();
      expect(await reader.get(keys.at("k"))).toBeUndefined();
      expect(await reader.batchGet([keys.at("k")])).toEqual([undefined]);
      expect(await textEntries(reader.scan(keys))).toEqual([]);
      gate.open();
      expect(await committed).toBeGreaterThan(reader.ts);
      expect(await reader.get(keys.at("k"))).toBeUndefined();
      expect(text(await (await client.snapshot()).get(keys.at("k")))).toBe("new");
      await holder.close();
    });

    test("a lock past its time to live is rolled back, and its owner is told", async () => {
      const keys = fresh();
      const gate = new Gate((rpc, before) => rpc === "KvCommit" && before === 0);
      const slow = TransactionClient.over(gate.before(await openCluster(options(), "txn")));
      const tx = await slow.begin();
      tx.put(keys.at("k"), "late");
      const committed = tx.commit();
      await gate.reached;
      await server.advanceClock(LONG_MS);
      await client.transaction(async (other) => other.put(keys.at("k"), "taken"));
      gate.open();
      await expect(committed).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_TIKV_ROLLED_BACK",
        permanence: "transient",
      });
      expect(text(await (await client.snapshot()).get(keys.at("k")))).toBe("taken");
      await slow.close();
    });

    test("a lock whose primary is not written yet is waited for, not an error", async () => {
      const keys = fresh();
      await server.split(keys.at("m"));
      await client.transaction(async (tx) => tx.put(keys.at("z"), "old"));
      // Requests go out in order of keys: the primary's comes first.
      const gate = new Gate((rpc, before) => rpc === "KvPrewrite" && before === 0);
      const slow = TransactionClient.over(gate.before(await openCluster(options(), "txn")));
      const tx = await slow.begin();
      tx.put(keys.at("a"), "1");
      tx.put(keys.at("z"), "2");
      const committed = tx.commit();
      await gate.reached;
      await vi.waitFor(async () => expect(await locksIn(keys.start)).toEqual([keys.at("z")]));
      const reader = await client.snapshot();
      const reading = reader.get(keys.at("z"));
      const asked = server.can.has("count-calls") ? await server.calls("KvCheckTxnStatus") : 0;
      if (server.can.has("count-calls")) {
        await vi.waitFor(async () =>
          expect(await server.calls("KvCheckTxnStatus")).toBeGreaterThan(asked + 1),
        );
      }
      gate.open();
      expect(text(await reading)).toBe("old");
      await committed;
      expect(text(await (await client.snapshot()).get(keys.at("z")))).toBe("2");
      await slow.close();
    });

    test("a primary that never came is rolled back once the lock has expired", async () => {
      const keys = fresh();
      await server.split(keys.at("m"));
      const gate = new Gate((rpc, before) => rpc === "KvPrewrite" && before === 0);
      const stuck = TransactionClient.over(gate.before(await openCluster(options(), "txn")));
      const half = await stuck.begin();
      half.put(keys.at("a"), "1");
      half.put(keys.at("z"), "2");
      const committed = half.commit();
      await vi.waitFor(async () => expect(await locksIn(keys.start)).toEqual([keys.at("z")]));
      await server.advanceClock(LONG_MS);
      expect(await (await client.snapshot()).get(keys.at("z"))).toBeUndefined();
      gate.open();
      await expect(committed).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ROLLED_BACK" });
      await noLocksIn(keys.start);
      await stuck.close();
    });

    const modes: readonly [name: string, options: TransactionOptions][] = [
      ["two phases", {}],
      ["async commit", { asyncCommit: true }],
      ["pessimistic", { mode: "pessimistic" }],
      ["pessimistic async commit", { mode: "pessimistic", asyncCommit: true }],
    ];
    const moments: readonly [name: string, moment: Moment][] = [
      ["the first lock", at("KvPessimisticLock", 0)],
      ["the second lock", at("KvPessimisticLock", 1)],
      ["the third lock", at("KvPessimisticLock", 2)],
      ["the first prewrite", at("KvPrewrite", 0)],
      ["the second prewrite", at("KvPrewrite", 1)],
      ["the third prewrite", at("KvPrewrite", 2)],
      ["the commit timestamp", at("timestamp", 1)],
      ["the commit of the primary", at("KvCommit", 0)],
      ["the first commit of a secondary", at("KvCommit", 1)],
      ["the second commit of a secondary", at("KvCommit", 2)],
    ];

    describe.each(modes)("%s", (_, mode) => {
      test.each(moments)(
        "a client that dies before %s leaves all or nothing",
        async (_, moment) => {
          const keys = fresh();
          const names = ["a", "b", "m", "n", "z"].map(keys.at);
          await server.split(keys.at("m"));
          await server.split(keys.at("z"));
          await client.transaction(async (tx) => {
            for (const name of names) tx.put(name, "old");
          });
          const { client: dying, dead, bury } = await dyingClient(options(), moment);
          const tx = await dying.begin(mode);
          for (const name of names) tx.put(name, "new");
          let committed = false;
          const commit = async (): Promise<void> => {
            await tx.commit();
            committed = true;
          };
          await Promise.race([commit(), dead]);
          await server.advanceClock(LONG_MS);
          const reader = await client.snapshot();
          const values = (await reader.batchGet(names)).map(text);
          const [first] = values;
          expect(new Set(values)).toEqual(new Set([first]));
          if (committed) expect(first).toBe("new");
          expect((await textEntries(reader.scan(keys))).map(([, value]) => value)).toEqual(values);
          expect((await textEntries(reader.scan({ ...keys, reverse: true }))).length).toBe(5);
          await client.transaction(async (writer) => {
            for (const name of names) writer.put(name, "after");
          });
          expect((await (await client.snapshot()).batchGet(names)).map(text)).toEqual(
            names.map(() => "after"),
          );
          await noLocksIn(keys.start);
          await bury();
        },
      );
    });
  },
);
