import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { kvrpcpb } from "@roboflow/tikv-proto";
import { describe, expect, it } from "vitest";
import { bytes, contextOf, RawGrpc, StoreGrpc } from "../../test/client.js";
import { TestCluster } from "./test-cluster.js";

const get = { key: bytes("k"), version: 1n };

describe("a store", () => {
  it("that stops cuts its connections, and others lead its regions", async () => {
    await using cluster = await TestCluster.start({ stores: 3 });
    cluster.split("m");
    using client = new StoreGrpc(cluster);
    let release = (): void => {};
    const promise = new Promise<void>((resolve) => (release = resolve));
    const hook = cluster.intercept(() => ({ kind: "until", promise }));
    const failure = client.send("KvGet", "k", get).catch(String);
    await expect.poll(() => hook.acted).toBe(1);
    await cluster.stopStore(1);
    expect(await failure).toContain("UNAVAILABLE");
    release();
    hook[Symbol.dispose]();
    expect(cluster.stores.map(({ isRunning }) => isRunning)).toEqual([false, true, true]);
    expect(cluster.regions().map(({ leaderStoreId }) => leaderStoreId)).toEqual([2n, 3n]);
    expect((await client.send("KvGet", "k", get)).notFound).toBe(true);
  });

  it("that starts again has its address, and leads what it is given", async () => {
    await using cluster = await TestCluster.start({ stores: 2 });
    const [before] = cluster.stores;
    await cluster.stopStore(1);
    await cluster.startStore(1);
    expect(cluster.stores[0]).toEqual(before);
    cluster.moveLeader("k", 1);
    using client = new StoreGrpc(cluster);
    expect((await client.send("KvGet", "k", get)).notFound).toBe(true);
  });

  it("may keep its regions while it is down", async () => {
    await using cluster = await TestCluster.start({ stores: 2 });
    await cluster.stopStore(1, { moveLeaders: false });
    expect(cluster.regionOf("k").leaderStoreId).toBe(1n);
  });

  it.each(["reset", "hang"] as const)("counts who dials it while it is down: %s", async (how) => {
    await using cluster = await TestCluster.start();
    await cluster.stopStore(1, { connections: how });
    using client = new RawGrpc(cluster.stores[0]?.address ?? "");
    const failure = client.call("KvGet", get, 500).catch(String);
    await expect.poll(() => cluster.connections(1)).toBeGreaterThan(0);
    expect(await failure).toMatch(/UNAVAILABLE|DEADLINE/u);
    await cluster.startStore(1);
    using fresh = new StoreGrpc(cluster);
    expect((await fresh.send("KvGet", "k", get)).notFound).toBe(true);
  });

  it("counts calls by name and store", async () => {
    await using cluster = await TestCluster.start({ stores: 2 });
    using client = new StoreGrpc(cluster);
    await client.send("KvGet", "k", get);
    cluster.moveLeader("k", 2);
    await client.send("KvGet", "k", get);
    await client.send("KvScan", "k", { version: 1n });
    expect(cluster.calls()).toBe(3);
    expect(cluster.calls("KvGet")).toBe(2);
    expect(cluster.calls("KvGet", 2)).toBe(1);
    expect(cluster.calls("KvScan", 1)).toBe(0);
  });

  it("that stops never executes what it has not executed yet", async () => {
    await using cluster = await TestCluster.start({ stores: 2 });
    using client = new StoreGrpc(cluster);
    let release = (): void => {};
    const promise = new Promise<void>((resolve) => (release = resolve));
    const hook = cluster.intercept({ times: 1, action: { kind: "until", promise } });
    const put = { key: bytes("k"), value: bytes("1") };
    const failure = client.send("RawPut", "k", put).catch(String);
    await expect.poll(() => hook.acted).toBe(1);
    await cluster.stopStore(1);
    await cluster.startStore(1);
    release();
    expect(await failure).toContain("UNAVAILABLE");
    expect((await client.send("RawGet", "k", { key: bytes("k") })).notFound).toBe(true);
  });

  it("ends what waits for a lock when the cluster closes", async () => {
    const cluster = await TestCluster.start();
    using client = new StoreGrpc(cluster);
    const lock = (startVersion: bigint) =>
      client.send("KvPessimisticLock", "a", {
        mutations: [{ op: kvrpcpb.Op.PessimisticLock, key: bytes("a") }],
        primaryLock: bytes("a"),
        startVersion,
        forUpdateTs: startVersion,
      });
    await lock(1n);
    const failure = lock(2n).catch(String);
    await expect.poll(() => cluster.lockWaits).toBe(1);
    await cluster.close();
    expect(await failure).toContain("UNAVAILABLE");
    expect(cluster.lockWaits).toBe(0);
  });
});

describe("a PD member", () => {
  it("that stops hands over the lead, if anybody is left", async () => {
    await using cluster = await TestCluster.start({ pdMembers: 2 });
    await cluster.stopPd(0);
    expect(cluster.pdLeader).toBe(1);
    await cluster.stopPd(1);
    expect(cluster.pdLeader).toBeUndefined();
    await cluster.startPd(0);
    expect(cluster.pdLeader).toBe(0);
    using client = new RawGrpc(cluster.endpoints[0] ?? "");
    expect((await client.call("GetMembers", {})).leader?.name).toBe("pd-0");
  });
});

describe("API v2", () => {
  it("takes keys of the keyspace that the request names, by mode", async () => {
    await using cluster = await TestCluster.start({
      apiVersion: "v2",
      keyspaces: ["one", { name: "two", id: 0x01_02_03, state: "ARCHIVED" }],
    });
    using client = new StoreGrpc(cluster);
    using pd = new RawGrpc(cluster.endpoints[0] ?? "");
    const header = { clusterId: cluster.clusterId };
    const { keyspace } = await pd.call("LoadKeyspace", { header, name: "two" });
    expect(keyspace).toMatchObject({ id: 0x01_02_03, state: 2 });
    const key = Uint8Array.of("x".charCodeAt(0), 1, 2, 3, 65);
    const ofTwo = { apiVersion: kvrpcpb.APIVersion.V2, keyspaceId: 0x01_02_03 };
    const found = await client.send("KvGet", key, { key, version: 1n }, ofTwo);
    expect([found.error, found.notFound]).toEqual([undefined, true]);
    const ofOne = { ...ofTwo, keyspaceId: 1 };
    const foreign = await client.send("KvGet", key, { key, version: 1n }, ofOne);
    expect(foreign.error?.abort).toContain("keyspace 1");
    const raw = await client.send("RawGet", key, { key }, ofTwo);
    expect(raw.error).toContain("raw keyspace");
    const v1 = await client.send("KvGet", key, { key, version: 1n });
    expect(v1.error?.abort).toContain("Api version");
  });

  it("has memory-comparable bounds for raw keys, too, and lets them expire", async () => {
    await using cluster = await TestCluster.start({ apiVersion: "v2" });
    const key = Uint8Array.of("r".charCodeAt(0), 0, 0, 0, 65);
    cluster.split(key, { raw: true });
    const region = cluster.regionOf(key);
    expect(region.startKey).toHaveLength(9);
    using client = new RawGrpc(cluster.stores[0]?.address ?? "");
    const context = { ...contextOf(region), apiVersion: kvrpcpb.APIVersion.V2 };
    const put = await client.call("RawPut", { context, key, value: bytes("1"), ttl: 9n });
    expect(put.error).toBe("");
    expect((await client.call("RawGetKeyTTL", { context, key })).ttl).toBe(9n);
  });
});

it.each([
  { options: { stores: 0 }, message: "stores must be 1 or more" },
  { options: { pdMembers: 1.5 }, message: "pdMembers must be 1 or more" },
  { options: { keyspaces: [{ name: "big", id: 2 ** 24 }] }, message: "keyspace big" },
])("refuses to start with $options", async ({ options, message }) => {
  await expect(TestCluster.start(options)).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_TESTKIT_ARGUMENT",
    message: expect.stringContaining(message) as string,
  });
});

it("knows no store or member that is not there", async () => {
  await using cluster = await TestCluster.start();
  expect(() => cluster.connections(2)).toThrow("there is no store 2");
  expect(() => cluster.movePdLeader(1)).toThrow("there is no PD member 1");
  expect(() => cluster.moveLeader("k", 2)).toThrow("there is no store 2");
  expect(() => cluster.merge("k")).toThrow("no next one");
});

it("leaves nothing behind: the process ends by itself", () => {
  const program = `
    import { TestCluster } from "@roboflow/tikv-testkit";
    const cluster = await TestCluster.start({ stores: 2, pdMembers: 2 });
    await cluster.stopStore(1, { connections: "hang" });
    await cluster.close();
    console.log("closed");
  `;
  const { stdout, status } = spawnSync(
    process.execPath,
    ["--conditions=@roboflow/source", "--import", "tsx", "--input-type=module", "-e", program],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)), encoding: "utf8", timeout: 60_000 },
  );
  expect([stdout, status]).toEqual(["closed\n", 0]);
});
