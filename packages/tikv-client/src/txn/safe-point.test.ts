import { TestCluster } from "@roboflow/tikv-testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openCluster, type OpenCluster } from "../cluster/open-cluster.js";
import { SafePoint } from "./safe-point.js";

let cluster: TestCluster;
let opened: OpenCluster;

beforeEach(async () => {
  cluster = await TestCluster.start();
  opened = await openCluster({ endpoints: cluster.endpoints }, "txn");
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(async () => {
  vi.useRealTimers();
  await opened.close();
  await cluster.close();
});
const move = async (to: bigint): Promise<void> => {
  await opened.pd.updateGcSafePoint(opened.backoff(1000), to);
};
const asked = (): number => cluster.calls("GetGCSafePoint");
const refused = { code: "ERR_ROBOFLOW_TIKV_SAFE_POINT" };

test("is read at first, again after 10 s beside the reads, and waited for after 100 s", async () => {
  const safePoint = new SafePoint(opened);
  await safePoint.check(1n);
  expect(asked()).toBe(1);
  expect(safePoint.check(1n)).toBeUndefined();
  await move(5n);
  // What was read lately is relied on.
  expect(safePoint.check(1n)).toBeUndefined();
  vi.advanceTimersByTime(10_001);
  expect(safePoint.check(1n)).toBeUndefined();
  await vi.waitFor(() =>
    expect(() => safePoint.check(4n)).toThrow(expect.objectContaining(refused)),
  );
  expect(safePoint.check(5n)).toBeUndefined();
  expect(asked()).toBe(2);
  await move(9n);
  vi.advanceTimersByTime(100_001);
  await expect(safePoint.check(8n)).rejects.toMatchObject(refused);
  expect(asked()).toBe(3);
});

test("reads at once share one question", async () => {
  const safePoint = new SafePoint(opened);
  await Promise.all([1n, 2n, 3n].map((version) => safePoint.checkFresh(version)));
  expect(asked()).toBe(1);
});

test("never goes back", () => {
  const safePoint = new SafePoint(opened);
  safePoint.raise(7n);
  safePoint.raise(3n);
  return expect(safePoint.check(5n)).rejects.toMatchObject(refused);
});
