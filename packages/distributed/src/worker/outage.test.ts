import { describe, expect, it } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { fakeConversion } from "../../test/worker/fake-conversion.js";
import { workerRig } from "../../test/worker/worker-rig.js";
import { DistributedError } from "../error.js";
import type { KvStore, KvTransaction } from "../store/kv-store.js";
import { MemoryStore } from "../store/memory-store.js";

const unreachable = (): DistributedError =>
  new DistributedError("ERR_ROBOFLOW_STORE_UNAVAILABLE", "The store is away", {
    permanence: "transient",
  });

/** A handle whose transactions fail: before they begin, or after they committed. */
function failing(store: KvStore, fails: () => "before" | "after" | "not"): KvStore {
  return {
    url: store.url,
    get: (key) => store.get(key),
    batchGet: (keys) => store.batchGet(keys),
    scan: (options) => store.scan(options),
    async transact<T>(fn: (tx: KvTransaction) => Promise<T>) {
      const when = fails();
      if (when === "before") throw unreachable();
      const result = await store.transact(fn);
      if (when === "after") throw unreachable();
      return result;
    },
    now: () => store.now(),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

describe("a worker whose store is away for a while", () => {
  it.each(["before", "after"] as const)("still completes its job (%s the commit)", async (when) => {
    let left = 0;
    await using rig = await workerRig(
      failing(new MemoryStore(), () => {
        left -= 1;
        return left >= 0 ? when : "not";
      }),
    );
    const batchId = await rig.submit(await rig.record("text"));
    const conversion = fakeConversion(rig.storage);
    await rig
      .worker({
        untilDrained: true,
        heartbeatMs: 3_600_000,
        convert: async (request, context) => {
          const result = await conversion.convert(request, context);
          left = 2;
          return result;
        },
      })
      .run();
    expect(await rig.queue.getBatch(batchId)).toMatchObject({ status: "Published" });
    const { jobs } = await rig.queue.listJobs();
    expect(jobs).toMatchObject([{ failures: 0, attempts: [{ outcome: "completed", epoch: 1 }] }]);
  });

  it("hands back a job whose claim was stored without its knowing", async () => {
    let claims = 0;
    const memory = new MemoryStore();
    await using rig = await workerRig(memory);
    const batchId = await rig.submit(await rig.record("text"));
    const { queue } = rig;
    const worker = rig.worker({
      untilDrained: true,
      queue: Object.assign(Object.create(queue), {
        claim: async (...args: Parameters<typeof queue.claim>) => {
          const job = await queue.claim(...args);
          claims += 1;
          if (claims === 1) throw unreachable();
          return job;
        },
      }),
    });
    await worker.run();
    expect((await queue.getBatch(batchId)).status).toBe("Published");
    const { jobs } = await queue.listJobs();
    expect(jobs).toMatchObject([
      { failures: 0, attempts: [{ outcome: "handedBack" }, { outcome: "completed" }] },
    ]);
    await checkInvariants(memory);
  });
});
