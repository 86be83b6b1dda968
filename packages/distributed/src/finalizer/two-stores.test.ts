import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@roboflow/core";
import { releaseOutput, reserveOutput } from "@roboflow/dataset";
import { createStorage, toUrl } from "@roboflow/storage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { memoryRig, recordings, type QueueRig } from "../../test/queue/queue-rig.js";
import { acquireLock } from "../queue/leader-lock.js";
import type { SubmitResult } from "../queue/submit-request.js";
import { storeId } from "../store/store-id.js";
import { dropArtifacts } from "./drop-artifacts.js";
import type { OutputReservation } from "./release-output.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-two-stores-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const storage = createStorage();

/** As the command line submits. */
async function submit(fleet: QueueRig, output: string, force = false): Promise<SubmitResult> {
  const { store, queue, request } = fleet;
  const owner = { storeId: await storeId(store), storeUrl: store.url };
  const reserve = (batchId: string): Promise<void> =>
    reserveOutput(storage, output, { ...owner, batchId });
  return queue.submit(request(recordings(2), { output, reserve, force }));
}

/** What a finalizer of the fleet does for a cancelled batch. */
async function tidy({ store }: QueueRig, batchId: string): Promise<void> {
  const leadership = await acquireLock(store, { name: "finalizer", holder: "f", leaseMs: 1_000 });
  if (leadership === undefined) throw new Error("no leader");
  const options = {
    store,
    storage,
    renewMs: 3_600_000,
    logger: silentLogger,
    releaseOutput: async ({ outputUrl, ...owner }: OutputReservation) =>
      void (await releaseOutput(storage, outputUrl, owner)),
  };
  await dropArtifacts(options, leadership, batchId);
}

describe("two stores with one output", () => {
  it("meet when the second submits, until the first has cancelled", async () => {
    const output = toUrl("shared/", directory);
    const [first, second] = [await memoryRig(), await memoryRig()];
    const { batchId = "" } = await submit(first, output);
    await expect(submit(second, output)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_OUTPUT",
      permanence: "permanent",
      message: expect.stringContaining(`is reserved for batch ${batchId} of the store memory:`),
    });
    // Nothing of the second is left to be worked on.
    const { batches } = await second.queue.listBatches();
    expect(batches).toMatchObject([{ status: "Cancelled" }]);
    expect((await second.queue.stats()).Pending).toBe(0);
    await tidy(second, batches[0]?.id ?? "");
    await expect(submit(second, output, true)).rejects.toThrow(`is reserved for batch ${batchId}`);

    await first.queue.cancelBatch(batchId, "ada");
    await tidy(first, batchId);
    expect(await submit(second, output, true)).toMatchObject({ created: 2 });
    await expect(submit(first, output, true)).rejects.toThrow("is reserved for batch");
    await checkInvariants(first.store);
    await checkInvariants(second.store);
  });

  it("do not meet where one store's next batch comes before a finalizer has tidied up", async () => {
    const output = toUrl("next/", directory);
    const fleet = await memoryRig();
    const { batchId = "" } = await submit(fleet, output);
    await fleet.queue.cancelBatch(batchId, "ada");
    const next = await submit(fleet, output, true);
    expect(next.batchId).not.toBe(batchId);
    // The late tidying takes nothing from the next batch.
    await tidy(fleet, batchId);
    await expect(submit(await memoryRig(), output)).rejects.toThrow(
      `is reserved for batch ${next.batchId}`,
    );
  });
});
