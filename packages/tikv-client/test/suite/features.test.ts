import { commands, kvrpcpb } from "@roboflow/tikv-proto";
import { expect, it } from "vitest";
import { openCluster } from "../../src/cluster/open-cluster.js";
import { TransactionClient } from "../../src/index.js";
import { describeOnServers } from "../servers/describe-on-servers.js";
import { text, textEntries } from "../support/text.js";

/** What not every server can do: `TESTED.md` shows which can. */

describeOnServers(
  "TLS with certificates on both sides",
  { needs: ["tls"], tls: true },
  (server) => {
    it("commits and reads", async () => {
      const { endpoints, tls } = server;
      if (tls === undefined) throw new Error("the server has no TLS");
      await using client = await TransactionClient.connect({ endpoints, tls });
      await client.transaction(async (transaction) => transaction.put("k", "v"));
      expect(text(await (await client.snapshot()).get("k"))).toBe("v");
    });

    it("is refused to a client without", async () => {
      const { endpoints } = server;
      await expect(
        TransactionClient.connect({ endpoints, connectTimeoutMs: 500 }),
      ).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_TLS" });
    });
  },
);

describeOnServers("API v2", { needs: ["api-v2", "split"], apiVersion: "v2" }, (server) => {
  it("keeps transactions to their keyspace, over all its regions", async () => {
    const { endpoints } = server;
    await using client = await TransactionClient.connect({ endpoints, apiVersion: "v2" });
    const entries = ["a", "b", "z"].map((key): [string, string] => [key, `value of ${key}`]);
    await client.transaction(async (transaction) => {
      for (const [key, value] of entries) transaction.put(key, value);
    });
    const snapshot = await client.snapshot();
    expect(await textEntries(snapshot.scan())).toEqual(entries);
    expect(await textEntries(snapshot.scan({ reverse: true }))).toEqual(entries.toReversed());
  });
});

describeOnServers("several PD members", { needs: ["several-pd"], pdMembers: 3 }, (server) => {
  it("go on without the one that led", async () => {
    await using client = await TransactionClient.connect({ endpoints: server.endpoints });
    const before = await client.currentTimestamp();
    await server.stopPdLeader();
    expect(await client.currentTimestamp()).toBeGreaterThan(before);
    await server.stopPdLeader();
    await client.transaction(async (transaction) => transaction.put("k", "v"));
    expect(text(await (await client.snapshot()).get("k"))).toBe("v");
  });
});

describeOnServers("empty values", { needs: ["empty-values"] }, (server) => {
  it("that another client wrote are read as what they are", async () => {
    const { endpoints, tls, prefix } = server;
    const options = { endpoints, ...(tls && { tls }) };
    const key = Buffer.from(`${prefix}empty`);
    await using cluster = await openCluster(options, "txn");
    const backoff = cluster.backoff(20_000);
    const startVersion = await cluster.pd.timestamp(backoff);
    const prewritten = await cluster.sendToKey(backoff, key, commands.prewrite, {
      mutations: [{ op: kvrpcpb.Op.Put, key, value: new Uint8Array(0) }],
      primaryLock: key,
      startVersion,
      lockTtl: 3_000n,
    });
    expect(prewritten.errors).toEqual([]);
    const commitVersion = await cluster.pd.timestamp(backoff);
    const request = { keys: [key], startVersion, commitVersion };
    const committed = await cluster.sendToKey(backoff, key, commands.commit, request);
    expect(committed.error).toBeUndefined();

    await using client = await TransactionClient.connect(options);
    const snapshot = await client.snapshot();
    expect(text(await snapshot.get(key))).toBe("");
    expect((await snapshot.batchGet([key])).map(text)).toEqual([""]);
    const scanned = snapshot.scan({ start: prefix, end: `${prefix}~` });
    expect(await textEntries(scanned)).toEqual([[`${prefix}empty`, ""]]);
  });
});

describeOnServers("garbage collection at the stores", { needs: ["gc"] }, (server) => {
  it("drops what no snapshot since the safe point sees, and nothing else", async () => {
    const { endpoints, prefix } = server;
    await using client = await TransactionClient.connect({ endpoints });
    const key = Buffer.from(`${prefix}k`);
    for (const value of ["1", "2", "3"]) {
      await client.transaction(async (transaction) => transaction.put(key, value));
    }
    await using cluster = await openCluster({ endpoints }, "txn");
    const versions = async (): Promise<(string | undefined)[]> => {
      const { info } = await cluster.sendToKey(
        cluster.backoff(20_000),
        key,
        commands.mvccGetByKey,
        { key },
      );
      return (info?.writes ?? []).map(({ shortValue }) => text(shortValue));
    };
    expect(await versions()).toEqual(["3", "2", "1"]);
    await client.gc(await client.currentTimestamp());
    await expect.poll(versions).toEqual(["3"]);
    expect(text(await (await client.snapshot()).get(key))).toBe("3");
  });
});
