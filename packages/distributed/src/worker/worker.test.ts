import { once } from "node:events";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger, type Logger } from "@roboflow/core";
import { joinUrl } from "@roboflow/storage";
import { describe, expect, it, vi } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { DATASET, fakeConversion, readJson } from "../../test/worker/fake-conversion.js";
import { deferred } from "../testing/deferred.js";
import { workerRig } from "../../test/worker/worker-rig.js";
import { DistributedError } from "../error.js";
import { ConfigKeys, JobKeys, WorkerKeys } from "../keys/keys.js";
import { writeJob } from "../queue/job-index.js";
import { readJob } from "../queue/read-job.js";
import { MemoryStore } from "../store/memory-store.js";
import type { ConversionContext, Convert } from "./conversion.js";

/** A conversion that only ends when it is aborted. */
const endless: Convert = async (_, { signal }) => {
  if (!signal.aborted) await once(signal, "abort");
  throw new DistributedError("ERR_ROBOFLOW_ABORTED", "stopped", { permanence: "transient" });
};

describe("Worker", () => {
  it("turns a batch into a dataset in the submitted order, and leaves nothing else", async () => {
    await using rig = await workerRig();
    const files = await rig.record("first", "second", "third");
    const ordinals = [2, 0, 1];
    const batchId = await rig.submit(
      files.map((job, index) => ({ ...job, ordinal: ordinals[index] ?? 0 })),
    );
    await rig.worker({ untilDrained: true, slots: 2 }).run();
    expect(await rig.queue.getBatch(batchId)).toMatchObject({
      status: "Published",
      cleanup: false,
      dataset: { episodes: 3, frames: 30, features: { action: { dtype: "float32", shape: [2] } } },
    });
    const config = rig.configHash;
    expect(await readJson(rig.storage, joinUrl(rig.output, DATASET))).toEqual({
      generation: 1,
      episodes: ["second", "third", "first"].map((text) => ({ text, task: null, config })),
    });
    const left = [];
    for await (const { url } of rig.storage.list(rig.output)) left.push(url);
    expect(left).toEqual([joinUrl(rig.output, DATASET)]);
    expect(await rig.queue.listWorkers()).toEqual([]);
    await checkInvariants(rig.store);
  });

  it("fails a job that gives no frame, holds the batch, and publishes it in part and whole", async () => {
    await using rig = await workerRig();
    const batchId = await rig.submit(await rig.record("text", ""));
    await rig.worker({ untilDrained: true }).run();
    expect(await rig.queue.getBatch(batchId)).toMatchObject({
      status: "Sealed",
      hold: { failed: 1 },
    });
    const { jobs } = await rig.queue.listJobs({ status: "Failed" });
    expect(jobs).toMatchObject([
      { error: { code: "ERR_ROBOFLOW_NO_FRAMES", permanence: "permanent" }, failures: 1 },
    ]);
    expect(rig.events.map(({ type }) => type)).toContain("batchHeld");

    await rig.queue.finalizeBatch(batchId, { allowPartial: true, actor: "ada" });
    await rig.worker({ untilDrained: true }).run();
    expect(await rig.queue.getBatch(batchId)).toMatchObject({
      status: "Partial",
      excluded: { failed: 1 },
      dataset: { episodes: 1 },
      stagings: [],
    });

    await rig.queue.retryBatch(batchId, "ada");
    const lenient: Convert = async (request, context) => ({
      ...(await fakeConversion(rig.storage).convert(request, context)),
      frames: 1,
      episodes: 1,
    });
    await rig.worker({ untilDrained: true, convert: lenient }).run();
    expect(await rig.queue.getBatch(batchId)).toMatchObject({
      status: "Published",
      generation: 2,
      dataset: { episodes: 2 },
    });
  });

  it("fails a job whose recording changed after the submit", async () => {
    await using rig = await workerRig();
    const [file] = await rig.record("text");
    if (file === undefined) throw new Error("no file");
    await rig.submit([file]);
    await appendFile(join(rig.directory, "1.mcap"), " and more");
    await rig.worker({ untilDrained: true }).run();
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([
      {
        status: "Failed",
        attempts: [{ outcome: "failed" }],
        error: {
          code: "ERR_ROBOFLOW_SOURCE_CHANGED",
          message: `The recording ${file.source.url} changed its size from 4 to 13 bytes after it was submitted`,
        },
      },
    ]);
  });

  it("fails a job whose recording changes while it is converted", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    const convert: Convert = async (request, context) => {
      const result = await fakeConversion(rig.storage).convert(request, context);
      await appendFile(join(rig.directory, "1.mcap"), "!");
      return result;
    };
    await rig.worker({ untilDrained: true, convert }).run();
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([
      { status: "Failed", error: { code: "ERR_ROBOFLOW_SOURCE_CHANGED" } },
    ]);
  });

  it("fails a job on its first attempt when its config is missing, and says which", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    await rig.store.transact(async (tx) => tx.delete(ConfigKeys.config(rig.configHash)));
    await rig.worker({ untilDrained: true }).run();
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([{ status: "Failed", attempts: [{ outcome: "failed", epoch: 1 }] }]);
    expect(jobs[0]).toMatchObject({
      error: {
        code: "ERR_ROBOFLOW_CONFIG_MISSING",
        message: `The config ${rig.configHash} is not in the store memory:`,
      },
    });
  });

  it("asks for a config once, however many jobs name it", async () => {
    const store = new MemoryStore();
    await using rig = await workerRig(store);
    await rig.submit(await rig.record("a", "b", "c"));
    const get = vi.spyOn(store, "get");
    await rig.worker({ untilDrained: true, slots: 3 }).run();
    const key = ConfigKeys.config(rig.configHash);
    expect(get.mock.calls.filter(([asked]) => Buffer.compare(asked, key) === 0)).toHaveLength(1);
  });

  it("hands back what is of a newer version instead of failing it", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    await rig.store.transact(async (tx) =>
      tx.put(ConfigKeys.config(rig.configHash), new TextEncoder().encode('{"version":2}')),
    );
    const worker = rig.worker();
    const run = worker.run();
    await rig.event("handedBack");
    await rig.event("idle");
    await worker.stop();
    await run;
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([{ status: "Pending", failures: 0 }]);
    expect(rig.events.filter(({ type }) => type === "claimed")).toHaveLength(1);
  });

  it("ends a drain with all done but what only a newer version can do", async () => {
    await using rig = await workerRig();
    const batchId = await rig.submit(await rig.record("newer", "ours"));
    const { jobs } = await rig.queue.listJobs({ batchId });
    const newer = JobKeys.job(jobs[0]?.id ?? "");
    await rig.store.transact(async (tx) =>
      tx.put(newer, new TextEncoder().encode('{"version":2}')),
    );
    await rig.worker({ untilDrained: true }).run();
    const after = await rig.queue.listJobs({ batchId });
    expect(after.unreadable).toMatchObject([{ jobId: jobs[0]?.id }]);
    expect(after.jobs).toMatchObject([{ id: jobs[1]?.id, status: "Completed" }]);
    expect((await rig.queue.getBatch(batchId)).status).toBe("Sealed");
  });

  it.each(["ready", "delayed"])(
    "ends a drain without a %s job whose record is damaged, and says so once",
    async (state) => {
      await using rig = await workerRig();
      const batchId = await rig.submit(await rig.record("damaged", "ours"));
      const { jobs } = await rig.queue.listJobs({ batchId });
      const [damaged, ours] = jobs.map(({ id }) => id);
      if (damaged === undefined || ours === undefined) throw new Error("no jobs");
      await rig.store.transact(async (tx) => {
        const job = await readJob(tx, damaged);
        if (state === "delayed") writeJob(tx, job, { ...job, status: "Pending", notBefore: 1 });
        tx.put(JobKeys.job(damaged), new TextEncoder().encode('{"version":1}'));
      });
      const error = vi.fn<Logger["error"]>();
      const worker = rig.worker({ logger: { ...silentLogger, error } });
      const run = worker.run();
      await vi.waitUntil(async () => (await rig.queue.getJob(ours)).status === "Completed");
      await vi.waitUntil(() => error.mock.calls.length > 0);
      await worker.stop();
      await run;
      expect(error.mock.calls).toEqual([
        [
          expect.stringMatching(/damaged.*restore the store from a backup, or submit/),
          {
            worker: worker.id,
            job: damaged,
            error: expect.objectContaining({
              code: "ERR_ROBOFLOW_RECORD_INVALID",
              message: expect.stringContaining(`/roboflow/v1/jobs/${damaged}`),
            }),
          },
        ],
      ]);
      await rig.worker({ untilDrained: true }).run();
      expect((await rig.queue.getBatch(batchId)).status).toBe("Sealed");
    },
  );

  it("tries again after a transient error", async () => {
    await using rig = await workerRig();
    const batchId = await rig.submit(await rig.record("text"));
    let attempts = 0;
    const convert: Convert = async (request, context) => {
      attempts += 1;
      if (attempts < 3) throw new Error("flaky");
      return fakeConversion(rig.storage).convert(request, context);
    };
    await rig.worker({ untilDrained: true, convert }).run();
    expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
    expect(attempts).toBe(3);
  });

  it("stops a running job that was cancelled", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    const begun = deferred<string>();
    const worker = rig.worker({
      async convert(request, context) {
        const url = joinUrl(request.artifactUrl, "half.bin");
        await rig.storage.put(url, new TextEncoder().encode("half"));
        begun.resolve(url);
        return endless(request, context);
      },
    });
    const run = worker.run();
    const { job } = await rig.event("claimed");
    const artifact = await begun.promise;
    await rig.queue.cancelJob(job.id, "ada");
    expect(await rig.event("lost")).toEqual({
      type: "lost",
      jobId: job.id,
      attempt: 1,
      worker: worker.id,
      reason: "cancelled",
    });
    await expect(rig.storage.stat(artifact)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORAGE_NOT_FOUND",
    });
    await worker.stop();
    await run;
  });

  it("ends an attempt that takes too long, and counts it", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    await rig
      .worker({ untilDrained: true, convert: endless, attemptTimeoutMs: 10, leaseMs: 3_600_000 })
      .run();
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([
      { status: "Dead", error: { code: "ERR_ROBOFLOW_ATTEMPT_TIMEOUT" }, failures: 3 },
    ]);
  });

  it("lets running jobs end when it drains, and takes no more", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("a", "b"));
    const gate = deferred();
    const convert: Convert = async (request, context) => {
      await gate.promise;
      return fakeConversion(rig.storage).convert(request, context);
    };
    const worker = rig.worker({ convert });
    const run = worker.run();
    await rig.event("claimed");
    const drained = worker.drain();
    gate.resolve(undefined);
    await Promise.all([drained, run]);
    expect(await rig.queue.stats()).toMatchObject({ Completed: 1, Pending: 1 });
  });

  it.each(["drain", "stop"] as const)("hands back what is not done in time: %s", async (how) => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    const worker = rig.worker({ convert: endless, graceMs: 10 });
    const run = worker.run();
    await rig.event("claimed");
    await worker[how]();
    await run;
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([
      { status: "Pending", failures: 0, attempts: [{ outcome: "handedBack" }] },
    ]);
    expect(await rig.queue.listWorkers()).toEqual([]);
  });

  it("reports progress to the store while it works", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    const convert: Convert = async (request, context: ConversionContext) => {
      context.onProgress({ framesDone: 4, framesTotal: 9 });
      await vi.waitUntil(async () => (await rig.queue.getJob(request.jobId)).progress !== null);
      return fakeConversion(rig.storage).convert(request, context);
    };
    await rig.worker({ untilDrained: true, convert }).run();
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([{ progress: { framesDone: 4, framesTotal: 9 } }]);
  });

  it("goes on under a new id after it was declared dead", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    const started = deferred();
    let calls = 0;
    const convert: Convert = async (request, context) => {
      calls += 1;
      started.resolve(undefined);
      return calls === 1
        ? endless(request, context)
        : fakeConversion(rig.storage).convert(request, context);
    };
    const worker = rig.worker({ untilDrained: true, convert });
    const run = worker.run();
    await started.promise;
    const before = worker.id;
    await rig.store.transact(async (tx) => tx.delete(WorkerKeys.worker(before)));
    await run;
    expect(worker.id).not.toBe(before);
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([{ status: "Completed" }]);
  });
});
