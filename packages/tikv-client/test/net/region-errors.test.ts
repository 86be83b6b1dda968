import { commands } from "@roboflow/tikv-proto";
import { TestCluster, type RegionErrorInit } from "@roboflow/tikv-testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openCluster, RawClient } from "../../src/index.js";
import { record, type Recording } from "./recording.js";

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

describe("region errors", () => {
  let cluster: TestCluster;
  let client: RawClient;
  let seen: Recording;

  beforeEach(async () => {
    cluster = await TestCluster.start({ stores: 3 });
    seen = record();
    client = await RawClient.connect({ endpoints: cluster.endpoints, hooks: seen.hooks });
    await client.put("k", "v");
    seen.requests.length = 0;
  });
  afterEach(async () => {
    await client.close();
    await cluster.close();
  });

  /** Requests for it, without those to PD. */
  const reads = (): Recording["requests"] => seen.requests.filter(({ rpc }) => rpc === "RawGet");
  /** Answers the next `times` reads with a region error. */
  const answer = (error: RegionErrorInit, times = 1): Disposable => {
    let left = times;
    return cluster.intercept((call) =>
      call.rpc === "RawGet" && left-- > 0 ? { kind: "region-error", error } : undefined,
    );
  };

  test.each<[string, RegionErrorInit, string[]]>([
    [
      "NotLeader with a hint to itself",
      { notLeader: { leader: { id: 0n } } },
      ["region-scheduling"],
    ],
    ["RegionNotFound", { regionNotFound: { regionId: 2n } }, []],
    ["KeyNotInRegion", { keyNotInRegion: { regionId: 2n } }, []],
    ["EpochNotMatch without regions", { epochNotMatch: {} }, []],
    ["ServerIsBusy", { serverIsBusy: { reason: "test", backoffMs: 3n } }, ["server-busy"]],
    ["StaleCommand", { staleCommand: {} }, ["stale-command"]],
    ["StoreNotMatch", { storeNotMatch: { requestStoreId: 1n, actualStoreId: 9n } }, []],
    ["MaxTimestampNotSynced", { maxTimestampNotSynced: {} }, ["max-ts-not-synced"]],
    ["ReadIndexNotReady", { readIndexNotReady: {} }, ["region-scheduling"]],
    ["ProposalInMergingMode", { proposalInMergingMode: {} }, ["region-scheduling"]],
    ["DataIsNotReady", { dataIsNotReady: {} }, ["region-scheduling"]],
    ["RegionNotInitialized", { regionNotInitialized: {} }, ["region-not-initialized"]],
    ["DiskFull", { diskFull: { storeId: [1n] } }, ["disk-full"]],
    ["RecoveryInProgress", { RecoveryInProgress: {} }, ["recovery-in-progress"]],
    ["IsWitness", { isWitness: {} }, ["is-witness"]],
    ["MismatchPeerId", { mismatchPeerId: { requestPeerId: 1n, storePeerId: 2n } }, []],
    ["BucketVersionNotMatch", { bucketVersionNotMatch: {} }, ["region-miss"]],
    ["UndeterminedResult", { undeterminedResult: {} }, ["region-scheduling"]],
    ["one without a name", { message: "something new" }, ["region-miss"]],
  ])("%s is survived", async (_, error, reasons) => {
    answer({ message: "test", ...error });
    expect(text(await client.get("k"))).toBe("v");
    // One that has no name makes a follower the next, which is no leader.
    expect(seen.retries.map(({ reason }) => reason)).toEqual(reasons);
  });

  test("ServerIsBusy: the wait is no longer than the server suggests", async () => {
    answer({ message: "busy", serverIsBusy: { backoffMs: 3n } }, 2);
    expect(text(await client.get("k"))).toBe("v");
    expect(seen.retries).toEqual([
      { reason: "server-busy", waitMs: 3 },
      { reason: "server-busy", waitMs: 3 },
    ]);
  });

  test.each<[string, RegionErrorInit, string]>([
    ["RaftEntryTooLarge", { raftEntryTooLarge: { entrySize: 99n } }, "ERR_ROBOFLOW_TIKV_VALUE"],
    ["FlashbackInProgress", { FlashbackInProgress: {} }, "ERR_ROBOFLOW_TIKV_UNAVAILABLE"],
    ["FlashbackNotPrepared", { FlashbackNotPrepared: {} }, "ERR_ROBOFLOW_TIKV_UNAVAILABLE"],
  ])("%s ends the call", async (name, error, code) => {
    answer({ message: "test", ...error });
    await expect(client.get("k")).rejects.toMatchObject({
      code,
      message: expect.stringContaining(name),
    });
    expect(seen.retries).toEqual([]);
  });

  test("the first RegionNotFound is tried again without a wait, the next after one", async () => {
    const error = { message: "gone", regionNotFound: { regionId: 2n } };
    answer(error);
    expect(text(await client.get("k"))).toBe("v");
    expect(seen.retries).toEqual([]);
    answer(error, 2);
    expect(text(await client.get("k"))).toBe("v");
    expect(seen.retries).toEqual([{ reason: "region-miss", waitMs: 2 }]);
  });

  test("NotLeader with a hint: the named leader is asked at once, and from then on", async () => {
    cluster.moveLeader("k", 2n, { raw: true });
    const asked = cluster.calls("GetRegion");
    expect(text(await client.get("k"))).toBe("v");
    expect(text(await client.get("k"))).toBe("v");
    expect(seen.retries).toEqual([]);
    expect(reads().map(({ outcome }) => outcome)).toEqual(["region-error", "ok", "ok"]);
    expect(cluster.calls("GetRegion")).toBe(asked);
  });

  test("NotLeader without a hint: the peers are asked in turn, then PD", async () => {
    cluster.moveLeader("k", undefined, { raw: true });
    const addresses = cluster.stores.map(({ address }) => address);
    const asked = cluster.calls("GetRegion");
    // A leader is elected once every peer has said that it knows of none.
    cluster.intercept((call) => {
      if (call.rpc === "GetRegion") cluster.moveLeader("k", 3n, { raw: true });
    });
    expect(text(await client.get("k"))).toBe("v");
    expect(
      new Set(
        reads()
          .slice(0, 3)
          .map(({ address }) => address),
      ),
    ).toEqual(new Set(addresses));
    expect(
      reads()
        .map(({ outcome }) => outcome)
        .slice(0, 3),
    ).toEqual(Array(3).fill("region-error"));
    expect(reads().at(-1)).toMatchObject({ address: addresses[2], outcome: "ok" });
    expect(cluster.calls("GetRegion")).toBe(asked + 1);
  });

  test("EpochNotMatch: the store's own regions are believed, PD is not asked, not even a stale one", async () => {
    cluster.freezePdRegions();
    cluster.split("m", { raw: true });
    await client.put("z", "last");
    const asked = cluster.calls("GetRegion");
    expect(text(await client.get("k"))).toBe("v");
    expect(text(await client.get("z"))).toBe("last");
    expect(cluster.calls("GetRegion")).toBe(asked);
    expect(seen.retries).toEqual([]);
  });

  test("what PD says loses against a newer hint: the client waits for PD to catch up", async () => {
    const stale = cluster.freezePdRegions();
    cluster.split("m", { raw: true });
    cluster.split("t", { raw: true });
    // The store tells of the last region and its neighbour only; for `k` PD is asked, and is behind.
    const before = cluster.calls("GetRegion");
    cluster.intercept((call) => {
      if (call.rpc === "GetRegion" && cluster.calls("GetRegion") > before + 2) {
        stale[Symbol.dispose]();
      }
    });
    expect(text(await client.get("k"))).toBe("v");
    expect(seen.retries.map(({ reason }) => reason)).toEqual(["region-miss", "region-miss"]);
    await client.put("z", "last");
    expect(text(await client.get("z"))).toBe("last");
    expect(cluster.calls("GetRegion")).toBe(before + 3);
  });

  test("while PD is behind, a region that has failed is tried again as it was last known", async () => {
    using _ = cluster.freezePdRegions();
    cluster.split("m", { raw: true });
    await client.put("z", "last");
    answer({ message: "not now", regionNotFound: { regionId: 2n } }, 2);
    expect(text(await client.get("z"))).toBe("last");
    expect(text(await client.get("k"))).toBe("v");
    expect(seen.retries.map(({ reason }) => reason)).toEqual(["region-miss"]);
  });

  test("concurrent misses of one range share one question to PD", async () => {
    await client.close();
    client = await RawClient.connect({ endpoints: cluster.endpoints, hooks: seen.hooks });
    const asked = cluster.calls("GetRegion");
    await Promise.all(Array.from({ length: 50 }, async (_, i) => client.get(`k${i}`)));
    expect(cluster.calls("GetRegion")).toBe(asked + 1);
  });

  test("a merge is followed", async () => {
    cluster.split("m", { raw: true });
    await client.put("z", "1");
    cluster.merge("a", { raw: true });
    expect(text(await client.get("z"))).toBe("1");
    expect(text(await client.get("k"))).toBe("v");
  });

  test("when the budget ends, the error tells what was met", async () => {
    await using raw = await openCluster({ endpoints: cluster.endpoints }, "raw");
    answer({ message: "busy", serverIsBusy: { backoffMs: 3n } }, 2);
    answer({ message: "full", diskFull: { reason: "test" } }, Infinity);
    const key = Buffer.from("k");
    const read = raw.sendToKey(raw.backoff(40), key, commands.rawGet, { key });
    await expect(read).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_TIKV_UNAVAILABLE",
      permanence: "transient",
      met: { "server-busy": 2, "disk-full": 2 },
      message: expect.stringMatching(/store 1 at 127\.0\.0\.1:\d+: DiskFull for RawGet in region/u),
    });
  });
});
