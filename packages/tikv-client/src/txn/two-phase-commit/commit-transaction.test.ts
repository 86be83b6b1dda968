import { TestCluster } from "@roboflow/tikv-testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TransactionClient } from "../transaction-client.js";

let cluster: TestCluster;
let client: TransactionClient;
let other: TransactionClient;

beforeEach(async () => {
  cluster = await TestCluster.start();
  client = await TransactionClient.connect({ endpoints: cluster.endpoints });
  other = await TransactionClient.connect({ endpoints: cluster.endpoints });
});
afterEach(async () => {
  await client.close();
  await other.close();
  await cluster.close();
});
const textAt = async (key: string, ts?: bigint): Promise<string | undefined> => {
  const value = await (await other.snapshot(ts)).get(key);
  return value === undefined ? undefined : Buffer.from(value).toString();
};
/** Of the first prewrite, which is sent when the caches know one region: it splits before the second. */
const loseAnswerThenSplit = (): void => {
  let prewrites = 0;
  cluster.intercept((call) => {
    if (call.rpc !== "KvPrewrite") return undefined;
    prewrites += 1;
    if (prewrites === 2) cluster.split("m");
    return prewrites === 1 ? { kind: "disconnect" } : undefined;
  });
};

test("one phase whose answer was lost, tried again in two after a split: the first has committed", async () => {
  const tx = await client.begin({ onePc: true });
  expect(await tx.get("a")).toBeUndefined();
  tx.put("a", "1");
  tx.put("z", "2");
  loseAnswerThenSplit();
  const commitTs = await tx.commit();
  expect(await textAt("a", commitTs)).toBe("1");
  expect(await textAt("z", commitTs)).toBe("2");
  expect(await textAt("a", commitTs - 1n)).toBeUndefined();
});

test("the same, given up before the primary has told: undetermined, not a failure", async () => {
  const tx = await client.begin({ onePc: true });
  expect(await tx.get("a")).toBeUndefined();
  tx.put("a", "1");
  tx.put("z", "2");
  loseAnswerThenSplit();
  cluster.intercept({ rpc: "KvCheckTxnStatus", action: { kind: "drop" } });
  const controller = new AbortController();
  const outcome = tx.commit({ signal: controller.signal }).catch((error: unknown) => error);
  await vi.waitFor(() => expect(cluster.calls("KvCheckTxnStatus")).toBe(1));
  controller.abort();
  expect(await outcome).toMatchObject({ code: "ERR_ROBOFLOW_TIKV_UNDETERMINED" });
  expect(await textAt("a")).toBe("1");
});

test("an async commit waits for its checks: others must not take it for done before", async () => {
  cluster.split("m");
  await client.transaction(async (tx) => tx.put("z", "old"));
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => (open = resolve));
  const held = cluster.intercept((call) =>
    call.rpc === "KvPrewrite" &&
    Buffer.from(call.request.mutations[0]?.key ?? "").toString() === "z"
      ? { kind: "until", promise }
      : undefined,
  );
  const tx = await client.begin({ asyncCommit: true });
  tx.put("a", "1");
  tx.insert("z", "new");
  tx.delete("z");
  const outcome = tx.commit().catch((error: unknown) => error);
  await vi.waitFor(() => expect([held.acted, cluster.locks().length]).toEqual([1, 1]));
  // Its time is over: whoever meets its lock now decides.
  cluster.clock.advance(60_000);
  expect(await textAt("a")).toBeUndefined();
  open();
  expect(await outcome).toMatchObject({ code: "ERR_ROBOFLOW_TIKV_KEY_EXISTS" });
  expect(await textAt("a")).toBeUndefined();
});

test("once an answer was lost, every later try says that it is one, also after a lock", async () => {
  const holder = await other.begin({ mode: "pessimistic" });
  await holder.lockKeys(["a"]);
  const retries: (boolean | undefined)[] = [];
  cluster.intercept((call) => {
    if (call.rpc !== "KvPrewrite" || call.request.startVersion === holder.startTs) return undefined;
    retries.push(call.request.context?.isRetryRequest);
    return retries.length === 1 ? { kind: "unavailable" } : undefined;
  });
  const tx = await client.begin();
  tx.put("a", "1");
  const outcome = tx.commit();
  await vi.waitFor(() => expect(retries.length).toBeGreaterThan(1));
  await holder.rollback();
  await outcome;
  expect(retries.length).toBeGreaterThan(2);
  expect(retries.slice(1)).toEqual(retries.slice(1).map(() => true));
});
