import { TestCluster } from "@roboflow/tikv-testkit";
import { expect, it } from "vitest";
import { openStore } from "./open-store.js";

it("opens by URL, and says so", async () => {
  await using cluster = await TestCluster.start();
  const url = `tikv://${cluster.endpoints.join(",")}`;
  await using store = await openStore(url);
  expect(store.url).toBe(url);
});

it("takes its time from the cluster, not from this machine", async () => {
  await using cluster = await TestCluster.start();
  const year3000 = Date.UTC(3000, 0);
  cluster.clock.set(year3000);
  await using store = await openStore(`tikv://${cluster.endpoints[0]}`);
  expect(await store.now()).toBeGreaterThanOrEqual(year3000);
  expect(await store.transact(async (tx) => tx.now)).toBeGreaterThanOrEqual(year3000);
});

it("names the cluster that can't be reached", async () => {
  // Port 9 (discard) has no listener.
  const options = { connection: { connectTimeoutMs: 200 } };
  await expect(openStore("tikv://127.0.0.1:9", options)).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_STORE_UNAVAILABLE",
    permanence: "transient",
    message: expect.stringContaining("tikv://127.0.0.1:9"),
  });
});
