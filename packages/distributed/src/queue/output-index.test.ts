import { describe, expect, it } from "vitest";
import { BeforeCommit } from "../../test/queue/before-commit.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import { memoryRig, recordings } from "../../test/queue/queue-rig.js";
import { DistributedError } from "../error.js";
import { TikvClient } from "../tikv-client.js";
import { JobQueue } from "./job-queue.js";
import { findOutputHolder, outputKey } from "./output-index.js";

const OTHER_CONFIG = '[dataset]\nname = "other"\nfps = 10\n';

describe("the output of a batch", () => {
  it("is not another batch's until the first is cancelled", async () => {
    const { queue, store, request } = await memoryRig();
    const { batchId = "" } = await queue.submit(request(recordings(1)));
    const forced = request(recordings(1), { force: true });
    await expect(queue.submit(forced)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_BATCH_STATE",
      message: `Can't start another batch for file:///data/out/: batch ${batchId} is waiting to be finalized`,
      hint: `Choose another output, or cancel that batch (\`roboflow batches cancel ${batchId}\`).`,
    });
    await expect(queue.openBatch(request([]))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_BATCH_STATE",
    });
    expect((await queue.listBatches()).batches).toHaveLength(1);
    await queue.cancelBatch(batchId, "ada");
    const second = await queue.submit(forced);
    expect(second.batchId).not.toBe(batchId);
    await checkInvariants(store);
  });

  it("goes to one of two submissions that begin at the same moment", async () => {
    const { queue, store, request } = await memoryRig();
    const { hash } = await new TikvClient(store).putConfig(OTHER_CONFIG);
    const racing = new JobQueue(
      new BeforeCommit(store, () => queue.submit(request(recordings(1)))),
    );
    await expect(
      racing.openBatch(request([], { configHash: hash, output: "file:///data/out" })),
    ).rejects.toMatchObject({ code: "ERR_ROBOFLOW_BATCH_STATE" });
    expect((await queue.listBatches()).batches).toHaveLength(1);
    await checkInvariants(store);
  });

  it("goes to one of two also where an ended batch has left its entry", async () => {
    const { queue, store, request } = await memoryRig();
    const { batchId = "" } = await queue.submit(request(recordings(1)));
    await queue.cancelBatch(batchId, "ada");
    const key = outputKey("file:///data/out/");
    await store.transact(async (tx) => tx.put(key, new TextEncoder().encode(batchId)));
    const racing = new JobQueue(new BeforeCommit(store, () => queue.retryBatch(batchId, "ada")));
    await expect(racing.openBatch(request([]))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_BATCH_STATE",
    });
    await checkInvariants(store);
  });

  it("takes other recordings of the same config into its batch, and no other config", async () => {
    const { queue, store, request } = await memoryRig();
    const { batchId = "" } = await queue.submit(request(recordings(1)));
    const more = await queue.submit(request(recordings(2).slice(1)));
    expect(more.batchId).toBe(batchId);
    const { hash } = await new TikvClient(store).putConfig(OTHER_CONFIG);
    const other = request(recordings(3).slice(2), { configHash: hash });
    await expect(queue.submit(other)).rejects.toMatchObject({ code: "ERR_ROBOFLOW_BATCH_STATE" });
    expect(await queue.getBatch(batchId)).toMatchObject({ jobCount: 2, status: "Sealed" });
    await checkInvariants(store);
  });

  it("must be free when a cancelled batch is taken up again", async () => {
    const { queue, store, request } = await memoryRig();
    const first = await queue.submit(request(recordings(1)));
    await queue.cancelBatch(first.batchId ?? "", "ada");
    const second = await queue.submit(request(recordings(1), { force: true }));
    await expect(queue.retryBatch(first.batchId ?? "", "ada")).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_BATCH_STATE",
      message: expect.stringContaining(second.batchId ?? "?"),
    });
    await queue.cancelBatch(second.batchId ?? "", "ada");
    expect(await queue.retryBatch(first.batchId ?? "", "ada")).toBe(1);
    expect((await findOutputHolder(store, "file:///data/out"))?.id).toBe(first.batchId);
    await checkInvariants(store);
  });

  it("is free when the batch is gone", async () => {
    const { queue, store, request } = await memoryRig();
    const { jobs } = await queue.submit(request(recordings(1)));
    await queue.cancelJob(jobs[0]?.jobId ?? "", "ada");
    await queue.deleteJob(jobs[0]?.jobId ?? "", "ada");
    expect(await findOutputHolder(store, "file:///data/out/")).toBeUndefined();
    await checkInvariants(store);
  });

  it("is reserved outside of the store once the batch is stored, and not by a second run", async () => {
    const { queue, request } = await memoryRig({ submitChunk: 1 });
    const reserved: string[] = [];
    const reserve = async (batchId: string): Promise<void> => {
      expect((await queue.getBatch(batchId)).status).toBe("Submitting");
      reserved.push(batchId);
    };
    const { batchId } = await queue.submit(request(recordings(3), { reserve }));
    expect(reserved).toEqual([batchId]);
    await queue.submit(request(recordings(3), { reserve }));
    expect(reserved).toEqual([batchId]);
  });

  it("that is another store's costs the batch that was started, and no batch that was there", async () => {
    const { queue, store, request } = await memoryRig({ submitChunk: 1 });
    const reserve = async (): Promise<never> => {
      throw new Error("it is reserved for another store");
    };
    const refused = queue.submit(request(recordings(3), { reserve }));
    await expect(refused).rejects.toThrow("it is reserved for another store");
    expect((await queue.listBatches()).batches).toMatchObject([
      { status: "Cancelled", jobCount: 1, cleanup: false },
    ]);
    await expect(queue.submit(request(recordings(3)))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_BATCH_STATE",
      hint: "Submit with --force to start another.",
    });
    const other = { output: "file:///data/other/" };
    const { batchId = "" } = await queue.submit(request(recordings(1), other));
    const more = queue.submit(request(recordings(2), { ...other, reserve }));
    await expect(more).rejects.toThrow("it is reserved for another store");
    expect((await queue.getBatch(batchId)).status).not.toBe("Cancelled");
    await checkInvariants(store);
  });

  it("that could not be reserved in passing is gone on with by the same submit", async () => {
    const { queue, store, request } = await memoryRig({ submitChunk: 1 });
    let tries = 0;
    const reserve = async (): Promise<void> => {
      tries += 1;
      if (tries > 1) return;
      throw new DistributedError("ERR_ROBOFLOW_ABORTED", "the storage was away", {
        permanence: "transient",
      });
    };
    const wish = request(recordings(3), { reserve });
    await expect(queue.submit(wish)).rejects.toThrow("the storage was away");
    const { batchId = "" } = await queue.submit(wish);
    expect(tries).toBe(2);
    expect(await queue.getBatch(batchId)).toMatchObject({ status: "Sealed", jobCount: 3 });
    expect((await queue.listBatches()).batches).toHaveLength(1);
    await checkInvariants(store);
  });
});
