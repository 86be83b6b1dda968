import { afterAll, beforeAll, expect, test } from "vitest";
import { RawClient, TransactionClient } from "../../src/index.js";
import { describeOnServers } from "../servers/describe-on-servers.js";
import { text, textEntries } from "../support/text.js";

describeOnServers(
  "transactions of API v2",
  { stores: 1, apiVersion: "v2", needs: ["api-v2", "split"] },
  (server) => {
    let client: TransactionClient;
    const options = () => ({ endpoints: server.endpoints, apiVersion: "v2" as const });

    beforeAll(async () => {
      client = await TransactionClient.connect(options());
    });
    afterAll(() => client.close());

    test("keys go in and come out as they are, and scans without bounds stay in the keyspace", async () => {
      const raw = await RawClient.connect(options());
      await raw.put("a", "raw");
      await client.transaction(async (tx) => {
        for (const name of ["a", "b", "c"]) tx.put(name, `txn ${name}`);
      });
      const tx = await client.begin();
      tx.put("b2", "own");
      tx.delete("c");
      const expected = [
        ["a", "txn a"],
        ["b", "txn b"],
        ["b2", "own"],
      ];
      expect(await textEntries(tx.scan())).toEqual(expected);
      expect(await textEntries(tx.scan({ reverse: true, pageSize: 1 }))).toEqual(
        expected.toReversed(),
      );
      const pages = [];
      for await (const page of tx.scan({ start: "b" }).pages()) {
        for (let i = 0; i < page.length; i += 1) pages.push(text(page.key(i)));
      }
      expect(pages).toEqual(["b", "b2"]);
      expect((await tx.batchGet(["c", "b2", "a"])).map(text)).toEqual([undefined, "own", "txn a"]);
      await tx.rollback();
      expect(text(await raw.get("a"))).toBe("raw");
      await raw.close();
    });

    test("errors name the user's key", async () => {
      await client.transaction(async (tx) => tx.put("there", "1"));
      const inserter = await client.begin({ mode: "pessimistic" });
      inserter.insert("there", "2");
      await expect(inserter.commit()).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_TIKV_KEY_EXISTS",
        key: Uint8Array.from(Buffer.from("there")),
      });
    });

    test.each([{}, { onePc: true }, { asyncCommit: true }, { mode: "pessimistic" as const }])(
      "commits with %o",
      async (mode) => {
        const tx = await client.begin(mode);
        tx.put("m", "1");
        await tx.lockKeys(["n"]);
        await tx.commit();
        expect(text(await (await client.snapshot()).get("m"))).toBe("1");
      },
    );

    test("collection walks the keyspace", async () => {
      const safePoint = await client.currentTimestamp();
      expect(await client.gc(safePoint)).toBe(safePoint);
      await client.deleteRange({ start: "", end: "" });
      expect(await textEntries((await client.snapshot()).scan())).toEqual([]);
    });
  },
);
