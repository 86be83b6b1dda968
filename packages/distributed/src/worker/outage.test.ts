import { silentLogger } from "@roboflow/core";
import { StorageError } from "@roboflow/storage";
import { describe, expect, it, vi } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { losing, unreachable } from "../../test/store/losing.js";
import { fakeConversion } from "../../test/worker/fake-conversion.js";
import { workerRig } from "../../test/worker/worker-rig.js";
import { DistributedError } from "../error.js";
import { MemoryStore } from "../store/memory-store.js";
import { storeConfigs } from "./store-configs.js";
import type { Worker } from "./worker.js";

describe("a worker whose store is away for a while", () => {
  it.each(["before", "after"] as const)("still completes its job (%s the commit)", async (when) => {
    const store = losing(new MemoryStore());
    await using rig = await workerRig(store);
    const batchId = await rig.submit(await rig.record("text"));
    const conversion = fakeConversion(rig.storage);
    await rig
      .worker({
        untilDrained: true,
        heartbeatMs: 3_600_000,
        convert: async (request, context) => {
          const result = await conversion.convert(request, context);
          store.lose(when, 2);
          return result;
        },
      })
      .run();
    expect(await rig.queue.getBatch(batchId)).toMatchObject({ status: "Published" });
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([{ failures: 0, attempts: [{ outcome: "completed", epoch: 1 }] }]);
  });

  it("hands back a job whose claim was stored without its knowing", async () => {
    const memory = new MemoryStore();
    await using rig = await workerRig(memory);
    const batchId = await rig.submit(await rig.record("text"));
    const { queue } = rig;
    const claim = queue.claim.bind(queue);
    vi.spyOn(queue, "claim").mockImplementationOnce(async (...args) => {
      await claim(...args);
      throw unreachable();
    });
    // Found out at once, however long it is until the next heartbeat.
    const worker = rig.worker({ untilDrained: true, heartbeatMs: 3_600_000 });
    await worker.run();
    expect((await queue.getBatch(batchId)).status).toBe("Published");
    const { jobs } = await queue.listJobs();
    expect(jobs).toMatchObject([
      { failures: 0, attempts: [{ outcome: "handedBack" }, { outcome: "completed" }] },
    ]);
    await checkInvariants(memory);
  });

  it("keeps a finished result, says so, and writes it once the store is back", async () => {
    const memory = new MemoryStore();
    const store = losing(memory);
    await using rig = await workerRig(store);
    const batchId = await rig.submit(await rig.record("text"));
    const conversion = fakeConversion(rig.storage);
    const worker = rig.worker({
      untilDrained: true,
      convert: async (request, context) => {
        store.lose("before");
        return conversion.convert(request, context);
      },
    });
    const run = worker.run();
    await vi.waitUntil(() => worker.health().waitingResults === 1);
    expect(worker.health()).toMatchObject({
      mode: "working",
      store: { state: "away", lastError: { code: "ERR_ROBOFLOW_STORE_UNAVAILABLE" } },
      jobs: [{ attempt: 1, phase: "storing" }],
      live: { ok: true },
      ready: { ok: false, reason: expect.stringMatching(/^the store is away for \d+ s: /) },
    });
    store.comeBack();
    await run;
    expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([{ failures: 0, attempts: [{ outcome: "completed", epoch: 1 }] }]);
    await checkInvariants(memory);
  });

  it("writes its result again that gave way to others too often, and counts no attempt", async () => {
    const store = new MemoryStore();
    await using rig = await workerRig(store);
    await rig.submit(await rig.record("text"));
    const conversion = fakeConversion(rig.storage);
    const worker = rig.worker({
      untilDrained: true,
      heartbeatMs: 3_600_000,
      sweepMs: 3_600_000,
      progressMs: 3_600_000,
      convert: async (request, context) => {
        const result = await conversion.convert(request, context);
        const transact = vi.spyOn(store, "transact");
        const conflict = new DistributedError("ERR_ROBOFLOW_STORE_CONFLICT", "gave way", {
          permanence: "transient",
        });
        for (let times = 0; times < 3; times += 1) transact.mockRejectedValueOnce(conflict);
        return result;
      },
    });
    await worker.run();
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([{ status: "Completed", failures: 0, leaseEpoch: 1 }]);
  });

  it("waits with a job whose config can't be read, and counts no attempt", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    const configs = storeConfigs(rig.client);
    let misses = 2;
    const worker = rig.worker({
      untilDrained: true,
      configs: {
        ...configs,
        config: async (hash) => {
          misses -= 1;
          if (misses >= 0) throw unreachable();
          return configs.config(hash);
        },
      },
    });
    await worker.run();
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([{ status: "Completed", failures: 0, leaseEpoch: 1 }]);
  });

  it("puts a job off while the object storage is away, however often it is tried", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    const conversion = fakeConversion(rig.storage);
    let misses = 7;
    const worker = rig.worker({
      untilDrained: true,
      convert: async (request, context) => {
        misses -= 1;
        if (misses < 0) return conversion.convert(request, context);
        throw new StorageError("ERR_ROBOFLOW_STORAGE_UNAVAILABLE", "s3://b: no answer", {
          permanence: "transient",
        });
      },
    });
    await worker.run();
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([{ status: "Completed", failures: 0, leaseEpoch: 8 }]);
  });

  it("is alive and not ready until the store is there for the first time", async () => {
    const store = losing(new MemoryStore());
    await using rig = await workerRig(store);
    store.lose("before");
    const worker = rig.worker();
    const run = worker.run();
    await vi.waitUntil(() => worker.health().store.state === "away");
    expect(worker.health()).toMatchObject({ mode: "starting", live: { ok: true } });
    store.comeBack();
    await vi.waitUntil(() => worker.health().ready.ok);
    await worker.drain();
    await run;
    expect(worker.health()).toMatchObject({ mode: "stopped", ready: { ok: false } });
  });

  it.each(["drain", "stop"] as const)("ends in order before the store came: %s", async (how) => {
    const store = losing(new MemoryStore());
    await using rig = await workerRig(store);
    store.lose("before");
    const worker = rig.worker();
    const run = worker.run();
    await vi.waitUntil(() => worker.health().store.state === "away");
    await worker[how]();
    await run;
    expect(worker.health().mode).toBe("stopped");
  });

  it("tells once that the store is away, and once that it is back", async () => {
    const store = losing(new MemoryStore());
    await using rig = await workerRig(store);
    const told: string[] = [];
    const logger = {
      ...silentLogger,
      warn: (message: string) => void told.push(message),
      info: (message: string) => void told.push(message),
    };
    const worker = rig.worker({ logger });
    const run = worker.run();
    await rig.event("idle");
    store.lose("before");
    await vi.waitUntil(() => worker.health().store.state === "away");
    // A few more calls that fail.
    const [before] = [sinceMs(worker)];
    await vi.waitUntil(() => sinceMs(worker) > before + 200);
    store.comeBack();
    await vi.waitUntil(() => worker.health().store.state === "reachable");
    await worker.stop();
    await run;
    expect(told).toEqual([
      expect.stringMatching(/^The store does not answer/),
      expect.stringMatching(/^The store answers again/),
    ]);
  });
});

function sinceMs(worker: Worker): number {
  const { store } = worker.health();
  return store.state === "away" ? store.sinceMs : 0;
}
