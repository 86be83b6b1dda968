import { kvrpcpb } from "@roboflow/tikv-proto";
import { TestCluster, type StoreCall } from "@roboflow/tikv-testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dyingClient } from "../../../test/support/dying-client.js";
import { TransactionClient } from "../transaction-client.js";
import { readStatus } from "./transaction-status.js";

let cluster: TestCluster;
let client: TransactionClient;
const resolved: (StoreCall & { rpc: "KvResolveLock" })[] = [];

beforeEach(async () => {
  resolved.length = 0;
  cluster = await TestCluster.start();
  client = await TransactionClient.connect({ endpoints: cluster.endpoints });
  cluster.intercept((call) => {
    if (call.server === "store" && call.rpc === "KvResolveLock") resolved.push(call);
  });
});
afterEach(async () => {
  await client.close();
  await cluster.close();
});

/** Locks of a transaction whose client died before the commit; they have expired. */
async function leaveLocks(keys: readonly string[], asyncCommit = false): Promise<void> {
  const {
    client: dying,
    dead,
    bury,
  } = await dyingClient({ endpoints: cluster.endpoints }, (rpc) => rpc === "KvCommit");
  const tx = await dying.begin({ asyncCommit });
  for (const key of keys) tx.put(key, "left");
  void tx.commit();
  await dead;
  await bury();
  cluster.clock.advance(60_000);
}

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `k${String(i).padStart(2, "0")}`);
const noLocks = async (): Promise<void> => {
  await vi.waitFor(() => expect(cluster.locks()).toEqual([]));
};

test("a reader asks once what became of a transaction, and removes all its locks by one request", async () => {
  await leaveLocks(names(5));
  const snapshot = await client.snapshot();
  expect((await snapshot.batchGet(names(5))).every((value) => value === undefined)).toBe(true);
  await noLocks();
  expect(cluster.calls("KvCheckTxnStatus")).toBe(1);
  // The primary's lock went with the question.
  expect(resolved.map(({ request }) => request.keys.length)).toEqual([4]);
});

test("a writer resolves a large transaction by region, a small one by its keys", async () => {
  await leaveLocks(names(20));
  await client.transaction(async (tx) => tx.put("k07", "new"));
  expect(resolved.map(({ request }) => request.keys.length)).toEqual([0]);
  expect(cluster.locks()).toEqual([]);
  await leaveLocks(["a", "b", "c"]);
  await client.transaction(async (tx) => tx.put("b", "new"));
  expect(resolved.map(({ request }) => request.keys.length)).toEqual([0, 1]);
  expect(cluster.locks().map(({ key }) => Buffer.from(key).toString())).toEqual(["c"]);
});

test("what is known of a transaction is not asked again", async () => {
  await leaveLocks(["a", "b", "c"]);
  await client.transaction(async (tx) => tx.put("b", "new"));
  await client.transaction(async (tx) => tx.put("c", "new"));
  expect(cluster.calls("KvCheckTxnStatus")).toBe(1);
});

test("locks met in one scan are resolved together, whoever they are of", async () => {
  await leaveLocks(["a", "b"]);
  await leaveLocks(["c", "d"], true);
  await client.transaction(async (tx) => tx.put("e", "there"));
  const found = await (await client.snapshot()).scan().toArray();
  expect(found.map(({ key }) => Buffer.from(key).toString())).toEqual(["c", "d", "e"]);
  await noLocks();
});

test("an async commit that had fallen back at one key is decided by its primary alone", async () => {
  cluster.split("m");
  // The second region answers that it was too late for async commit.
  cluster.intercept((call) => {
    if (call.rpc !== "KvPrewrite") return;
    const { request } = call;
    if (Buffer.from(request.mutations[0]?.key ?? "").toString() === "z") request.maxCommitTs = 1n;
  });
  await leaveLocks(["a", "z"], true);
  expect(cluster.locks().map(({ asyncCommit }) => asyncCommit)).toEqual([true, false]);
  const snapshot = await client.snapshot();
  expect(await snapshot.get("z")).toBeUndefined();
  expect(await snapshot.get("a")).toBeUndefined();
  await noLocks();
  expect(cluster.calls("KvCheckSecondaryLocks")).toBe(1);
  expect(cluster.calls("KvCheckTxnStatus")).toBe(2);
});

test("pessimistic locks are no obstacle to reads; expired ones are taken from a writer's way", async () => {
  const { client: dying, bury } = await dyingClient({ endpoints: cluster.endpoints }, () => false);
  const tx = await dying.begin({ mode: "pessimistic" });
  await tx.lockKeys(["a", "b", "c"]);
  await bury();
  expect(await (await client.snapshot()).get("b")).toBeUndefined();
  expect(cluster.calls("KvCheckTxnStatus")).toBe(0);
  cluster.clock.advance(60_000);
  await client.transaction(async (writer) => writer.put("c", "new"));
  await client.transaction(async (writer) => writer.put("b", "new"));
  await noLocks();
});

test("what a primary says is read as kvproto means it", () => {
  const reply = (init: Partial<kvrpcpb.CheckTxnStatusResponse>) =>
    readStatus({ lockTtl: 0n, commitVersion: 0n, action: 0, ...init } as never).kind;
  const { Action } = kvrpcpb;
  expect(reply({ lockTtl: 5n })).toBe("alive");
  expect(reply({ commitVersion: 5n })).toBe("committed");
  expect(reply({ action: Action.NoAction })).toBe("rolled-back");
  expect(reply({ action: Action.TTLExpireRollback })).toBe("rolled-back");
  expect(reply({ action: Action.LockNotExistRollback })).toBe("rolled-back");
  expect(reply({ action: Action.TTLExpirePessimisticRollback })).toBe("pessimistic-lost");
  expect(reply({ action: Action.LockNotExistDoNothing })).toBe("pessimistic-lost");
});
