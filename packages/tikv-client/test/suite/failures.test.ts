import { afterAll, beforeAll, expect, test } from "vitest";
import { RawClient } from "../../src/index.js";
import { describeOnServers } from "../servers/describe-on-servers.js";

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

describeOnServers(
  "failures of stores",
  { stores: 3, needs: ["raw", "stop-store", "move-leader", "fault", "lost-answer"] },
  (server) => {
    let client: RawClient;
    const key = (name: string): string => server.prefix + name;

    beforeAll(async () => {
      client = await RawClient.connect({ endpoints: server.endpoints });
      await client.put(key("k"), "v");
    });
    afterAll(async () => {
      await client.close();
    });

    test("a store that stops is left for the new leader", async () => {
      for (const id of server.storeIds) {
        await server.stopStore(id);
        expect(text(await client.get(key("k")))).toBe("v");
        await client.put(key(`while ${id} is down`), "1");
        await server.startStore(id);
      }
      expect(text(await client.get(key("k")))).toBe("v");
    });

    test("all stores restart: the client recovers by itself", async () => {
      for (const id of server.storeIds) await server.stopStore(id, { keepLeaders: true });
      const reads = Promise.all(Array.from({ length: 20 }, () => client.get(key("k"))));
      const write = client.put(key("k"), "w");
      for (const id of server.storeIds) await server.startStore(id);
      await write;
      expect((await reads).every((value) => ["v", "w"].includes(text(value) ?? ""))).toBe(true);
      expect(text(await client.get(key("k")))).toBe("w");
    });

    test("a connection that breaks under a request costs only another try", async () => {
      await client.put(key("k"), "v");
      await server.fault({ kind: "unavailable", rpc: "RawGet" });
      expect(text(await client.get(key("k")))).toBe("v");
      await server.fault({ kind: "lost-answer", rpc: "RawPut" });
      await client.put(key("k"), "again");
      expect(text(await client.get(key("k")))).toBe("again");
    });

    test("a compare-and-swap whose answer is lost is undetermined unless it can be told", async () => {
      await client.put(key("cas"), "1");
      await server.fault({ kind: "lost-answer", rpc: "RawCompareAndSwap" });
      await expect(
        client.compareAndSwap(key("cas"), { expected: "1", value: "2" }),
      ).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_UNDETERMINED" });
      expect(text(await client.get(key("cas")))).toBe("2");

      await server.fault({ kind: "unavailable", rpc: "RawCompareAndSwap" });
      await client.compareAndSwap(key("cas"), { expected: "2", value: "3" });
      expect(text(await client.get(key("cas")))).toBe("3");
    });
  },
);

describeOnServers("failures of PD", { needs: ["raw", "stop-pd"] }, (server) => {
  test("PD restarts: what is cached goes on, what is not waits", async () => {
    await using client = await RawClient.connect({ endpoints: server.endpoints });
    await client.put(`${server.prefix}k`, "v");
    await server.stopPd();
    expect(text(await client.get(`${server.prefix}k`))).toBe("v");
    await server.startPd();
    await using second = await RawClient.connect({ endpoints: server.endpoints });
    expect(text(await second.get(`${server.prefix}k`))).toBe("v");
  });
});
