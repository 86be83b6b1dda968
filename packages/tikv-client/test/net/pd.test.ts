import { TestCluster } from "@roboflow/tikv-testkit";
import { expect, onTestFinished, test, vi } from "vitest";
import { openCluster, RawClient } from "../../src/index.js";
import { record } from "./recording.js";

test("timestamps rise, whoever asks, and concurrent ones share requests", async () => {
  await using cluster = await TestCluster.start();
  await using client = await openCluster({ endpoints: cluster.endpoints }, "txn");
  const one = () => client.pd.timestamp(client.backoff(15_000));
  const first = await one();
  const many = await Promise.all(Array.from({ length: 1000 }, one));
  const last = await one();
  expect([first, ...many, last]).toEqual(
    [...new Set([first, ...many, last])].sort((a, b) => (a < b ? -1 : 1)),
  );
  expect(cluster.calls("Tso")).toBeLessThan(10);
});

test("the leader is found whichever member was named, and followed when it changes", async () => {
  await using cluster = await TestCluster.start({ pdMembers: 3 });
  const [, , last] = cluster.endpoints;
  await using client = await openCluster({ endpoints: [last ?? ""] }, "txn");
  const one = () => client.pd.timestamp(client.backoff(15_000));
  const before = await one();
  cluster.movePdLeader(1);
  const moved = await one();
  expect(moved).toBeGreaterThan(before);
  // The endpoint that was named is gone: members that it told of are asked.
  await cluster.stopPd(2);
  await cluster.stopPd(1);
  expect(await one()).toBeGreaterThan(moved);
  expect((await client.pd.stores(client.backoff(1000))).map(({ id }) => id)).toEqual([1n]);
});

test("PD without a leader: calls wait for one within their budget, then say so", async () => {
  await using cluster = await TestCluster.start({ pdMembers: 2 });
  const seen = record();
  await using client = await openCluster(
    { endpoints: cluster.endpoints, hooks: seen.hooks },
    "txn",
  );
  await client.pd.timestamp(client.backoff(15_000));
  cluster.movePdLeader(undefined);
  await expect(client.pd.timestamp(client.backoff(700))).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE",
    permanence: "transient",
    met: { pd: expect.any(Number) },
  });
  await expect(client.locate(client.backoff(300), Buffer.from("k"))).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE",
  });
  const waiting = client.pd.timestamp(client.backoff(15_000));
  const located = client.locate(client.backoff(15_000), Buffer.from("k"));
  cluster.movePdLeader(1);
  expect(await waiting).toBeTypeOf("bigint");
  expect((await located).id).toBeTypeOf("bigint");
  expect(new Set(seen.retries.map(({ reason }) => reason))).toEqual(new Set(["pd"]));
});

test("a lost answer of PD costs another try", async () => {
  await using cluster = await TestCluster.start();
  await using client = await openCluster(
    { endpoints: cluster.endpoints, requestTimeoutMs: 100 },
    "txn",
  );
  let lost = 0;
  cluster.intercept((call) =>
    call.server === "pd" && call.rpc !== "GetMembers" && lost++ < 2 ? { kind: "drop" } : undefined,
  );
  expect(await client.pd.timestamp(client.backoff(15_000))).toBeTypeOf("bigint");
  expect(
    (await client.pd.regionByKey(client.backoff(15_000), Buffer.from("k"))).region.id,
  ).toBeTypeOf("bigint");
  expect(lost).toBeGreaterThan(2);
});

test("a signal ends the wait for a timestamp; others get theirs", async () => {
  await using cluster = await TestCluster.start();
  await using client = await openCluster({ endpoints: cluster.endpoints }, "txn");
  const controller = new AbortController();
  const aborted = client.pd.timestamp(client.backoff(15_000, controller.signal));
  const other = client.pd.timestamp(client.backoff(15_000));
  controller.abort();
  await expect(aborted).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ABORTED" });
  expect(await other).toBeTypeOf("bigint");
});

test("regions and stores as PD has them, also in batches where PD is old", async () => {
  await using cluster = await TestCluster.start({ stores: 2 });
  for (const key of ["b", "c", "d"]) cluster.split(key);
  await using client = await openCluster({ endpoints: cluster.endpoints }, "txn");
  const { codec, pd } = client;
  const bound = (key: string): Uint8Array => codec.toRegionKey(Buffer.from(key));
  const backoff = client.backoff(1000);
  const at = await pd.regionByKey(backoff, bound("c"));
  const before = await pd.regionBefore(backoff, bound("c"));
  expect(before.region.endKey).toEqual(at.region.startKey);
  expect((await pd.regionById(backoff, at.region.id))?.region.id).toBe(at.region.id);
  expect(await pd.regionById(backoff, 999_999n)).toBeUndefined();
  const ranges = [
    { start: bound("b"), end: bound("c") },
    { start: bound("d"), end: new Uint8Array(0) },
  ];
  const batch = await pd.scanRegions(backoff, ranges, 10);
  expect(batch).toHaveLength(2);
  expect(cluster.calls("BatchScanRegions")).toBe(1);

  cluster.intercept((call) =>
    call.rpc === "BatchScanRegions"
      ? { kind: "status", code: 12, message: "unknown method" }
      : undefined,
  );
  for (let round = 0; round < 2; round++) {
    const single = await pd.scanRegions(backoff, ranges, 10);
    expect(single.map(({ region }) => region.id)).toEqual(batch.map(({ region }) => region.id));
  }
  expect(cluster.calls("BatchScanRegions")).toBe(2);
  expect((await pd.store(backoff, 2n))?.id).toBe(2n);
  expect(await pd.store(backoff, 99n)).toBeUndefined();
});

test("safe points only rise", async () => {
  await using cluster = await TestCluster.start();
  await using client = await openCluster({ endpoints: cluster.endpoints }, "txn");
  const backoff = client.backoff(1000);
  const now = await client.pd.timestamp(backoff);
  expect(await client.pd.updateGcSafePoint(backoff, now)).toBe(now);
  expect(await client.pd.updateGcSafePoint(backoff, now - 1n)).toBe(now);
  expect(await client.pd.gcSafePoint(backoff)).toBe(now);
  const least = await client.pd.updateServiceSafePoint(backoff, "backup", 60n, now + 5n);
  expect(least).toBeLessThanOrEqual(now + 5n);
});

test("endpoints of two clusters are refused", async () => {
  await using one = await TestCluster.start();
  await using two = await TestCluster.start();
  const endpoints = [...one.endpoints, ...two.endpoints];
  await expect(RawClient.connect({ endpoints })).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_TIKV_CLUSTER_MISMATCH",
    permanence: "permanent",
  });
});

test("after closing, nothing is dialled for a call that was under way", async () => {
  await using cluster = await TestCluster.start({ pdMembers: 3 });
  const client = await RawClient.connect({ endpoints: cluster.endpoints.slice(0, 1) });
  cluster.intercept({ rpc: "GetRegion", action: { kind: "drop" } });
  const outcome = client.get("k").catch((error: unknown) => error);
  await vi.waitFor(() => expect(cluster.calls("GetRegion")).toBe(1));
  await client.close();
  expect(await outcome).toMatchObject({ code: "ERR_ROBOFLOW_TIKV_CLOSED" });
  // A dial that had begun is through before one that begins now.
  const endpoints = cluster.endpoints.slice(1);
  await (await RawClient.connect({ endpoints })).close();
  expect([cluster.pdConnections(1), cluster.pdConnections(2)]).toEqual([1, 1]);
});

test("members are asked for again each minute", async () => {
  await using cluster = await TestCluster.start();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  await using client = await openCluster({ endpoints: cluster.endpoints }, "txn");
  expect(cluster.calls("GetMembers")).toBe(1);
  for (const round of [2, 3]) {
    vi.advanceTimersByTime(61_000);
    await vi.waitUntil(() => cluster.calls("GetMembers") === round, 10_000);
    // A timestamp comes behind the answer on the same connection.
    await client.pd.timestamp(client.backoff(15_000));
  }
});
