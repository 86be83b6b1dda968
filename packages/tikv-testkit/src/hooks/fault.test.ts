import { expect, it } from "vitest";
import { bytes, RawGrpc, StoreGrpc } from "../../test/client.js";
import { TestCluster } from "../cluster/test-cluster.js";

const get = { key: bytes("k"), version: 1n };

it("acts on calls of a name, at a store, as often as it is told", async () => {
  await using cluster = await TestCluster.start({ stores: 2 });
  using client = new StoreGrpc(cluster);
  const region = { regionError: { message: "no" } };
  const fault = cluster.intercept({
    rpc: "KvGet",
    store: 2,
    times: 2,
    action: { kind: "reply", reply: region },
  });
  const isHit = async (): Promise<boolean> =>
    (await client.send("KvGet", "k", get)).regionError !== undefined;
  expect(await isHit()).toBe(false);
  cluster.moveLeader("k", 2);
  expect((await client.send("KvScan", "k", { version: 1n })).regionError).toBeUndefined();
  expect([await isHit(), await isHit(), await isHit()]).toEqual([true, true, false]);
  expect(fault.acted).toBe(2);
});

it("acts on every call if it says nothing else", async () => {
  await using cluster = await TestCluster.start();
  using store = new StoreGrpc(cluster);
  using pd = new RawGrpc(cluster.endpoints[0] ?? "");
  const fault = cluster.intercept({ action: { kind: "unavailable" } });
  await expect(store.send("KvGet", "k", get)).rejects.toThrow("UNAVAILABLE");
  await expect(pd.call("GetMembers", {})).rejects.toThrow("UNAVAILABLE");
  fault[Symbol.dispose]();
  expect((await pd.call("GetMembers", {})).members).toHaveLength(1);
});
