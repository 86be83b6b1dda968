import { expect, test } from "vitest";
import { Lifetime } from "../lifetime.js";
import { CallBackoff } from "./call-backoff.js";
import { backoffMs, BACKOFF_TABLE } from "./table.js";

const host = () => {
  const retries: { reason: string; waitMs: number }[] = [];
  const lifetime = new Lifetime();
  return {
    lifetime,
    retries,
    hooks: { retry: (event: { reason: string; waitMs: number }) => retries.push(event) },
  };
};

test("waits double from base to cap; jitter takes at most half", () => {
  expect([0, 1, 2, 20].map((attempt) => backoffMs("region-miss", attempt, 0.9))).toEqual([
    2, 4, 8, 500,
  ]);
  expect(backoffMs("tikv-rpc", 0, 0)).toBe(50);
  expect(backoffMs("tikv-rpc", 0, 0.999)).toBeCloseTo(100, 0);
  expect(backoffMs("tikv-rpc", 20, 0)).toBe(1000);
  for (const { base, cap } of Object.values(BACKOFF_TABLE)) expect(base).toBeLessThanOrEqual(cap);
});

test("the error of a used-up budget lists each reason with its count, and keeps the last cause", async () => {
  const { retries, ...shared } = host();
  const backoff = new CallBackoff(shared, 9, undefined);
  await backoff.wait("region-miss", new Error("first"));
  await backoff.wait("region-scheduling", new Error("second"));
  backoff.charge(3);
  await backoff.wait("region-miss", new Error("third"));
  const last = new Error("store 4: connection refused");

  await expect(backoff.wait("tikv-rpc", last)).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_TIKV_UNAVAILABLE",
    permanence: "transient",
    cause: last,
    met: { "region-miss": 2, "region-scheduling": 1, "tikv-rpc": 1 },
    message: expect.stringContaining(
      "region-miss × 2, region-scheduling × 1, tikv-rpc × 1); the last was: store 4: connection refused",
    ),
  });
  // The third wait would have been 4 ms, but 2 were left.
  expect(retries.map(({ waitMs }) => waitMs)).toEqual([2, 2, 2]);
});

test("what PD can't give is told by its own code", async () => {
  const backoff = new CallBackoff(host(), 0, undefined);
  await expect(backoff.wait("pd", "no leader")).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE",
  });
});

test("a fork waits on its own but starts with what is left", async () => {
  const { retries, ...shared } = host();
  const backoff = new CallBackoff(shared, 8, undefined);
  await backoff.wait("region-miss", "a");
  const fork = backoff.fork();
  await fork.wait("region-miss", "b");
  await fork.wait("region-miss", "c");
  await expect(fork.wait("region-miss", "d")).rejects.toThrow("region-miss × 4");
  await backoff.wait("region-miss", "e");
  expect(retries.map(({ waitMs }) => waitMs)).toEqual([2, 4, 2, 4]);
});

test("a signal and closing end a wait at once", async () => {
  const shared = host();
  const controller = new AbortController();
  const waiting = new CallBackoff(shared, 60_000, controller.signal).wait("server-busy", "busy");
  controller.abort("enough");
  await expect(waiting).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_TIKV_ABORTED",
    cause: "enough",
  });
  await expect(
    new CallBackoff(shared, 60_000, controller.signal).wait("pd", "x"),
  ).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_ABORTED" });

  const second = new CallBackoff(shared, 60_000, undefined).wait("server-busy", "busy");
  shared.lifetime.close();
  await expect(second).rejects.toMatchObject({ code: "ERR_ROBOFLOW_TIKV_CLOSED" });
});

test("what is free is so a number of times", () => {
  const backoff = new CallBackoff(host(), 10, undefined);
  expect([1, 2, 3].map(() => backoff.free("epoch-not-match", 2))).toEqual([true, true, false]);
  expect(backoff.free("region-not-found", 1)).toBe(true);
});
