import { kvrpcpb } from "@roboflow/tikv-proto";
import { expect, it } from "vitest";
import { bytes, StoreGrpc, text } from "../../test/client.js";
import { TestCluster } from "../cluster/test-cluster.js";

const pairs = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, value]) => ({ key: bytes(key), value: bytes(value) }));
const shown = (found: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]) =>
  found.map(({ key, value }) => `${text(key)}=${text(value)}`);

it("put, get and delete", async () => {
  await using cluster = await TestCluster.start();
  using client = new StoreGrpc(cluster);
  await client.send("RawPut", "a", { key: bytes("a"), value: bytes("1") });
  await client.send("RawBatchPut", "a", { pairs: pairs({ b: "2", c: "" }) });
  expect(text((await client.send("RawGet", "a", { key: bytes("a") })).value)).toBe("1");
  const empty = await client.send("RawGet", "c", { key: bytes("c") });
  expect([empty.value.length, empty.notFound]).toEqual([0, false]);
  const keys = ["c", "x", "a"].map((key) => bytes(key));
  expect(shown((await client.send("RawBatchGet", "a", { keys })).pairs)).toEqual(["c=", "a=1"]);
  await client.send("RawDelete", "a", { key: bytes("a") });
  await client.send("RawBatchDelete", "a", { keys: [bytes("c")] });
  expect((await client.send("RawGet", "a", { key: bytes("a") })).notFound).toBe(true);
  expect(shown((await client.send("RawScan", "a", { limit: 9 })).kvs)).toEqual(["b=2"]);
});

it("scan and delete within a region, whose bounds are plain keys", async () => {
  await using cluster = await TestCluster.start();
  using client = new StoreGrpc(cluster);
  await client.send("RawBatchPut", "a", { pairs: pairs({ a: "1", b: "2", c: "3", d: "4" }) });
  cluster.split("d", { raw: true });
  cluster.split("b", { raw: true });
  expect(cluster.regions().map(({ startKey }) => text(startKey))).toEqual(["", "b", "d"]);
  const scan = async (more: object): Promise<string[]> =>
    shown((await client.send("RawScan", "b", { limit: 9, ...more })).kvs);
  expect(await scan({})).toEqual(["b=2", "c=3"]);
  expect(await scan({ startKey: bytes("c"), endKey: bytes("z") })).toEqual(["c=3"]);
  expect(await scan({ reverse: true, keyOnly: true })).toEqual(["c=", "b="]);
  expect(await scan({ reverse: true, startKey: bytes("c") })).toEqual(["b=2"]);
  await client.send("RawDeleteRange", "b", { startKey: bytes("c"), endKey: bytes("d") });
  expect(await scan({})).toEqual(["b=2"]);
  expect((await client.send("RawGet", "d", { key: bytes("d") })).notFound).toBe(false);
  const outside = await client.send("RawGet", "b", { key: bytes("a") });
  expect(outside.regionError?.keyNotInRegion?.startKey).toEqual(bytes("b"));
});

it("compare and swap, atomically", async () => {
  await using cluster = await TestCluster.start();
  using client = new StoreGrpc(cluster);
  const swap = (more: object) =>
    client.send("RawCompareAndSwap", "a", { key: bytes("a"), value: bytes("2"), ...more });
  expect(await swap({ previousValue: bytes("1") })).toMatchObject({
    succeed: false,
    previousNotExist: true,
  });
  expect(await swap({ previousNotExist: true })).toMatchObject({
    succeed: true,
    previousNotExist: true,
  });
  expect(await swap({ previousNotExist: true })).toMatchObject({
    succeed: false,
    previousNotExist: false,
    previousValue: bytes("2"),
  });
  expect((await swap({ previousValue: bytes("2"), delete: true })).succeed).toBe(true);
  expect((await client.send("RawGet", "a", { key: bytes("a") })).notFound).toBe(true);
});

it("let values expire, if the storage can", async () => {
  await using plain = await TestCluster.start();
  using refused = new StoreGrpc(plain);
  const put = { key: bytes("a"), value: bytes("1"), ttl: 10n };
  expect((await refused.send("RawPut", "a", put)).error).toContain("ttl is not enabled");
  await using cluster = await TestCluster.start({ apiVersion: "v1ttl" });
  using client = new StoreGrpc(cluster);
  cluster.clock.set();
  const context = { apiVersion: kvrpcpb.APIVersion.V1TTL };
  expect((await client.send("RawPut", "a", put, context)).error).toBe("");
  const batch = { pairs: pairs({ b: "1", c: "1" }), ttls: [5n, 20n] };
  await client.send("RawBatchPut", "a", batch, context);
  const ttl = async (key: string): Promise<bigint | undefined> => {
    const reply = await client.send("RawGetKeyTTL", key, { key: bytes(key) }, context);
    return reply.notFound ? undefined : reply.ttl;
  };
  expect([await ttl("a"), await ttl("b"), await ttl("c")]).toEqual([10n, 5n, 20n]);
  cluster.clock.advance(10_000);
  expect([await ttl("a"), await ttl("b"), await ttl("c")]).toEqual([undefined, undefined, 10n]);
  const uneven = { pairs: pairs({ b: "1", c: "1", d: "1" }), ttls: [5n, 20n] };
  expect((await client.send("RawBatchPut", "a", uneven, context)).error).toContain("2 ttls");
});
