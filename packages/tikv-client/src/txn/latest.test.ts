import { TestCluster } from "@roboflow/tikv-testkit";
import { expect, test } from "vitest";
import { TransactionClient } from "./transaction-client.js";

const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);

test("reads what is committed by then, without a timestamp", async () => {
  await using cluster = await TestCluster.start();
  await using client = await TransactionClient.connect({ endpoints: cluster.endpoints });
  await client.transaction(async (txn) => txn.put("a", "1"));
  const latest = client.latest();
  const timestamps = cluster.calls("Tso");
  expect(text(await latest.get("a"))).toBe("1");
  const keys = await latest.scan({ start: "a", end: "z" }).toArray();
  expect(keys.map(({ key }) => text(key))).toEqual(["a"]);
  expect(cluster.calls("Tso")).toBe(timestamps);
  await client.transaction(async (txn) => txn.put("a", "2"));
  expect(text(await latest.get("a"))).toBe("2");
});

test("sees what was committed behind locks that nobody has taken away", async () => {
  await using cluster = await TestCluster.start();
  cluster.split("m");
  await using reader = await TransactionClient.connect({ endpoints: cluster.endpoints });
  const options = { endpoints: cluster.endpoints, closeTimeoutMs: 0 };
  await using writer = await TransactionClient.connect(options);
  let commits = 0;
  // The primary is committed, and then the writer is gone.
  using _ = cluster.intercept((call) => {
    if (call.rpc !== "KvCommit") return undefined;
    commits += 1;
    return commits > 1 ? { kind: "drop" } : undefined;
  });
  await writer.transaction(async (txn) => {
    txn.put("a", "1");
    txn.put("z", "1");
  });
  const entries = await reader.latest().scan({ start: "n" }).toArray();
  expect(entries.map(({ key, value }) => [text(key), text(value)])).toEqual([["z", "1"]]);
  expect(text(await reader.latest().get("z"))).toBe("1");
});
