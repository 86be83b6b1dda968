import { describe, expect, it } from "vitest";
import { claimBy, memoryRig, recordings, WORKER } from "../../test/queue/queue-rig.js";
import { JobKeys } from "../keys/keys.js";

describe("claim", () => {
  it("takes the highest priority first", async () => {
    const { queue, request } = await memoryRig();
    await queue.submit(
      request(recordings(3).map((job, index) => ({ ...job, priority: [10, 90, 50][index] ?? 0 }))),
    );
    const claimed = [];
    for (let index = 0; index < 3; index += 1) claimed.push(await claimBy(queue, "w"));
    expect(claimed.map(({ priority }) => priority)).toEqual([90, 50, 10]);
  });

  it("gives every job to one worker only, however many ask at once", async () => {
    const { queue, request } = await memoryRig();
    await queue.submit(request(recordings(20)));
    const ids = Array.from({ length: 20 }, (_, index) => `w${index}`);
    for (const id of ids) await queue.registerWorker({ id, ...WORKER });
    const jobs = await Promise.all(ids.map((id) => queue.claim(id)));
    expect(new Set(jobs.map((job) => job?.id)).size).toBe(20);
    expect(jobs.every((job, index) => job?.owner === ids[index])).toBe(true);
  });

  it("gives nothing to a worker that drains or was never registered", async () => {
    const { queue, request } = await memoryRig();
    await queue.submit(request(recordings(1)));
    await queue.registerWorker({ id: "w", ...WORKER });
    await queue.markDraining("w");
    expect(await queue.claim("w")).toBeUndefined();
    await expect(queue.claim("x")).rejects.toMatchObject({ code: "ERR_ROBOFLOW_LEASE_LOST" });
  });

  it("leaves a record of a newer version untouched and takes the next", async () => {
    const { queue, request, store } = await memoryRig();
    const { jobs } = await queue.submit(request(recordings(2)));
    const [newer, other] = jobs.map(({ jobId }) => jobId);
    if (newer === undefined || other === undefined) throw new Error("no jobs");
    const value = new TextEncoder().encode('{"version":2,"id":"x"}');
    await store.transact(async (tx) => tx.put(JobKeys.job(newer), value));
    const unreadable: string[] = [];
    const onUnreadable = (jobId: string): void => void unreadable.push(jobId);
    await queue.registerWorker({ id: "w", ...WORKER });
    expect((await queue.claim("w", { onUnreadable }))?.id).toBe(other);
    expect(await queue.claim("w", { onUnreadable })).toBeUndefined();
    expect(unreadable).toContain(newer);
    expect(await store.get(JobKeys.job(newer))).toEqual(value);
    const page = await queue.listJobs();
    expect(page.unreadable).toMatchObject([
      { jobId: newer, error: { code: "ERR_ROBOFLOW_RECORD_NEWER" } },
    ]);
  });

  it("keeps fields of the record that it does not know", async () => {
    const { queue, request, store } = await memoryRig();
    const { jobs } = await queue.submit(request(recordings(1)));
    const jobId = jobs[0]?.jobId ?? "";
    await store.transact(async (tx) => {
      const record: object = JSON.parse(new TextDecoder().decode(await tx.get(JobKeys.job(jobId))));
      const extended = { ...record, robot: { arm: "left" } };
      tx.put(JobKeys.job(jobId), new TextEncoder().encode(JSON.stringify(extended)));
    });
    const job = await claimBy(queue, "w");
    await queue.handBack({ jobId, workerId: "w", epoch: job.leaseEpoch });
    expect(await queue.getJob(jobId)).toMatchObject({ robot: { arm: "left" } });
  });
});
