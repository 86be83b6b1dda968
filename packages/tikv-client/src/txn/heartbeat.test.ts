import { TestCluster } from "@roboflow/tikv-testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openCluster, type OpenCluster } from "../cluster/open-cluster.js";
import { Heartbeats, KEPT_LOCK_MS } from "./heartbeat.js";
import { TransactionClient } from "./transaction-client.js";
import type { Transaction } from "./transaction.js";

const EVERY_MS = 5;
const HOUR_MS = 3_600_000;
const primary = Uint8Array.from(Buffer.from("k"));
let cluster: TestCluster;
let opened: OpenCluster;
let client: TransactionClient;
let holder: Transaction;

beforeEach(async () => {
  cluster = await TestCluster.start();
  opened = await openCluster({ endpoints: cluster.endpoints }, "txn");
  client = TransactionClient.over(opened);
  holder = await client.begin({ mode: "pessimistic" });
  await holder.lockKeys(["k"]);
});
afterEach(async () => {
  await client.close();
  await cluster.close();
});
const beats = (): number => cluster.calls("KvTxnHeartBeat");
const lives = (): number => Number(cluster.locks()[0]?.ttlMs ?? 0);

test("a lock that is kept alive outlives its first time to live, and others wait for it", async () => {
  const heartbeat = new Heartbeats(opened).start(holder.startTs, primary, EVERY_MS);
  // Two thirds of its life at a time; it would be over long before the end.
  for (let passed = 0; passed < 3 * KEPT_LOCK_MS;) {
    cluster.clock.advance((2 / 3) * KEPT_LOCK_MS);
    passed += (2 / 3) * KEPT_LOCK_MS;
    await vi.waitFor(() => expect(lives()).toBeGreaterThanOrEqual(passed + KEPT_LOCK_MS - 1));
  }
  const other = await client.begin({ mode: "pessimistic" });
  await expect(other.lockKeys(["k"], { waitMs: 0 })).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_TIKV_LOCKED",
  });
  heartbeat.stop();
  cluster.clock.advance(2 * KEPT_LOCK_MS);
  await other.lockKeys(["k"]);
  await other.rollback();
});

test("it ends with the lock, with the client, and after an hour", async () => {
  const all = new Heartbeats(opened);
  all.start(holder.startTs, primary, EVERY_MS);
  await vi.waitFor(() => expect(beats()).toBeGreaterThan(1));
  await holder.rollback();
  await stops();

  const next = await client.begin({ mode: "pessimistic" });
  await next.lockKeys(["k"]);
  all.start(next.startTs, primary, EVERY_MS);
  const before = beats();
  await vi.waitFor(() => expect(beats()).toBeGreaterThan(before));
  all.stop();
  await stops();

  all.start(next.startTs, primary, EVERY_MS);
  cluster.clock.advance(HOUR_MS + 1000);
  await stops();
  await next.rollback();
});

test("a failure is not the end of it", async () => {
  const hook = cluster.intercept((call) =>
    call.rpc === "KvTxnHeartBeat" ? { kind: "unavailable" } : undefined,
  );
  new Heartbeats(opened).start(holder.startTs, primary, EVERY_MS);
  await vi.waitFor(() => expect(hook.acted).toBeGreaterThan(0));
  hook[Symbol.dispose]();
  cluster.clock.advance(KEPT_LOCK_MS / 2);
  await vi.waitFor(() => expect(lives()).toBeGreaterThan(1.4 * KEPT_LOCK_MS));
});

/** No beat for longer than several would take. */
async function stops(): Promise<void> {
  let before = -1;
  await vi.waitFor(
    () => {
      const now = beats();
      const same = now === before;
      before = now;
      expect(same).toBe(true);
    },
    { interval: 10 * EVERY_MS },
  );
}
