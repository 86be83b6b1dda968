import { TestCluster } from "@roboflow/tikv-testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TransactionClient } from "../transaction-client.js";

let cluster: TestCluster;
let client: TransactionClient;

beforeEach(async () => {
  cluster = await TestCluster.start();
  client = await TransactionClient.connect({ endpoints: cluster.endpoints });
});
afterEach(async () => {
  vi.useRealTimers();
  await client.close();
  await cluster.close();
});

test("the primary is kept alive while another part of the commit takes long", async () => {
  cluster.split("m");
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => (open = resolve));
  const held = cluster.intercept((call) =>
    call.rpc === "KvPrewrite" &&
    Buffer.from(call.request.mutations[0]?.key ?? "").toString() === "z"
      ? { kind: "until", promise }
      : undefined,
  );
  const tx = await client.begin();
  tx.put("a", "1");
  tx.put("z", "2");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const commit = tx.commit();
  await vi.waitFor(() => expect([held.acted, cluster.locks().length]).toEqual([1, 1]));
  const [before] = cluster.locks();
  // The first answer has to arrive, too, before the lock is kept alive.
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
  await vi.advanceTimersByTimeAsync(1600);
  await vi.waitFor(() => expect(cluster.calls("KvTxnHeartBeat")).toBe(1));
  await vi.waitFor(() =>
    expect(Number(cluster.locks()[0]?.ttlMs)).toBeGreaterThan(Number(before?.ttlMs) + 10_000),
  );
  open();
  await commit;
  expect(vi.getTimerCount()).toBe(0);
});

test("a commit of many batches is whole, and leaves no lock once the client has closed", async () => {
  for (const at of ["02", "05", "08"]) cluster.split(at);
  const writer = await TransactionClient.connect({ endpoints: cluster.endpoints });
  const tx = await writer.begin();
  const value = Buffer.alloc(2048, 7);
  for (let i = 0; i < 1000; i += 1) tx.put(String(i).padStart(3, "0"), value);
  await tx.commit();
  await writer.close();
  expect(cluster.locks()).toEqual([]);
  const found = await (await client.snapshot()).scan({ keyOnly: true }).toArray();
  expect(found.length).toBe(1000);
});
