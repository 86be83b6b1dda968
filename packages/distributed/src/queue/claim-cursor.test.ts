import { describe, expect, it } from "vitest";
import { claimBy, memoryRig, recordings, WORKER } from "../../test/queue/queue-rig.js";
import { JobKeys } from "../keys/keys.js";
import { ClaimCursor } from "./claim-cursor.js";

describe("ClaimCursor", () => {
  it("remembers where entries start, and looks again now and then", () => {
    const cursor = new ClaimCursor();
    const shard = JobKeys.readyShard(50, 7);
    const first = JobKeys.ready(50, 7, "b");
    expect(cursor.start(shard)).toEqual(shard);
    cursor.found(shard, first);
    const starts = Array.from({ length: 6 }, () => cursor.start(shard));
    expect(starts.filter((start) => start === first)).toHaveLength(4);
    // Something came back that sorts before.
    const earlier = JobKeys.ready(50, 7, "a");
    cursor.found(shard, earlier);
    expect(cursor.start(shard)).toEqual(earlier);
    expect(cursor.start(JobKeys.readyShard(50, 8))).toEqual(JobKeys.readyShard(50, 8));
  });

  it("lets a claim give what has become more urgent since the last one", async () => {
    const { queue, request } = await memoryRig();
    const at = (priority: number, count: number) =>
      queue.submit(
        request(recordings(count, { priority }), { output: `file:///data/${priority}/` }),
      );
    await at(10, 40);
    expect((await claimBy(queue, "w")).priority).toBe(10);
    await at(90, 2);
    await at(50, 2);
    const order: number[] = [];
    for (let index = 0; index < 5; index += 1) order.push((await claimBy(queue, "w")).priority);
    expect(order).toEqual([90, 90, 50, 50, 10]);
  });

  it("keeps the loops of one process from meeting", async () => {
    const { queue, request } = await memoryRig();
    await queue.submit(request(recordings(20)));
    const ids = Array.from({ length: 20 }, (_, index) => `w${index}`);
    for (const id of ids) await queue.registerWorker({ id, ...WORKER });
    let conflicts = 0;
    const onConflict = (): void => void (conflicts += 1);
    const jobs = await Promise.all(ids.map((id) => queue.claim(id, { onConflict })));
    expect(new Set(jobs.map((job) => job?.id)).size).toBe(20);
    expect(conflicts).toBe(0);
  });

  it("gives every job in the end, wherever the claims start", async () => {
    const { queue, request } = await memoryRig();
    const priorities = [99, 50, 0];
    const jobs = recordings(120).map((job, index) => ({
      ...job,
      priority: priorities[index % 3] ?? 0,
    }));
    await queue.submit(request(jobs));
    await queue.registerWorker({ id: "w", ...WORKER });
    const claimed: number[] = [];
    for (let job = await queue.claim("w"); job; job = await queue.claim("w")) {
      claimed.push(job.priority);
    }
    expect(claimed).toEqual(priorities.flatMap((priority) => Array<number>(40).fill(priority)));
  });
});
