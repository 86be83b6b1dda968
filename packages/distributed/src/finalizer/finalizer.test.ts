import { silentLogger } from "@roboflow/core";
import { joinUrl } from "@roboflow/storage";
import { describe, expect, it } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { claimBy, ManualClock, WORKER } from "../../test/queue/queue-rig.js";
import { DATASET, fakeConversion, readJson } from "../../test/worker/fake-conversion.js";
import { inStatus, workerRig, type WorkerRig } from "../../test/worker/worker-rig.js";
import { DistributedError } from "../error.js";
import { JobKeys } from "../keys/keys.js";
import { batchCommon, writeBatch } from "../queue/batch-writes.js";
import { leaseOf } from "../queue/lease.js";
import { MemoryStore } from "../store/memory-store.js";
import { deferred } from "../testing/deferred.js";
import { runAttempt } from "../worker/run-attempt.js";
import { TikvClient } from "../tikv-client.js";
import { storeConfigs } from "../worker/store-configs.js";
import type { FinalizerEvent } from "./finalizer-event.js";
import type { FinalizerOptions } from "./finalizer-options.js";
import { Finalizer } from "./finalizer.js";

const never = new AbortController().signal;

interface FinalizerRig extends WorkerRig {
  readonly clock: ManualClock;
  readonly told: FinalizerEvent[];
  finalizer(options?: Partial<FinalizerOptions>): Finalizer;
  /** Submits and converts recordings; gives the batch's id. */
  converted(...texts: string[]): Promise<string>;
}

async function finalizerRig(): Promise<FinalizerRig> {
  const clock = new ManualClock();
  const rig = await workerRig(new MemoryStore({ clock: clock.read }));
  const { store, storage, queue } = rig;
  const configs = storeConfigs(new TikvClient(store));
  const conversion = fakeConversion(storage);
  const told: FinalizerEvent[] = [];
  return {
    ...rig,
    clock,
    told,
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
    finalizer: (options = {}) =>
      new Finalizer({
        store,
        storage,
        configs,
        ...conversion,
        holder: "first",
        leaseMs: WORKER.leaseMs,
        renewMs: 3_600_000,
        backoff: queue.backoff,
        onEvent: (event) => told.push(event),
        logger: silentLogger,
        ...options,
      }),
    async converted(...texts) {
      const batchId = await rig.submit(await rig.record(...texts));
      for (const _ of texts) {
        const job = await claimBy(queue, "w");
        const result = await runAttempt(
          job,
          { storage, configs, convert: conversion.convert },
          { signal: never, logger: silentLogger, onProgress: () => {} },
        );
        await queue.complete(leaseOf(job), result);
      }
      return batchId;
    },
  };
}

describe("Finalizer", () => {
  it("leaves a batch alone that has open jobs", async () => {
    await using rig = await finalizerRig();
    const batchId = await rig.submit(await rig.record("text"));
    await rig.finalizer().round(never);
    expect(await rig.queue.getBatch(batchId)).toMatchObject({ status: "Sealed", hold: null });
  });

  it("is taken over one lease after its leader fell silent, and the late one changes nothing", async () => {
    await using rig = await finalizerRig();
    const batchId = await rig.converted("a", "b");
    const begun = deferred();
    const late = deferred();
    const conversion = fakeConversion(rig.storage);
    const published: number[] = [];
    const first = rig
      .finalizer({
        assemble: async (request, context) => {
          begun.resolve(undefined);
          await late.promise;
          return conversion.assemble(request, context);
        },
        publish: async (request, context) => {
          published.push(1);
          await conversion.publish(request, context);
        },
      })
      .round(never);
    await begun.promise;
    const second = rig.finalizer({ holder: "second" });
    rig.clock.advance(WORKER.leaseMs - 1);
    await second.round(never);
    expect(await rig.queue.getBatch(batchId)).toMatchObject({ status: "Finalizing", token: 1 });

    rig.clock.advance(1);
    await second.round(never);
    const done = inStatus(await rig.queue.getBatch(batchId), "Published");
    expect(done).toMatchObject({ dataset: { episodes: 2 }, cleanup: false });
    const dataset = await readJson(rig.storage, joinUrl(rig.output, DATASET));

    late.resolve(undefined);
    await first;
    expect(published).toEqual([]);
    expect(await rig.queue.getBatch(batchId)).toEqual(done);
    expect(await readJson(rig.storage, joinUrl(rig.output, DATASET))).toEqual(dataset);
    await checkInvariants(rig.store);
  });

  it("is asked before each visible step whether it still leads", async () => {
    await using rig = await finalizerRig();
    const batchId = await rig.converted("a");
    const answers: boolean[] = [];
    const other = rig.finalizer({ holder: "second" });
    const first = rig.finalizer({
      publish: async (_, { stillLeader }) => {
        answers.push(await stillLeader());
        rig.clock.advance(WORKER.leaseMs);
        // An expired lock that nobody has taken is still held.
        answers.push(await stillLeader());
        await other.round(never);
        answers.push(await stillLeader());
      },
    });
    await first.round(never);
    expect(answers).toEqual([true, true, false]);
    expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
  });

  it("fails the batch for an error that can't get better, and names it", async () => {
    await using rig = await finalizerRig();
    const batchId = await rig.converted("a", "b");
    const mismatch = new DistributedError("ERR_ROBOFLOW_NO_FRAMES", "1.mcap and 2.mcap differ");
    await rig.finalizer({ assemble: () => Promise.reject(mismatch) }).round(never);
    expect(inStatus(await rig.queue.getBatch(batchId), "Failed").error).toMatchObject({
      code: "ERR_ROBOFLOW_NO_FRAMES",
      message: "1.mcap and 2.mcap differ",
    });
    expect(rig.told.map(({ type }) => type)).toEqual(["finalizing", "batchFailed"]);
    // By hand it is tried again.
    await rig.queue.retryBatch(batchId, "ada");
    await rig.finalizer().round(never);
    expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
  });

  it("tries again later after a transient error, and gives up after five", async () => {
    await using rig = await finalizerRig();
    const batchId = await rig.converted("a");
    const finalizer = rig.finalizer({ assemble: () => Promise.reject(new Error("disk full")) });
    for (let failures = 1; failures < 5; failures += 1) {
      await finalizer.round(never);
      const batch = inStatus(await rig.queue.getBatch(batchId), "Sealed");
      expect(batch).toMatchObject({ finalizeFailures: failures, hold: null });
      // Not before its time.
      await finalizer.round(never);
      expect(await rig.queue.getBatch(batchId)).toEqual(batch);
      rig.clock.advance((batch.notBefore ?? 0) - rig.clock.time);
    }
    await finalizer.round(never);
    expect(inStatus(await rig.queue.getBatch(batchId), "Failed").error.message).toBe(
      "Error: disk full",
    );
  });

  it("fails a batch in which nothing completed, once told to leave the rest out", async () => {
    await using rig = await finalizerRig();
    const batchId = await rig.submit(await rig.record("a"));
    const { jobs } = await rig.queue.listJobs({ batchId });
    await rig.queue.cancelJob(jobs[0]?.id ?? "", "ada");
    await rig.finalizer().round(never);
    await rig.queue.finalizeBatch(batchId, { allowPartial: true, actor: "ada" });
    await rig.finalizer().round(never);
    expect(inStatus(await rig.queue.getBatch(batchId), "Failed").error).toMatchObject({
      code: "ERR_ROBOFLOW_NO_FRAMES",
      message: `No job of batch ${batchId} completed`,
    });
  });

  it("fails a batch of which a job is not in the store, instead of leaving it out", async () => {
    await using rig = await finalizerRig();
    const batchId = await rig.converted("a", "b");
    const { jobs } = await rig.queue.listJobs({ batchId });
    await rig.store.transact(async (tx) => tx.delete(JobKeys.job(jobs[0]?.id ?? "")));
    await rig.finalizer().round(never);
    expect(inStatus(await rig.queue.getBatch(batchId), "Failed").error).toMatchObject({
      code: "ERR_ROBOFLOW_RECORD_INVALID",
      message: `Batch ${batchId} has 2 jobs by its record, but 1 in the store`,
    });
  });

  it("fails a batch of which an ended job's record is damaged, and names it", async () => {
    await using rig = await finalizerRig();
    const batchId = await rig.converted("a", "b");
    const { jobs } = await rig.queue.listJobs({ batchId });
    const key = JobKeys.job(jobs[0]?.id ?? "");
    await rig.store.transact(async (tx) => tx.put(key, new TextEncoder().encode('{"version":1}')));
    await rig.finalizer().round(never);
    expect(inStatus(await rig.queue.getBatch(batchId), "Failed").error).toMatchObject({
      code: "ERR_ROBOFLOW_RECORD_INVALID",
      message: expect.stringContaining(`/roboflow/v1/jobs/${jobs[0]?.id}`),
    });
  });

  it("gives a batch back when its worker ends, without counting a failure", async () => {
    await using rig = await finalizerRig();
    const batchId = await rig.converted("a");
    const stop = new AbortController();
    const finalizer = rig.finalizer({
      assemble: async () => {
        stop.abort();
        throw new Error("interrupted");
      },
    });
    await finalizer.round(stop.signal);
    expect(await rig.queue.getBatch(batchId)).toMatchObject({
      status: "Sealed",
      finalizeFailures: 0,
      notBefore: null,
    });
    await rig.finalizer({ holder: "second" }).round(never);
    expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
  });

  it("stops working on a batch that is cancelled meanwhile", async () => {
    await using rig = await finalizerRig();
    const batchId = await rig.converted("a");
    const finalizer = rig.finalizer({
      renewMs: 5,
      assemble: async (_, { signal }) => {
        await rig.queue.cancelBatch(batchId, "ada");
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        throw new Error("stopped");
      },
    });
    await finalizer.round(never);
    expect(await rig.queue.getBatch(batchId)).toMatchObject({ status: "Cancelled" });
    expect(await rig.storage.exists(joinUrl(rig.output, DATASET))).toBe(false);
  });

  it("finishes the cancelling that another process began", async () => {
    await using rig = await finalizerRig();
    const batchId = await rig.submit(await rig.record("a", "b"));
    const batch = await rig.queue.getBatch(batchId);

    await rig.store.transact(async (tx) =>
      writeBatch(tx, {
        ...batchCommon(batch),
        status: "Cancelled",
        finishedAt: tx.now,
        cleanup: true,
        incomplete: false,
      }),
    );
    await rig.finalizer().round(never);
    expect(await rig.queue.getBatch(batchId)).toMatchObject({ cleanup: false });
    expect((await rig.queue.stats()).Cancelled).toBe(2);
  });
});
