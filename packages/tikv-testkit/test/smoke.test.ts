import { expect, it } from "vitest";
import { TestCluster } from "../src/index.js";
import { bytes, RawGrpc, StoreGrpc, text } from "./client.js";

it("commits a transaction and reads it back", async () => {
  await using cluster = await TestCluster.start({ stores: 3 });
  using client = new StoreGrpc(cluster);
  const startTs = cluster.timestamp();
  const prewrite = await client.send("KvPrewrite", "a", {
    mutations: [{ op: 0, key: bytes("a"), value: bytes("1") }],
    primaryLock: bytes("a"),
    startVersion: startTs,
    lockTtl: 3000n,
  });
  expect(prewrite.errors).toEqual([]);
  const blocked = await client.send("KvGet", "a", {
    key: bytes("a"),
    version: cluster.timestamp(),
  });
  expect(blocked.error?.locked?.lockVersion).toBe(startTs);
  const commitVersion = cluster.timestamp();
  await client.send("KvCommit", "a", { keys: [bytes("a")], startVersion: startTs, commitVersion });
  const got = await client.send("KvGet", "a", { key: bytes("a"), version: cluster.timestamp() });
  expect(text(got.value)).toBe("1");
  cluster.split("b");
  using pd = new RawGrpc(cluster.endpoints[0] ?? "");
  const header = { clusterId: cluster.clusterId };
  const scan = await pd.call("ScanRegions", { header });
  expect(scan.regions.length).toBe(2);
});
