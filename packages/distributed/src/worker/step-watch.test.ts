import { afterEach, expect, it, vi } from "vitest";
import { deferred } from "../testing/deferred.js";
import { StepWatch } from "./step-watch.js";
import { liveness } from "./worker-health.js";

afterEach(() => {
  vi.restoreAllMocks();
});

it("calls a step stuck that has given no sign for longer than its limit", async () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(0);
  const watch = new StepWatch(1_000);
  const gate = deferred();
  const step = watch.during(() => gate.promise);
  now.mockReturnValue(1_000);
  expect(watch.stuckMs).toBe(undefined);
  now.mockReturnValue(1_001);
  expect(watch.stuckMs).toBe(1_001);
  watch.progressed();
  expect(watch.stuckMs).toBe(undefined);
  now.mockReturnValue(3_500);
  expect(liveness({ claim: undefined, sweep: watch.stuckMs })).toEqual({
    ok: false,
    reason: "sweep is stuck for 2 s",
  });
  gate.resolve(undefined);
  await step;
  expect(watch.stuckMs).toBe(undefined);
  expect(liveness({ sweep: watch.stuckMs })).toEqual({ ok: true });
});

it("is not stuck after a step that failed", async () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(0);
  const watch = new StepWatch(1_000);
  await expect(watch.during(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  now.mockReturnValue(9_000);
  watch.progressed();
  expect(watch.stuckMs).toBe(undefined);
});
