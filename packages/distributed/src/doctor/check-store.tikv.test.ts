import { TestCluster } from "@roboflow/tikv-testkit";
import { describe, expect, it } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { claimBy, queueRig, recordings, RESULT } from "../../test/queue/queue-rig.js";
import { BatchKeys, JobKeys } from "../keys/keys.js";
import { leaseOf } from "../queue/lease.js";
import { MARKER } from "../queue/job-index.js";
import { storeId } from "../store/store-id.js";
import { TikvStore } from "../store/tikv-store.js";
import { checkStore } from "./check-store.js";

describe("checkStore on TiKV", () => {
  it("repairs a store of several regions while a process works on it", async () => {
    await using cluster = await TestCluster.start({ stores: 2 });
    await using store = await TikvStore.open(cluster.endpoints);
    await using other = await TikvStore.open(cluster.endpoints);
    const { queue, request } = await queueRig(store);
    const { batchId = "", jobs } = await queue.submit(request(recordings(300)));
    const ids = jobs.map(({ jobId }) => jobId);
    for (const id of [ids[100], ids[200]]) cluster.split(JobKeys.job(id ?? ""));
    await store.transact(async (tx) => {
      // Entries that the work does not touch, so that their number is sure.
      for (const [at, id] of ids.slice(0, 20).entries())
        tx.delete(BatchKeys.member(batchId, at, id));
      for (const id of ids.slice(280)) tx.put(JobKeys.status("Dead", id), MARKER);
    });
    const working = (async () => {
      for (let index = 0; index < 10; index += 1) {
        await queue.complete(leaseOf(await claimBy(queue, "w")), RESULT);
      }
    })();
    const report = await checkStore(other, { fix: true, actor: "grace" });
    await working;
    expect(report).toMatchObject({ found: 40, repaired: 40, healthy: true });
    await checkInvariants(store);
    expect((await checkStore(other)).findings).toEqual([]);
    expect(await storeId(other)).toBe(await storeId(store));
  });
});
