import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { workerRig } from "../../test/worker/worker-rig.js";
import type { KvStore } from "../store/kv-store.js";
import { MemoryStore } from "../store/memory-store.js";

/** Counts every call that an engine over the network would send. */
function counted(store: KvStore): { store: KvStore; calls: () => number } {
  let calls = 0;
  const counting = new Proxy(store, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        calls += 1;
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { store: counting, calls: () => calls };
}

describe("an idle worker with its default settings", () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("asks the store less than every other second, and starts new work within 3 s", async () => {
    const { store, calls } = counted(new MemoryStore());
    await using rig = await workerRig(store);
    const defaults = {
      heartbeatMs: 30_000,
      leaseMs: 120_000,
      pollMs: 2_900,
      sweepMs: 45_000,
      progressMs: 5_000,
    };
    const worker = rig.worker({ ...defaults, random: () => 0.999 });
    const run = worker.run();
    await vi.advanceTimersByTimeAsync(60_000);
    const before = calls();
    const minutes = 30;
    await vi.advanceTimersByTimeAsync(minutes * 60_000);
    const perSecond = (calls() - before) / (minutes * 60);
    expect(perSecond).toBeLessThanOrEqual(0.5);
    expect(perSecond).toBeGreaterThan(0.1);

    await rig.submit(await rig.record("text"));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(rig.events.map(({ type }) => type)).toContain("claimed");
    const stopped = worker.stop();
    await vi.advanceTimersByTimeAsync(20_000);
    await stopped;
    await run;
  });
});
