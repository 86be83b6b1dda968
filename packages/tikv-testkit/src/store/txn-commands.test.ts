import { kvrpcpb } from "@roboflow/tikv-proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, StoreGrpc, text } from "../../test/client.js";
import { TestCluster } from "../cluster/test-cluster.js";

const { Action, Op } = kvrpcpb;

describe("transactional commands", () => {
  let cluster: TestCluster;
  let client: StoreGrpc;

  beforeEach(async () => {
    cluster = await TestCluster.start({ stores: 2 });
    client = new StoreGrpc(cluster);
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await cluster.close();
  });

  const prewrite = (startVersion: bigint, values: Readonly<Record<string, string>>, more = {}) => {
    const mutations = Object.entries(values).map(([key, value]) => ({
      op: Op.Put,
      key: bytes(key),
      value: bytes(value),
    }));
    const primary = Object.keys(values)[0] ?? "";
    return client.send("KvPrewrite", primary, {
      mutations,
      primaryLock: bytes(primary),
      startVersion,
      lockTtl: 1_000n,
      ...more,
    });
  };

  /** @returns the commit time */
  const write = async (values: Readonly<Record<string, string>>): Promise<bigint> => {
    const startVersion = cluster.timestamp();
    await prewrite(startVersion, values);
    const commitVersion = cluster.timestamp();
    const keys = Object.keys(values);
    const reply = await client.send("KvCommit", keys[0] ?? "", {
      keys: keys.map((key) => bytes(key)),
      startVersion,
      commitVersion,
    });
    expect(reply.error).toBeUndefined();
    expect(reply.commitVersion).toBe(commitVersion);
    return commitVersion;
  };

  it("get and batch get values, with their commit times if asked", async () => {
    const commitTs = await write({ a: "1", b: "" });
    const version = cluster.timestamp();
    const one = await client.send("KvGet", "a", { key: bytes("a"), version, needCommitTs: true });
    expect([text(one.value), one.notFound, one.commitTs]).toEqual(["1", false, commitTs]);
    const none = await client.send("KvGet", "x", { key: bytes("x"), version });
    expect(none.notFound).toBe(true);
    const keys = ["b", "x", "a"].map((key) => bytes(key));
    const many = await client.send("KvBatchGet", "a", { keys, version });
    expect(many.pairs.map(({ key, value }) => [text(key), text(value)])).toEqual([
      ["b", ""],
      ["a", "1"],
    ]);
  });

  it("answer the keys of a batch get or scan that are locked one by one", async () => {
    await write({ a: "1", b: "1", c: "1" });
    await prewrite(cluster.timestamp(), { b: "2" });
    const version = cluster.timestamp();
    const keys = ["a", "b", "c"].map((key) => bytes(key));
    const got = await client.send("KvBatchGet", "a", { keys, version });
    const scanned = await client.send("KvScan", "a", { startKey: bytes("a"), limit: 9, version });
    for (const { pairs } of [got, scanned]) {
      expect(pairs.map(({ key, error }) => text(error?.locked?.key ?? key))).toEqual([
        "a",
        "b",
        "c",
      ]);
      expect(pairs.map(({ error }) => error === undefined)).toEqual([true, false, true]);
    }
  });

  it("scan a region and no further, forwards, backwards, keys only", async () => {
    await write({ a: "1", b: "2", c: "3", d: "4" });
    cluster.split("d");
    cluster.split("b");
    const version = cluster.timestamp();
    const scan = async (key: string, more: object): Promise<string[]> => {
      const { pairs } = await client.send("KvScan", key, { limit: 9, version, ...more });
      return pairs.map((pair) => `${text(pair.key)}=${text(pair.value)}`);
    };
    expect(await scan("b", { startKey: bytes("b") })).toEqual(["b=2", "c=3"]);
    expect(await scan("b", {})).toEqual(["b=2", "c=3"]);
    expect(await scan("b", { startKey: bytes("c"), endKey: bytes("z") })).toEqual(["c=3"]);
    expect(await scan("b", { reverse: true, keyOnly: true })).toEqual(["c=", "b="]);
    const backwards = { reverse: true, startKey: bytes("c"), endKey: bytes("a") };
    expect(await scan("b", backwards)).toEqual(["b=2"]);
  });

  it("commit in one phase and asynchronously", async () => {
    const onePc = await prewrite(cluster.timestamp(), { a: "1" }, { tryOnePc: true });
    expect(onePc.onePcCommitTs).toBeGreaterThan(0n);
    const async = await prewrite(cluster.timestamp(), { b: "1" }, { useAsyncCommit: true });
    expect(async.minCommitTs).toBeGreaterThan(0n);
    expect(cluster.locks()).toMatchObject([{ kind: "put", asyncCommit: true }]);
  });

  it("roll back, clean up, beat and resolve", async () => {
    const startVersion = cluster.timestamp();
    await prewrite(startVersion, { a: "1", b: "1", c: "1", d: "1" });
    const beat = { primaryLock: bytes("a"), startVersion, adviseLockTtl: 9_000n };
    expect((await client.send("KvTxnHeartBeat", "a", beat)).lockTtl).toBe(9_000n);
    const shorter = { ...beat, adviseLockTtl: 5n };
    expect((await client.send("KvTxnHeartBeat", "a", shorter)).lockTtl).toBe(9_000n);
    const cleanup = { key: bytes("a"), startVersion, currentTs: cluster.timestamp() };
    expect((await client.send("KvCleanup", "a", cleanup)).error?.locked?.lockTtl).toBe(9_000n);
    await client.send("KvCleanup", "a", { ...cleanup, currentTs: 0n });
    await client.send("KvBatchRollback", "b", { keys: [bytes("b")], startVersion });
    expect(cluster.locks().map(({ key }) => text(key))).toEqual(["c", "d"]);
    expect((await client.send("KvTxnHeartBeat", "a", beat)).error?.txnNotFound).toBeDefined();
    const commitVersion = cluster.timestamp();
    await client.send("KvResolveLock", "c", { startVersion, commitVersion, keys: [bytes("c")] });
    const committed = await client.send("KvCleanup", "c", { ...cleanup, key: bytes("c") });
    expect(committed.commitVersion).toBe(commitVersion);
    await client.send("KvResolveLock", "d", { startVersion });
    expect(cluster.locks()).toEqual([]);
  });

  it("check what became of a transaction", async () => {
    cluster.clock.set();
    const lockTs = cluster.timestamp();
    await prewrite(lockTs, { a: "1" }, { minCommitTs: lockTs + 1n });
    const check = (more = {}) =>
      client.send("KvCheckTxnStatus", "a", {
        primaryKey: bytes("a"),
        lockTs,
        currentTs: cluster.timestamp(),
        ...more,
      });
    expect(await check()).toMatchObject({ action: Action.NoAction, lockTtl: 1_000n });
    const pushed = await check({ callerStartTs: cluster.timestamp() });
    expect(pushed.action).toBe(Action.MinCommitTSPushed);
    expect(pushed.lockInfo?.key).toEqual(bytes("a"));
    cluster.clock.advance(1_001);
    expect((await check()).action).toBe(Action.TTLExpireRollback);
    expect(await check()).toMatchObject({
      action: Action.NoAction,
      lockTtl: 0n,
      commitVersion: 0n,
    });
    const primaryKey = bytes("b");
    expect((await check({ primaryKey })).error?.txnNotFound?.startTs).toBe(lockTs);
    const never = await check({ primaryKey, rollbackIfNotExist: true });
    expect(never.action).toBe(Action.LockNotExistRollback);
  });

  it("check the secondaries of an async commit", async () => {
    const startVersion = cluster.timestamp();
    const keys = [bytes("b")];
    const request = { keys, startVersion };
    await prewrite(startVersion, { b: "1" }, { useAsyncCommit: true });
    const held = await client.send("KvCheckSecondaryLocks", "b", request);
    expect(held.locks.map(({ useAsyncCommit }) => useAsyncCommit)).toEqual([true]);
    const commitVersion = cluster.timestamp();
    await client.send("KvCommit", "b", { keys, startVersion, commitVersion });
    const committed = await client.send("KvCheckSecondaryLocks", "b", request);
    expect(committed.commitTs).toBe(commitVersion);
    const missing = { keys: [bytes("c")], startVersion };
    const never = await client.send("KvCheckSecondaryLocks", "c", missing);
    expect([never.locks, never.commitTs]).toEqual([[], 0n]);
  });

  it("lock pessimistically, read on the way, and let go", async () => {
    await write({ a: "1" });
    const startVersion = cluster.timestamp();
    const request = {
      mutations: ["a", "b"].map((key) => ({ op: Op.PessimisticLock, key: bytes(key) })),
      primaryLock: bytes("a"),
      startVersion,
      forUpdateTs: startVersion,
      lockTtl: 1_000n,
    };
    const values = await client.send("KvPessimisticLock", "a", { ...request, returnValues: true });
    expect(values.values.map((value) => text(value))).toEqual(["1", ""]);
    expect(values.notFounds).toEqual([false, true]);
    const exist = await client.send("KvPessimisticLock", "a", { ...request, checkExistence: true });
    expect([exist.values, exist.notFounds]).toEqual([[], [false, true]]);
    const other = { ...request, startVersion: cluster.timestamp(), waitTimeout: -1n };
    const refused = await client.send("KvPessimisticLock", "a", other);
    expect(refused.errors[0]?.locked?.lockType).toBe(Op.PessimisticLock);
    const keys = ["a", "b"].map((key) => bytes(key));
    const rollback = { startVersion, forUpdateTs: startVersion, keys };
    await client.send("KVPessimisticRollback", "a", rollback);
    expect(cluster.locks()).toEqual([]);
  });

  it("answer wake-up mode force lock key by key", async () => {
    const startVersion = cluster.timestamp();
    const forUpdateTs = cluster.timestamp();
    const conflictTs = await write({ a: "1" });
    const request = {
      mutations: [{ op: Op.PessimisticLock, key: bytes("a") }],
      primaryLock: bytes("a"),
      startVersion,
      forUpdateTs,
      wakeUpMode: kvrpcpb.PessimisticLockWakeUpMode.WakeUpModeForceLock,
      waitTimeout: -1n,
    };
    const forced = await client.send("KvPessimisticLock", "a", request);
    expect(forced.results).toMatchObject([
      {
        type: kvrpcpb.PessimisticLockKeyResultType.LockResultLockedWithConflict,
        value: bytes("1"),
        existence: true,
        lockedWithConflictTs: conflictTs,
      },
    ]);
    const later = { ...request, startVersion: cluster.timestamp() };
    const failed = await client.send("KvPessimisticLock", "a", later);
    expect(failed.errors).toHaveLength(1);
    expect(failed.results).toMatchObject([
      { type: kvrpcpb.PessimisticLockKeyResultType.LockResultFailed },
    ]);
  });

  it("scan locks, show records, collect and delete", async () => {
    await write({ a: "1" });
    const safePoint = await write({ a: "2" });
    await prewrite(cluster.timestamp(), { b: "1" });
    const maxVersion = cluster.timestamp();
    const locks = await client.send("KvScanLock", "a", { maxVersion });
    expect(locks.locks.map(({ key }) => text(key))).toEqual(["b"]);
    const before = await client.send("MvccGetByKey", "a", { key: bytes("a") });
    expect(before.info?.writes).toHaveLength(2);
    await client.send("KvGC", "a", { safePoint });
    const after = await client.send("MvccGetByKey", "a", { key: bytes("a") });
    expect(after.info?.writes.map(({ shortValue }) => text(shortValue))).toEqual(["2"]);
    await client.send("KvDeleteRange", "a", { startKey: bytes("a"), endKey: bytes("b") });
    const gone = await client.send("MvccGetByKey", "a", { key: bytes("a") });
    expect(gone.info?.writes).toEqual([]);
    expect(cluster.locks()).toHaveLength(1);
    await client.send("UnsafeDestroyRange", "a", { startKey: bytes("a"), endKey: bytes("z") });
    expect(cluster.locks()).toEqual([]);
  });

  it("split a region, and answer what belongs elsewhere with a region error", async () => {
    const splitKeys = ["g", "p"].map((key) => bytes(key));
    const { regions } = await client.send("SplitRegion", "a", { splitKeys });
    expect(regions.map(({ id }) => id)).toEqual(cluster.regions().map(({ id }) => id));
    const outside = await client.send("KvGet", "a", { key: bytes("z"), version: 1n });
    expect(outside.regionError?.keyNotInRegion?.key).toEqual(bytes("z"));
    const wrong = await client.send("SplitRegion", "a", { splitKeys: [bytes("z")] });
    expect(wrong.regionError?.message).toContain("not in region");
    const stale = { regionEpoch: { version: 1n, confVer: 2n } };
    const old = await client.send("KvGet", "a", { key: bytes("a"), version: 1n }, stale);
    expect(old.regionError?.epochNotMatch?.currentRegions.length).toBeGreaterThan(0);
  });

  it("refuse another API version, each command in its own field for errors", async () => {
    const context = { apiVersion: kvrpcpb.APIVersion.V2 };
    const key = bytes("a");
    const get = await client.send("KvGet", "a", { key }, context);
    expect(get.error?.abort).toContain("Api version");
    const written = await client.send("KvPrewrite", "a", {}, context);
    expect(written.errors[0]?.abort).toContain("Api version");
    const raw = await client.send("RawGet", "a", { key }, context);
    expect(raw.error).toContain("Api version");
    const scanned = await client.send("RawScan", "a", {}, context);
    expect(scanned.kvs[0]?.error?.abort).toContain("Api version");
    const many = await client.send("RawBatchGet", "a", {}, context);
    expect(many.pairs[0]?.error?.abort).toContain("Api version");
  });
});
