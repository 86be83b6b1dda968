import { TestCluster } from "@roboflow/tikv-testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TransactionClient } from "../transaction-client.js";

let cluster: TestCluster;
let client: TransactionClient;
const mode = { mode: "pessimistic" } as const;
const finished = { code: "ERR_ROBOFLOW_TIKV_FINISHED" };

beforeEach(async () => {
  cluster = await TestCluster.start();
  client = await TransactionClient.connect({ endpoints: cluster.endpoints });
});
afterEach(async () => {
  await client.close();
  await cluster.close();
});
const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
const noLocks = async (): Promise<void> => {
  await vi.waitFor(() => expect(cluster.locks()).toEqual([]));
};

test("a rollback while keys are being locked leaves no lock behind", async () => {
  const tx = await client.begin(mode);
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => (open = resolve));
  cluster.intercept({ rpc: "KvPessimisticLock", times: 1, action: { kind: "until", promise } });
  const locking = failure(tx.lockKeys(["a", "b"]));
  const queued = failure(tx.lockKeys(["c"]));
  await vi.waitFor(() => expect(cluster.calls("KvPessimisticLock")).toBe(1));
  await tx.rollback();
  open();
  expect(await locking).toMatchObject(finished);
  expect(await queued).toMatchObject(finished);
  await noLocks();
  // Nor does a heartbeat keep one: what it had locked is undone, and no other request was sent.
  expect(cluster.calls("KvPessimisticLock")).toBe(1);
});

test("a rollback ends the wait for another's lock", async () => {
  const holder = await client.begin(mode);
  await holder.lockKeys(["k"]);
  const tx = await client.begin(mode);
  const locking = failure(tx.lockKeys(["k"]));
  await vi.waitFor(() => expect(cluster.lockWaits).toBe(1));
  await tx.rollback();
  await holder.rollback();
  expect(await locking).toMatchObject(finished);
  await noLocks();
});

test("calls that overlap lock in turns, under one primary, whichever of them fails", async () => {
  const holder = await client.begin(mode);
  await holder.lockKeys(["a"]);
  const tx = await client.begin(mode);
  const first = failure(tx.lockKeys(["a"], { waitMs: 0 }));
  await Promise.all([tx.lockKeys(["c", "d"]), tx.lockKeys(["b", "c"])]);
  expect(await first).toMatchObject({ code: "ERR_ROBOFLOW_TIKV_LOCKED" });
  await holder.rollback();
  const primaries = cluster.locks().map(({ primary }) => Buffer.from(primary).toString());
  expect(primaries).toEqual(["c", "c", "c"]);
  tx.put("b", "1");
  await tx.commit();
  await noLocks();
});
