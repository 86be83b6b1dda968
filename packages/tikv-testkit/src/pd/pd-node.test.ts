import { create } from "@bufbuild/protobuf";
import { pdpb, physicalOf, timestampOf } from "@roboflow/tikv-proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, RawGrpc, text } from "../../test/client.js";
import { TestCluster } from "../cluster/test-cluster.js";
import type { Rpc } from "../rpc/methods.js";

describe("PD", () => {
  let cluster: TestCluster;
  let members: RawGrpc[];

  beforeEach(async () => {
    cluster = await TestCluster.start({ stores: 2, pdMembers: 3, clusterId: 7n });
    members = cluster.endpoints.map((endpoint) => new RawGrpc(endpoint));
  });

  afterEach(async () => {
    for (const member of members) {
      member[Symbol.dispose]();
    }
    await cluster.close();
  });

  const member = (index: number): RawGrpc => {
    const found = members[index];
    if (found === undefined) {
      throw new Error(`no member ${index}`);
    }
    return found;
  };
  const ask = <Name extends Rpc>(rpc: Name, request: object = {}) =>
    member(0).call(rpc, { header: { clusterId: 7n }, ...request });
  const spans = (regions: readonly pdpb.Region[]): string[] =>
    regions.map(({ region }) => `${text(region?.startKey ?? bytes("?"))}-`);

  it("tells at any member who they are and which leads", async () => {
    cluster.movePdLeader(1);
    for (const index of [0, 1, 2]) {
      const reply = await member(index).call("GetMembers", {});
      expect(reply.header?.clusterId).toBe(7n);
      expect(reply.members.map(({ clientUrls }) => clientUrls[0])).toEqual(
        cluster.endpoints.map((endpoint) => `http://${endpoint}`),
      );
      expect(reply.leader?.name).toBe("pd-1");
    }
    cluster.movePdLeader(undefined);
    expect((await member(0).call("GetMembers", {})).leader).toBeUndefined();
  });

  it("answers everything else at its leader only, and in its own cluster", async () => {
    const request = { header: { clusterId: 7n }, storeId: 1n };
    await expect(member(1).call("GetStore", request)).rejects.toThrow("UNAVAILABLE: not leader");
    const foreign = { ...request, header: { clusterId: 8n } };
    await expect(member(0).call("GetStore", foreign)).rejects.toThrow("FAILED_PRECONDITION");
  });

  it("hands out timestamps on a stream, one answer for each request", async () => {
    cluster.clock.set(1_000_000);
    const stream = member(0).tso();
    for (const count of [1, 10, 1]) {
      stream.write(create(pdpb.TsoRequestSchema, { header: { clusterId: 7n }, count }));
    }
    stream.end();
    const answers: bigint[] = [];
    for await (const { timestamp, count } of stream as AsyncIterable<pdpb.TsoResponse>) {
      answers.push(timestampOf(timestamp?.physical ?? 0n, timestamp?.logical ?? 0n));
      expect(count).toBe([1, 10, 1][answers.length - 1]);
    }
    const [first = 0n, second = 0n, third = 0n] = answers;
    expect(physicalOf(first)).toBe(1_000_000n);
    expect([second - first, third - second]).toEqual([10n, 1n]);
  });

  it.each([
    { name: "a follower", index: 1, header: { clusterId: 7n }, count: 1, error: "not leader" },
    { name: "another cluster", index: 0, header: { clusterId: 8n }, count: 1, error: "mismatch" },
    { name: "no timestamps", index: 0, header: { clusterId: 7n }, count: 0, error: "not possible" },
  ])("ends the stream for $name", async ({ index, header, count, error }) => {
    const stream = member(index).tso();
    stream.write(create(pdpb.TsoRequestSchema, { header, count }));
    const next = (stream as AsyncIterable<pdpb.TsoResponse>)[Symbol.asyncIterator]().next();
    await expect(next).rejects.toThrow(error);
  });

  it("knows the stores", async () => {
    const { store } = await ask("GetStore", { storeId: 2n });
    expect(store?.address).toBe(cluster.stores[1]?.address);
    const unknown = await ask("GetStore", { storeId: 9n });
    expect(unknown.header?.error?.message).toContain("9");
    expect((await ask("GetAllStores")).stores.map(({ id }) => id)).toEqual([1n, 2n]);
  });

  it("finds regions by key, before a key, by id and by range", async () => {
    for (const key of ["b", "d", "f"]) {
      cluster.split(key, { raw: true });
    }
    cluster.moveLeader("c", 2, { raw: true });
    const found = await ask("GetRegion", { regionKey: bytes("c") });
    expect(text(found.region?.startKey ?? bytes(""))).toBe("b");
    expect(found.leader?.storeId).toBe(2n);
    const before = await ask("GetPrevRegion", { regionKey: bytes("b") });
    expect(before.region?.endKey).toEqual(bytes("b"));
    expect((await ask("GetPrevRegion", { regionKey: bytes("a") })).region).toBeUndefined();
    const byId = await ask("GetRegionByID", { regionId: found.region?.id ?? 0n });
    expect(byId.region).toEqual(found.region);
    expect((await ask("GetRegionByID", { regionId: 999n })).region).toBeUndefined();
    const range = { startKey: bytes("c"), endKey: bytes("f") };
    const scanned = await ask("ScanRegions", range);
    expect(spans(scanned.regions)).toEqual(["b-", "d-"]);
    expect(scanned.regionMetas.map(({ id }) => id)).toEqual(
      scanned.regions.map(({ region }) => region?.id),
    );
    expect(scanned.leaders.map(({ storeId }) => storeId)).toEqual([2n, 1n]);
    expect(spans((await ask("ScanRegions", { limit: 3 })).regions)).toEqual(["-", "b-", "d-"]);
    const ranges = [
      { startKey: bytes("a"), endKey: bytes("b") },
      { startKey: bytes("e"), endKey: new Uint8Array(0) },
      { startKey: bytes("g"), endKey: new Uint8Array(0) },
    ];
    const batch = await ask("BatchScanRegions", { ranges });
    expect(spans(batch.regions)).toEqual(["-", "d-", "f-"]);
    expect(spans((await ask("BatchScanRegions", { ranges, limit: 2 })).regions)).toHaveLength(2);
  });

  it("has its header in replies of hooks, too", async () => {
    cluster.intercept({ rpc: "GetRegion", action: { kind: "reply", reply: {} } });
    const none = await ask("GetRegion", { regionKey: bytes("a") });
    expect([none.header?.clusterId, none.region]).toEqual([7n, undefined]);
  });

  it("is behind while it is told to be", async () => {
    const frozen = cluster.freezePdRegions();
    cluster.split("b");
    expect((await ask("ScanRegions")).regions).toHaveLength(1);
    frozen[Symbol.dispose]();
    expect((await ask("ScanRegions")).regions).toHaveLength(2);
  });

  it("splits, and needs no time to scatter", async () => {
    const splitKeys = [bytes("b"), bytes("d")];
    const { regionsId, finishedPercentage } = await ask("SplitRegions", { splitKeys });
    expect([regionsId.length, finishedPercentage]).toEqual([3, 100n]);
    await ask("ScatterRegion", { regionsId });
    const operator = await ask("GetOperator", { regionId: regionsId[0] ?? 0n });
    expect(operator.status).toBe(pdpb.OperatorStatus.SUCCESS);
  });

  it("keeps safe points", async () => {
    expect((await ask("UpdateGCSafePoint", { safePoint: 5n })).newSafePoint).toBe(5n);
    expect((await ask("UpdateGCSafePoint", { safePoint: 3n })).newSafePoint).toBe(5n);
    expect((await ask("GetGCSafePoint")).safePoint).toBe(5n);
    const service = { serviceId: bytes("backup"), TTL: 60n, safePoint: 9n };
    expect((await ask("UpdateServiceGCSafePoint", service)).minSafePoint).toBe(9n);
  });

  it("loads keyspaces", async () => {
    expect((await ask("LoadKeyspace", { name: "DEFAULT" })).keyspace?.id).toBe(0);
    const unknown = await ask("LoadKeyspace", { name: "other" });
    expect(unknown.header?.error?.type).toBe(pdpb.ErrorType.ENTRY_NOT_FOUND);
  });
});
