import { describe, expect, it } from "vitest";
import { claimBy, memoryRig, recordings, RESULT } from "../../test/queue/queue-rig.js";
import { leaseOf } from "./lease.js";

describe("listing jobs", () => {
  it("goes through a status page by page", async () => {
    const { queue, request } = await memoryRig();
    const { jobs } = await queue.submit(request(recordings(7)));
    await queue.complete(leaseOf(await claimBy(queue, "w")), RESULT);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const more = cursor === undefined ? {} : { cursor };
      const page = await queue.listJobs({ status: "Pending", limit: 4, ...more });
      expect(page.jobs.length).toBeLessThanOrEqual(4);
      seen.push(...page.jobs.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    const { jobs: completed } = await queue.listJobs({ status: "Completed" });
    expect([...seen, ...completed.map(({ id }) => id)].toSorted()).toEqual(
      jobs.map(({ jobId }) => jobId).toSorted(),
    );
    expect(await queue.stats()).toEqual({
      Pending: 6,
      Processing: 0,
      Completed: 1,
      Failed: 0,
      Dead: 0,
      Cancelled: 0,
    });
  });

  it("lists the newest first, and one batch in the order of its dataset", async () => {
    const { queue, request } = await memoryRig();
    const backwards = recordings(3).map((job, index) => ({ ...job, ordinal: 2 - index }));
    const { jobs, batchId = "" } = await queue.submit(request(backwards));
    const ids = jobs.map(({ jobId }) => jobId);
    const newest = await queue.listJobs({ newestFirst: true, limit: 2 });
    expect(newest.jobs.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    const rest = await queue.listJobs({ newestFirst: true, cursor: newest.cursor ?? "" });
    expect(rest.jobs.map(({ id }) => id)).toEqual([ids[0]]);
    const batch = await queue.listJobs({ batchId, status: "Pending" });
    expect(batch.jobs.map(({ id }) => id)).toEqual(ids.toReversed());
  });

  it("says that there is no such job", async () => {
    const { queue } = await memoryRig();
    await expect(queue.getJob("nope")).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_JOB_NOT_FOUND",
      message: "There is no job nope in the store memory:",
      hint: "List them with `roboflow jobs list`; check --store.",
    });
  });
});
