import { describe, expect, it, vi } from "vitest";
import { fakeConversion } from "../../test/worker/fake-conversion.js";
import { workerRig } from "../../test/worker/worker-rig.js";
import { DistributedError } from "../error.js";
import { JobQueue } from "../queue/job-queue.js";
import type { JobCounts } from "../queue/list-jobs.js";
import type { Convert } from "../worker/conversion.js";
import { createMetrics, type Metrics } from "./metrics.js";
import { observeStore } from "./observe-store.js";

/** The values of our metrics, by name and labels as they stand in the text format. */
async function values(metrics: Metrics): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split("\n").filter((line) => line.startsWith("roboflow_"));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice("roboflow_".length, at), Number(line.slice(at + 1))];
    }),
  );
}

describe("createMetrics", () => {
  it("counts what a worker does", async () => {
    const metrics = await createMetrics();
    await using rig = await workerRig();
    const store = observeStore(rig.store, metrics.onStoreCall);
    const queue = new JobQueue(store, { backoff: { baseMs: 1, maxMs: 1 } });
    metrics.watchQueue(queue);
    await rig.submit(await rig.record("four", "fails", ""));
    const { convert: fake } = fakeConversion(rig.storage);
    let failures = 1;
    const convert: Convert = async (request, context) => {
      const result = await fake(request, context);
      if (result.frames === 5 && failures > 0) {
        failures -= 1;
        context.onRetry?.({ reason: "SlowDown" });
        throw new DistributedError("ERR_ROBOFLOW_CHILD_CRASHED", "once", {
          permanence: "transient",
        });
      }
      return { ...result, bytes: { read: 100, written: 10 }, resumedFrames: 0 };
    };
    const worker = rig.worker({
      queue,
      convert,
      untilDrained: true,
      // A heartbeat writes the worker's record, as a claim does.
      heartbeatMs: 3_600_000,
      onEvent: metrics.onEvent,
    });
    metrics.watchWorker(worker);
    await worker.run();
    expect(await values(metrics)).toMatchObject({
      'jobs{status="Completed"}': 2,
      'jobs{status="Failed"}': 1,
      'jobs{status="Pending"}': 0,
      'backlog_jobs{state="ready"}': 0,
      claims_total: 4,
      claim_conflicts_total: 0,
      frames_total: 9,
      episodes_total: 2,
      'bytes_total{direction="read"}': 200,
      'bytes_total{direction="written"}': 20,
      'retries_total{of="job",reason="ERR_ROBOFLOW_CHILD_CRASHED"}': 1,
      'retries_total{of="storage",reason="SlowDown"}': 1,
      'job_seconds_count{outcome="completed"}': 2,
      'job_seconds_count{outcome="failed"}': 2,
      'finalizations_total{outcome="held"}': 1,
      'worker_jobs{phase="converting"}': 0,
      store_reachable: 1,
      worker_ready: 0,
    });
    const calls = (await values(metrics))['store_latency_seconds_count{operation="transact"}'];
    expect(calls).toBeGreaterThan(4);
  });

  it("asks the store once for many scrapes, and gives no old counts while it is away", async () => {
    const metrics = await createMetrics();
    const counts = { Pending: 3, Processing: 0, Completed: 0, Failed: 0, Dead: 0, Cancelled: 0 };
    const stats = vi.fn(async () => counts);
    const backlog = { ready: 2, delayed: 1, waiting: 0, processing: 0 };
    metrics.watchQueue({ stats, backlog: async () => backlog });
    expect(await values(metrics)).toMatchObject({ 'jobs{status="Pending"}': 3 });
    expect(await values(metrics)).toMatchObject({ 'backlog_jobs{state="ready"}': 2 });
    expect(stats).toHaveBeenCalledTimes(1);

    const now = vi.spyOn(performance, "now");
    now.mockReturnValue(performance.now() + 60_000);
    stats.mockRejectedValueOnce(new Error("away"));
    expect(Object.keys(await values(metrics))).not.toContain('jobs{status="Pending"}');
    expect(await values(metrics)).toMatchObject({ 'jobs{status="Pending"}': 3 });
    now.mockRestore();
  });

  it("gives no counts of long ago while a store keeps silent", async () => {
    const metrics = await createMetrics();
    const counts = { Pending: 0, Processing: 0, Completed: 3, Failed: 0, Dead: 0, Cancelled: 0 };
    const stats = vi.fn(async () => counts);
    const backlog = { ready: 0, delayed: 0, waiting: 0, processing: 0 };
    metrics.watchQueue({ stats, backlog: async () => backlog });
    expect(await values(metrics)).toMatchObject({ 'backlog_jobs{state="ready"}': 0 });

    vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
    try {
      let answer: ((counts: JobCounts) => void) | undefined;
      stats.mockImplementation(() => new Promise((resolve) => (answer = resolve)));
      const scrape = async (): Promise<string[]> => {
        const scraped = values(metrics);
        await vi.advanceTimersByTimeAsync(3_000);
        return Object.keys(await scraped);
      };
      await vi.advanceTimersByTimeAsync(20_000);
      expect(await scrape()).toContain('backlog_jobs{state="ready"}');
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await scrape()).not.toContain('backlog_jobs{state="ready"}');
      answer?.(counts);
      await vi.advanceTimersByTimeAsync(0);
      expect(await scrape()).toContain('backlog_jobs{state="ready"}');
    } finally {
      vi.useRealTimers();
    }
  });

  it("is in the text format that its header names, with the process's own metrics", async () => {
    const metrics = await createMetrics();
    expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await metrics.text()).toContain("process_cpu_seconds_total");
  });

  it("knows nothing of another one's counts", async () => {
    const [first, second] = [await createMetrics(), await createMetrics()];
    first.onRetry({ reason: "reset" });
    expect(await values(second)).not.toHaveProperty('retries_total{of="storage",reason="reset"}');
  });
});
