import { TestCluster } from "@roboflow/tikv-testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UndeterminedError } from "../../error.js";
import { TransactionClient } from "../transaction-client.js";

let cluster: TestCluster;
let client: TransactionClient;

beforeEach(async () => {
  cluster = await TestCluster.start();
  client = await TransactionClient.connect({ endpoints: cluster.endpoints });
});
afterEach(async () => {
  await client.close();
  await cluster.close();
});
const textAt = async (key: string): Promise<string | undefined> => {
  const value = await (await client.snapshot()).get(key);
  return value === undefined ? undefined : Buffer.from(value).toString();
};

test("an async commit that is done, its answer lost, and given up while regions are looked up", async () => {
  await client.transaction(async (tx) => tx.put("a", "0"));
  const tx = await client.begin({ asyncCommit: true });
  tx.put("a", "1");
  const lost = cluster.intercept((call) =>
    call.rpc === "KvPrewrite" ? { kind: "disconnect" } : undefined,
  );
  // PD tells nothing about regions from then on.
  const silent = cluster.intercept((call) =>
    lost.acted > 0 && call.rpc.includes("Region") ? { kind: "drop" } : undefined,
  );
  const controller = new AbortController();
  const outcome = tx.commit({ signal: controller.signal }).catch((error: unknown) => error);
  await vi.waitFor(() => expect(silent.acted).toBeGreaterThan(0), { timeout: 10_000 });
  controller.abort();
  expect(await outcome).toBeInstanceOf(UndeterminedError);
  lost[Symbol.dispose]();
  silent[Symbol.dispose]();
  cluster.clock.advance(60_000);
  expect(await textAt("a")).toBe("1");
});

test("a part that was never tried makes sure that nothing has committed", async () => {
  // More batches than are sent at once; all of one region, whose prewrites are never answered.
  const tx = await client.begin({ asyncCommit: true });
  const value = Buffer.alloc(16 * 1024, 1);
  for (let i = 0; i < 140; i += 1) tx.put(String(i), value);
  const seen = cluster.intercept((call) =>
    call.rpc === "KvPrewrite" ? { kind: "lose-answer" } : undefined,
  );
  const controller = new AbortController();
  const outcome = tx.commit({ signal: controller.signal }).catch((error: unknown) => error);
  await vi.waitFor(() => expect(seen.acted).toBe(128), { timeout: 10_000 });
  controller.abort();
  expect(await outcome).toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ABORTED" });
  seen[Symbol.dispose]();
  await vi.waitFor(() => expect(cluster.locks()).toEqual([]), { timeout: 10_000 });
  expect(await textAt("1")).toBeUndefined();
});
