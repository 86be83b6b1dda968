import { joinUrl, StorageError } from "@roboflow/storage";
import { describe, expect, it } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { losing } from "../../test/store/losing.js";
import { DATASET, fakeConversion } from "../../test/worker/fake-conversion.js";
import { workerRig } from "../../test/worker/worker-rig.js";
import { MemoryStore } from "../store/memory-store.js";

describe("a finalization while something is away", () => {
  it.each(["before", "after"] as const)(
    "waits for the store with what it has built (%s the commit)",
    async (when) => {
      const memory = new MemoryStore();
      const store = losing(memory);
      await using rig = await workerRig(store);
      const batchId = await rig.submit(await rig.record("text"));
      const conversion = fakeConversion(rig.storage);
      let assembled = 0;
      const worker = rig.worker({
        untilDrained: true,
        heartbeatMs: 3_600_000,
        sweepMs: 3_600_000,
        assemble: async (request, context) => {
          assembled += 1;
          const result = await conversion.assemble(request, context);
          // The phase, each look whether it still leads, and the end of it.
          store.lose(when, 3);
          return result;
        },
      });
      await worker.run();
      expect(assembled).toBe(1);
      expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
      expect(rig.events.filter(({ type }) => type === "published")).toHaveLength(1);
      await checkInvariants(memory);
    },
  );

  it("is tried for as long as the object storage is away, and then done", async () => {
    await using rig = await workerRig();
    const batchId = await rig.submit(await rig.record("text"));
    const conversion = fakeConversion(rig.storage);
    let failures = 0;
    const worker = rig.worker({
      untilDrained: true,
      assemble: async (request, context) => {
        failures += 1;
        if (failures <= 7) {
          throw new StorageError("ERR_ROBOFLOW_STORAGE_UNAVAILABLE", "s3://b: no answer", {
            permanence: "transient",
          });
        }
        return conversion.assemble(request, context);
      },
    });
    await worker.run();
    expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
    expect(await rig.storage.exists(joinUrl(rig.output, DATASET))).toBe(true);
  });
});
