import { createStorage } from "@roboflow/storage";
import { describe, expect, it, vi } from "vitest";
import { breakingAt } from "../../test/queue/breaking-at.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import { claimBy, memoryRig, recordings, RESULT } from "../../test/queue/queue-rig.js";
import { BatchKeys, ConfigKeys } from "../keys/keys.js";
import { pruneJobs } from "../retention/prune-jobs.js";
import { keyText } from "../store/bytes.js";
import { JobQueue } from "./job-queue.js";

describe("submit", () => {
  it("seals the batch with the last of several transactions", async () => {
    const { queue, request, store } = await memoryRig({ submitChunk: 2 });
    const { batchId, jobs } = await queue.submit(request(recordings(5)));
    expect(jobs.map(({ created }) => created)).toEqual([true, true, true, true, true]);
    expect(await queue.getBatch(batchId ?? "")).toMatchObject({ status: "Sealed", jobCount: 5 });
    const page = await queue.listJobs({ batchId: batchId ?? "" });
    expect(page.jobs.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4]);
    await checkInvariants(store);
  });

  it("leaves the batch unsealed when it breaks off, and the same submit completes it", async () => {
    const { queue, request, store } = await memoryRig();
    const broken = new JobQueue(breakingAt(store, 3), { submitChunk: 2 });
    await expect(broken.submit(request(recordings(5)))).rejects.toThrow("killed");
    const [half] = (await queue.listBatches()).batches;
    expect(half).toMatchObject({ status: "Submitting", jobCount: 4 });

    const { batchId, jobs } = await queue.submit(request(recordings(5)));
    expect(batchId).toBe(half?.id);
    expect(jobs.map(({ created }) => created)).toEqual([false, false, false, false, true]);
    expect(await queue.getBatch(batchId ?? "")).toMatchObject({ status: "Sealed", jobCount: 5 });
    const page = await queue.listJobs({ batchId: batchId ?? "" });
    expect(page.jobs.map(({ source }) => source.url)).toEqual(
      recordings(5).map(({ source }) => source.url),
    );
  });

  it("submits anew what is pruned while it looks for what there is", async () => {
    const { queue, request, store, clock } = await memoryRig();
    const { batchId = "" } = await queue.submit(request(recordings(2)));
    await queue.cancelBatch(batchId, "ada");
    clock.advance(1_000);
    const storage = createStorage();
    const get = store.get.bind(store);
    let pruned = 0;
    const spy = vi.spyOn(store, "get").mockImplementation(async (key) => {
      if (keyText(key) === keyText(BatchKeys.batch(batchId))) {
        spy.mockRestore();
        ({ jobs: pruned } = await pruneJobs(store, { olderThanMs: 0, actor: "ada", storage }));
      }
      return get(key);
    });
    const again = await queue.submit(request(recordings(2)));
    expect(pruned).toBe(2);
    expect(again).toMatchObject({ created: 2, existing: 0 });
    await checkInvariants(store);
  });

  it("reports the job that already does the same work, also once it has completed", async () => {
    const { queue, request } = await memoryRig();
    const first = await queue.submit(request(recordings(1)));
    const job = await claimBy(queue, "w");
    await queue.complete({ jobId: job.id, workerId: "w", epoch: job.leaseEpoch }, RESULT);
    const again = await queue.submit(request(recordings(1)));
    expect(again).toEqual({
      batchId: undefined,
      created: 0,
      existing: 1,
      jobs: [{ jobId: job.id, batchId: first.batchId, status: "Completed", created: false }],
    });
  });

  it("repeats the work with force, in a batch of its own", async () => {
    const { queue, request } = await memoryRig();
    const first = await queue.submit(request(recordings(1)));
    await queue.cancelBatch(first.batchId ?? "", "ada");
    const forced = await queue.submit(request(recordings(1), { force: true }));
    expect(forced.jobs[0]?.created).toBe(true);
    expect(forced.batchId).not.toBe(first.batchId);
  });

  it("takes another config, output, task, option or file for other work", async () => {
    const { queue, request } = await memoryRig();
    await queue.submit(request(recordings(1)));
    const [file] = recordings(1);
    if (file === undefined) throw new Error("no recording");
    const others = [
      request(recordings(1), { output: "file:///data/other/" }),
      request(recordings(1, { task: "fold the towel" })),
      request(recordings(1, { options: { strict: true } })),
      request([{ ...file, source: { ...file.source, identity: "mtime-later" } }]),
    ];
    for (const other of others) {
      expect((await queue.submit(other)).jobs[0]?.created).toBe(true);
    }
  });

  it("queues a recording that is named twice only once", async () => {
    const { queue, request } = await memoryRig();
    const { jobs } = await queue.submit(request([...recordings(2), ...recordings(1)]));
    expect(jobs[2]?.jobId).toBe(jobs[0]?.jobId);
    expect((await queue.stats()).Pending).toBe(2);
  });

  it("adds new recordings for the same output to the batch that is not yet published", async () => {
    const { queue, request } = await memoryRig();
    const first = await queue.submit(request(recordings(2)));
    const second = await queue.submit(request(recordings(3)));
    expect(second.batchId).toBe(first.batchId);
    expect(second.jobs.map(({ created }) => created)).toEqual([false, false, true]);
    expect(await queue.getBatch(first.batchId ?? "")).toMatchObject({
      status: "Sealed",
      jobCount: 3,
    });
  });

  it("lets several submitters fill one batch in an order of their own", async () => {
    const { queue, request } = await memoryRig();
    const batch = await queue.openBatch(request([]));
    const files = recordings(9).map((job, ordinal) => ({ ...job, ordinal }));
    const parts = [files.slice(6), files.slice(0, 3), files.slice(3, 6)];
    await Promise.all(
      parts.map((jobs) => queue.submit(request(jobs, { batchId: batch.id, seal: false }))),
    );
    expect((await queue.getBatch(batch.id)).status).toBe("Submitting");
    await queue.sealBatch(batch.id, "ada");
    expect(await queue.getBatch(batch.id)).toMatchObject({ status: "Sealed", jobCount: 9 });
    const { jobs } = await queue.listJobs({ batchId: batch.id });
    expect(jobs.map(({ source }) => source.url)).toEqual(files.map(({ source }) => source.url));
  });

  it("seals only when the last submitter is done", async () => {
    const { queue, request, store } = await memoryRig();
    const batch = await queue.openBatch(request([]));
    const broken = new JobQueue(breakingAt(store, 2), { submitChunk: 1 });
    const half = request(recordings(2), { batchId: batch.id });
    await expect(broken.submit(half)).rejects.toThrow("killed");
    await queue.submit(request(recordings(4).slice(2), { batchId: batch.id }));
    expect((await queue.getBatch(batch.id)).status).toBe("Submitting");
    await queue.submit(half);
    expect(await queue.getBatch(batch.id)).toMatchObject({ status: "Sealed", jobCount: 4 });
  });

  it("queues nothing for an output that another batch was published to", async () => {
    const { queue, request } = await memoryRig();
    const { batchId } = await queue.submit(request(recordings(1)));
    if (batchId === undefined) throw new Error("no batch");
    const output = { outputBatchId: batchId };
    const again = await queue.submit(request(recordings(1), output));
    expect(again.jobs[0]?.created).toBe(false);
    const extended = await queue.submit(request(recordings(2), output));
    expect(extended.batchId).toBe(batchId);
    const forced = request(recordings(1), { ...output, force: true });
    await expect(queue.submit(forced)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_BATCH_STATE",
      message: `file:///data/out/ holds the dataset of batch ${batchId}, and these recordings would be another batch`,
    });
    expect((await queue.listBatches()).batches).toHaveLength(1);
    expect((await queue.stats()).Pending).toBe(2);
  });

  it("refuses a config that is not in the store, and submits nothing", async () => {
    const { queue, request } = await memoryRig();
    const missing = request(recordings(1), { configHash: "0".repeat(64) });
    await expect(queue.submit(missing)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_MISSING",
    });
    expect((await queue.listBatches()).batches).toEqual([]);
  });

  it("lets a config be pruned either before or never: both guard the config's key", async () => {
    const { queue, request, store, configHash } = await memoryRig();
    const key = ConfigKeys.config(configHash);
    let rival: Promise<unknown> | undefined;
    // A prune that finds no reference, because the submit has not committed yet.
    await expect(
      store.transact(async (tx) => {
        tx.lock(key);
        rival ??= queue.submit(request(recordings(1)));
        await rival;
        if ((await tx.get(ConfigKeys.configRef(configHash, "any"))) === undefined) {
          for await (const _ of tx.scan({
            start: ConfigKeys.configRefs(configHash),
            end: Buffer.concat([ConfigKeys.configRefs(configHash), Buffer.from([0xff])]),
          })) {
            throw new Error("the config is in use");
          }
        }
        tx.delete(key);
      }),
    ).rejects.toThrow("the config is in use");
  });

  it("keeps a job back until its time", async () => {
    const { queue, request, clock } = await memoryRig();
    await queue.submit(request(recordings(1, { notBefore: clock.time + 5_000 })));
    await queue.registerWorker({ id: "w", host: "h", pid: 1, slots: 1, leaseMs: 120_000 });
    expect(await queue.claim("w")).toBeUndefined();
    expect(await queue.promoteDue()).toEqual({ promoted: 0, nextInMs: 5_000 });
    clock.advance(5_000);
    expect(await queue.promoteDue()).toEqual({ promoted: 1, nextInMs: undefined });
    expect((await queue.claim("w"))?.status).toBe("Processing");
  });

  it("records who submitted", async () => {
    const { queue, request, clock } = await memoryRig();
    const { batchId } = await queue.submit(request(recordings(3)));
    expect((await queue.audit()).entries).toMatchObject([
      {
        at: clock.time,
        actor: "ada",
        action: "submit",
        subject: { kind: "batch", id: batchId },
        jobs: 3,
      },
    ]);
  });
});
