import { TestCluster } from "@roboflow/tikv-testkit";
import { expect, test, vi } from "vitest";
import { openCluster } from "../cluster/open-cluster.js";
import { Lifetime } from "../lifetime.js";
import { TransactionClient } from "../txn/transaction-client.js";
import { CallBackoff } from "./call-backoff.js";
import { abortable, awaitShared } from "./shared-work.js";

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
const backoff = (ms: number, signal?: AbortSignal): CallBackoff =>
  new CallBackoff({ lifetime: new Lifetime(), hooks: {} }, ms, signal);
const never = new Promise<never>(() => {});
const unavailable = { code: "ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE" };

test("another's work is waited for within the own budget and signal only", async () => {
  await awaitShared(Promise.resolve(), backoff(1000));
  await awaitShared(Promise.reject(new Error("theirs")), backoff(1000));
  expect(await failure(awaitShared(never, backoff(1)))).toMatchObject(unavailable);
  const controller = new AbortController();
  const waiting = failure(awaitShared(never, backoff(60_000, controller.signal)));
  const other = failure(abortable(never, controller.signal));
  controller.abort();
  expect(await waiting).toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ABORTED" });
  expect(await other).toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ABORTED" });
  expect(await failure(abortable(never, controller.signal))).toBeDefined();
  expect(await abortable(Promise.resolve(1), new AbortController().signal)).toBe(1);
});

test("callers that miss together while PD is away end each by its own budget", async () => {
  await using server = await TestCluster.start();
  await using cluster = await openCluster({ endpoints: server.endpoints }, "txn");
  server.intercept({ rpc: "GetRegion", action: { kind: "unavailable" } });
  const key = Buffer.from("k");
  const long = failure(cluster.locate(cluster.backoff(600_000), key));
  await vi.waitFor(() => expect(server.calls("GetRegion")).toBeGreaterThan(0));
  const short = [1, 2, 3].map(() => failure(cluster.locate(cluster.backoff(50), key)));
  for (const error of await Promise.all(short)) expect(error).toMatchObject(unavailable);
  await cluster.close();
  expect(await long).toMatchObject({ code: "ERR_ROBOFLOW_TIKV_CLOSED" });
});

test("a read that waits for the first safe point hears its signal", async () => {
  await using server = await TestCluster.start();
  await using client = await TransactionClient.connect({ endpoints: server.endpoints });
  const snapshot = await client.snapshot();
  server.intercept({ rpc: "GetGCSafePoint", action: { kind: "drop" } });
  const controller = new AbortController();
  const { signal } = controller;
  const reads = [
    failure(snapshot.get("k", { signal })),
    failure(snapshot.batchGet(["k"], { signal })),
    failure(snapshot.scan({ signal }).toArray()),
    failure(client.snapshot(snapshot.ts, { signal })),
  ];
  await vi.waitFor(() => expect(server.calls("GetGCSafePoint")).toBeGreaterThan(0));
  controller.abort();
  for (const error of await Promise.all(reads)) {
    expect(error).toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ABORTED" });
  }
});
