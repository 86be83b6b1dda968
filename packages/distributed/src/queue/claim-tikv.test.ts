import { TestCluster } from "@roboflow/tikv-testkit";
import { describe, expect, it } from "vitest";
import { queueRig, recordings, RESULT, WORKER } from "../../test/queue/queue-rig.js";
import { TikvStore } from "../store/tikv-store.js";
import { deferred } from "../testing/deferred.js";
import { JobQueue } from "./job-queue.js";
import { leaseOf } from "./lease.js";

/** Jobs left unclaimed: near the end of a queue workers meet whatever they do. */
const LEFT = 700;

describe("claims on TiKV", () => {
  it("take a timestamp, two rounds of reads and a commit in one phase", async () => {
    await using cluster = await TestCluster.start();
    await using store = await TikvStore.open(cluster.endpoints);
    const { queue, request } = await queueRig(store);
    await queue.submit(request(recordings(40)));
    await queue.registerWorker({ id: "w", ...WORKER });
    await queue.claim("w");

    const scanned = deferred<void>();
    const calls: string[] = [];
    let scans = 0;
    using _ = cluster.intercept((call) => {
      if (call.rpc === "GetGCSafePoint") return undefined;
      calls.push(call.rpc);
      if (call.rpc === "KvScan" && (scans += 1) === 2) scanned.resolve();
      // Answered only once the scans have been asked as well: they must not wait for it.
      if (call.rpc === "KvBatchGet" && scans < 2)
        return { kind: "until", promise: scanned.promise };
      return undefined;
    });
    expect(await queue.claim("w")).toBeDefined();
    expect(calls.filter((rpc) => rpc === "KvScan")).toHaveLength(2);
    const rounds = calls.filter((rpc) => rpc !== "KvScan");
    expect(rounds).toEqual(["Tso", "KvBatchGet", "KvBatchGet", "KvPrewrite"]);
  });

  it("rarely meet, with 64 loops in four processes", async () => {
    await using cluster = await TestCluster.start();
    await using submitter = await TikvStore.open(cluster.endpoints);
    const { queue, request } = await queueRig(submitter);
    const claims = 1_300;
    await queue.submit(request(recordings(claims + LEFT)));
    const stores = await Promise.all([1, 2, 3, 4].map(() => TikvStore.open(cluster.endpoints)));
    try {
      const queues = stores.map((store) => new JobQueue(store));
      let conflicts = 0;
      let left = claims;
      const onConflict = (): void => void (conflicts += 1);
      const loop = async (own: JobQueue, id: string): Promise<void> => {
        await own.registerWorker({ id, ...WORKER });
        while (left > 0) {
          left -= 1;
          const job = await own.claim(id, { onConflict });
          if (job === undefined) throw new Error("there was a job to claim");
          await own.complete(leaseOf(job), RESULT);
        }
      };
      await Promise.all(
        queues.flatMap((own, process) =>
          Array.from({ length: 16 }, (_, index) => loop(own, `${process}-${index}`)),
        ),
      );
      expect((await queue.stats()).Completed).toBe(claims);
      expect(conflicts / claims).toBeLessThan(0.05);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  }, 60_000);
});
